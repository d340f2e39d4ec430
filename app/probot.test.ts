/** Comments and labels, from GitHub's own webhooks (as the local GitHub makes them) to Runs, reactions and replies. */
import { readFile } from 'node:fs/promises'

import { parse } from 'yaml'
import { describe, expect, test } from 'vitest'

import { COMMAND_AGE_MS_MAX } from './domain/policy.ts'
import { openShopWithHandlers } from '../test/support/shop-with-handlers.ts'
import { binding } from '../test/support/story.ts'

test('the manifest subscribes to exactly the events of the table', async () => {
  await using w = await openShopWithHandlers()
  const manifest = parse(await readFile(new URL('../app.yml', import.meta.url), 'utf8')) as { default_events: string[] }
  expect(w.handlers.events).toEqual(manifest.default_events.toSorted())
})

describe('/assign-agent', () => {
  test('starts a Run from the snapshot of the issue', async () => {
    await using w = await openShopWithHandlers()
    const outcome = await w.say('Go!\n/assign-agent stub timeout=10m\nKeep the API.')
    expect(w.runs()).toMatchObject([
      {
        agent: 'stub',
        baseRef: 'main',
        instructions: 'Keep the API.',
        issue: { number: w.issue, title: 'Broken', body: 'Fix it' },
        requestedBy: { login: 'octocat' },
        trigger: { via: 'comment' },
        clocks: { runMs: 600_000, agentMs: 600_000 },
      },
    ])
    expect(outcome).toEqual({ outcome: 'processed', reason: w.runs()[0]!.id })
    expect(w.reactions()).toEqual(['eyes'])
    expect(w.replies()).toEqual([])
  })

  test('row 4: the same comment under another delivery id starts nothing; another command while it works is told to the Run', async () => {
    await using w = await openShopWithHandlers()
    await w.say('/assign-agent')
    await w.last('issue_comment')
    expect(w.runs()).toHaveLength(1)
    await w.say('/assign-agent')
    expect(w.runs()).toMatchObject([{ repeatedBy: { login: 'octocat' } }])
  })

  test('a base is a branch that exists', async () => {
    await using w = await openShopWithHandlers()
    await w.say('/assign-agent base=nope')
    expect(w.replies()[0]).toMatch(/^I did not start a run:\n\n- `base=nope` is not a branch of this repository\./)
    await w.local.push({ repository: 'acme/shop', by: 'octocat', branch: 'next', files: { a: 'b' } })
    await w.say('/assign-agent base=next')
    expect(w.runs()).toMatchObject([{ baseRef: 'next' }])
  })

  test('all problems are told in one reply, which the next one folds away', async () => {
    await using w = await openShopWithHandlers()
    await w.say('/assign-agent gate=yolo gates=none')
    const [text, marks] = w.replies()[0]!.split(/\n\n(?=<!--)/)
    expect(text).toBe(`I did not start a run:

- \`gate=yolo\` is not valid. Use strict, standard, minimal or none.
- unknown option \`gates\`, did you mean \`gate\`?`)
    expect(marks).toMatch(/^<!-- deckhand:v1 reply=error user=583231 to=IC_\S+ -->\n<!-- deckhand:reply -->$/)
    expect(w.reactions()).toEqual(['confused'])
    await w.say('/assign-agent cloud gate=strict plan')
    expect(w.replies()[1]).toContain('- unknown agent `cloud`. Agents here: `stub`.')
    expect(w.replies()[1]).toContain(
      '- `gate=strict` does not work yet. Leave it out, or use `gate=none`.\n- `plan` does not work yet.',
    )
    expect(w.local.state.comments.filter((c) => c.minimized === 'outdated')).toHaveLength(1)
    expect(w.runs()).toEqual([])
  })

  test('a closed or locked issue and a pull request have nothing to assign', async () => {
    await using w = await openShopWithHandlers()
    w.local.closeIssue({ repository: 'acme/shop', number: w.issue, by: 'octocat' })
    await w.say('/assign-agent')
    expect(w.replies()[0]).toMatch(/^This issue is closed, so there is nothing to assign\. Reopen it first\./)
    expect(w.runs()).toEqual([])
  })

  test('only the first command of a comment counts, and the reply says so', async () => {
    await using w = await openShopWithHandlers()
    await w.say('/assign-agent\n/agent cancel')
    expect(w.runs()).toMatchObject([{ stop: null }])
    expect(w.replies()[0]).toMatch(/^I only read the first command/)
  })
})

describe('who may (row 31)', () => {
  test('a collaborator without write access is told once; 👎 each time', async () => {
    await using w = await openShopWithHandlers()
    await w.say('/assign-agent', 'hubot')
    await w.say('/assign-agent', 'hubot')
    expect(w.reactions()).toEqual(['-1', '-1'])
    expect(w.replies()).toHaveLength(1)
    expect(w.replies()[0]).toMatch(/^You need write access to acme\/shop to assign an agent\. A maintainer can comment/)
    expect(w.runs()).toEqual([])
  })

  test('an outsider gets 👎 and no words', async () => {
    await using w = await openShopWithHandlers()
    await w.local.createRepository({ owner: 'acme', name: 'open', private: false, files: { 'README.md': 'x' } })
    const { number } = w.local.openIssue({ repository: 'acme/open', by: 'octocat', title: 'T' })
    w.local.comment({ repository: 'acme/open', number, by: 'monalisa', body: '/assign-agent' })
    expect(await w.last('issue_comment')).toEqual({ outcome: 'processed', reason: 'denied' })
    expect(w.reactions()).toEqual(['-1'])
    expect(w.replies()).toEqual([])
  })

  test.each([
    ['a bot', { sender: { id: 5, login: 'renovate[bot]', type: 'Bot' } }],
    ['somebody else than the sender', { sender: { id: 6, login: 'mallory', type: 'User' } }],
    ['a deleted account', { user: null }],
  ])('%s is ignored', async (_, change) => {
    await using w = await openShopWithHandlers()
    w.local.comment({ repository: 'acme/shop', number: w.issue, by: 'octocat', body: '/assign-agent' })
    const payload = structuredClone(await w.newest('issue_comment')) as unknown as {
      sender: unknown
      comment: { user: unknown }
    }
    if ('sender' in change) payload.sender = change.sender
    else payload.comment.user = null
    expect(await w.receive('issue_comment', payload)).toMatchObject({ outcome: 'ignored' })
    expect(w.local.state.reactions).toEqual([])
    expect(w.runs()).toEqual([])
  })

  test('edited comments, other words and other events do nothing at all', async () => {
    await using w = await openShopWithHandlers()
    await w.say('/assign @octocat')
    const { id } = w.local.comment({ repository: 'acme/shop', number: w.issue, by: 'octocat', body: 'x' })
    w.local.editComment({ id, by: 'octocat', body: '/assign-agent' })
    w.local.clearRequests()
    expect(await w.last('issue_comment')).toMatchObject({ outcome: 'ignored' })
    expect(await w.receive('ping', { zen: 'Keep it logically awesome.' })).toMatchObject({ outcome: 'ignored' })
    expect(w.local.requests).toEqual([])
    expect(w.runs()).toEqual([])
  })
})

describe('what does not fit (rows 5 and 10)', () => {
  test('a captured body under another event name is refused', async () => {
    await using w = await openShopWithHandlers()
    w.local.comment({ repository: 'acme/shop', number: w.issue, by: 'octocat', body: '/assign-agent' })
    const payload = await w.newest('issue_comment')
    expect(await w.receive('issues', payload)).toMatchObject({ outcome: 'ignored' })
    const posing = { ...payload, action: 'labeled', label: { name: 'agent' } }
    expect(await w.receive('issues', posing)).toMatchObject({ outcome: 'refused' })
    expect(await w.receive('issue_comment', { action: 'created' })).toMatchObject({ outcome: 'refused' })
    expect(w.runs()).toEqual([])
  })

  test('a suspended installation and a repository of another id are ignored', async () => {
    await using w = await openShopWithHandlers()
    w.local.comment({ repository: 'acme/shop', number: w.issue, by: 'octocat', body: '/assign-agent' })
    const payload = (await w.newest('issue_comment')) as { repository: object }
    const foreign = { ...payload, repository: { ...payload.repository, id: 4 } }
    expect(await w.receive('issue_comment', foreign)).toMatchObject({ outcome: 'ignored' })
    const unknown = { ...payload, installation: { id: 99 } }
    expect(await w.receive('issue_comment', unknown)).toMatchObject({ outcome: 'ignored' })
    w.local.suspend({ account: 'acme' })
    expect(await w.receive('issue_comment', payload)).toMatchObject({ outcome: 'ignored' })
    expect(w.runs()).toEqual([])
  })

  test('a failure is thrown, so that the delivery comes again; in the end the person is told', async () => {
    await using w = await openShopWithHandlers()
    w.local.comment({ repository: 'acme/shop', number: w.issue, by: 'octocat', body: '/assign-agent' })
    const delivery = { id: '72d3162e-cc78-11e3', name: 'issue_comment', payload: await w.newest('issue_comment') }
    w.local.faults.failNext({ method: 'POST', path: /reactions$/, status: 500 })
    await expect(w.handlers.receive(delivery)).rejects.toMatchObject({ kind: 'unavailable' })
    await w.handlers.apologise(delivery)
    expect(w.replies()[0]).toMatch(/^Something broke on my side and no run was started\. Reference: 72d3162e\./)
  })
})

describe('/agent', () => {
  test('cancel by who asked, by id or without; nobody else without write access', async () => {
    await using w = await openShopWithHandlers()
    await w.say('/agent cancel')
    expect(w.replies()[0]).toMatch(/^No run has worked on this issue\./)
    await w.say('/assign-agent')
    await w.say('/agent cancel', 'hubot')
    expect(w.runs()[0]).toMatchObject({ stop: null })
    await w.say('/agent cancel r_zzzzzzzzzz')
    expect(w.replies().at(-1)).toMatch(/^Run `r_zzzzzzzzzz` is not a run of this issue\./)
    await w.say(`/agent cancel ${w.runs()[0]!.id} too slow`)
    expect(w.runs()[0]).toMatchObject({ stop: { kind: 'cancel', by: 'octocat', reason: 'too slow' } })
  })

  test('kill by whoever owns the App, in a repository that is not theirs', async () => {
    await using w = await openShopWithHandlers({ appOwner: { login: 'spacecat', type: 'User' } })
    await w.say('/assign-agent')
    await w.say('/agent kill', 'spacecat')
    expect(w.runs()[0]).toMatchObject({ status: 'cancelled', endedBy: 'spacecat' })
  })

  test('kill by those who administer the repository or everything; every try is on record', async () => {
    await using w = await openShopWithHandlers()
    w.local.createUser({ login: 'mona-writes' })
    w.local.setCollaborator({ repository: 'acme/shop', login: 'mona-writes', role: 'write' })
    await w.say('/assign-agent')
    const target = `run:${w.runs()[0]!.id}`
    expect(await w.say('/agent kill', 'mona-writes')).toEqual({ outcome: 'processed', reason: 'denied' })
    expect(w.replies().at(-1)).toMatch(/^You need maintain or admin access to acme\/shop for `\/agent kill`\./)
    expect(w.runs()[0]).toMatchObject({ stop: null })
    await w.say('/agent kill runaway', 'monalisa')
    expect(w.runs()[0]).toMatchObject({ status: 'cancelled', reason: 'kill', endedBy: 'monalisa' })
    const kills = [...w.audit, ...w.story.acts()].filter(({ action }) => action === 'run.kill')
    expect(kills).toMatchObject([
      { actor: 'person:mona-writes', action: 'run.kill', target, outcome: 'refused', reason: 'needs_admin', why: null },
      {
        actor: 'person:monalisa',
        action: 'run.kill',
        target,
        repository: 'acme/shop',
        outcome: 'allowed',
        reason: 'killed',
        why: 'runaway',
      },
    ])
    await w.say('/agent kill', 'monalisa')
    expect(w.replies().at(-1)).toMatch(/^Run r_\w{10} was cancelled already, so there is nothing to kill\./)
  })

  test('while the kill switch is on nothing is started, and whoever asks hears why', async () => {
    await using w = await openShopWithHandlers()
    w.flip(true)
    await w.say('/assign-agent')
    expect(w.runs()).toEqual([])
    expect(w.replies().at(-1)).toMatch(/^An admin has switched all agents off, so I did not start a run\./)
    w.flip(null)
    await expect(w.say('/assign-agent')).rejects.toThrow('nobody can tell')
    w.flip(false)
    await w.say('/assign-agent')
    expect(w.runs()).toHaveLength(1)
  })

  test('status is for everybody, help is one comment, and what does not work yet says so', async () => {
    await using w = await openShopWithHandlers()
    await w.say('/assign-agent')
    await w.say('/agent status', 'hubot')
    expect(w.replies()[0]).toMatch(/^⚪ Run \[r_\w{10}\]\(https:\/\/agents\.example\.com\/r\/r_\w{10}\): queued\./)
    await w.say('/agent')
    await w.say('/agent help', 'hubot')
    expect(w.replies().filter((body) => body.startsWith('Commands (write access needed'))).toHaveLength(1)
    await w.say('/agent approve')
    expect(w.replies().at(-1)).toMatch(/^`\/agent approve` does not work yet\./)
    await w.say('/agent cancle')
    expect(w.replies().at(-1)).toMatch(/^I do not know `\/agent cancle`, did you mean `\/agent cancel`\?/)
  })

  test('pause and resume need write access, and a Run for which it is the time', async () => {
    await using w = await openShopWithHandlers()
    await w.say('/agent pause')
    expect(w.replies().at(-1)).toContain('No run has worked on this issue.')
    await w.say('/assign-agent')
    const { id } = w.runs()[0]!
    await w.say('/agent pause', 'hubot')
    expect(w.replies().at(-1)).toContain('You need write access to acme/shop')
    await w.say('/agent pause')
    expect(w.replies().at(-1)).toContain(`Run ${id} is still queued, so there is nothing to pause.`)

    const { dispatch } = w.runs()[0]!
    await w.engine.submit(id, { type: 'bind', dispatchId: dispatch.id, binding, at: w.story.now })
    expect(await w.say(`/agent pause ${id}`)).toMatchObject({ reason: `${id} is being paused` })
    expect(w.runs()).toMatchObject([{ status: 'running', pause: { by: 'octocat' } }])
    await w.say('/agent resume')
    expect(w.replies().at(-1)).toContain(`Run ${id} is still being paused. Resume it when it is paused.`)
    await w.say('/agent cancel')
  })

  test('at most five replies an hour to one person on an issue; others are answered on', async () => {
    await using w = await openShopWithHandlers()
    for (let i = 0; i < 7; i++) await w.say('/agent status', 'mallory')
    expect(w.replies()).toHaveLength(5)
    await w.say('/assign-agent nope')
    expect(w.replies()).toHaveLength(6)
    expect(w.replies().at(-1)).toContain('unknown agent `nope`')
    expect(w.replies().every((body) => body.endsWith('<!-- deckhand:reply -->'))).toBe(true)
  })
})

describe('row 4: a captured command, for ever', () => {
  test('works no more once the inbox may have forgotten it', async () => {
    await using w = await openShopWithHandlers()
    await w.say('/assign-agent')
    const { id } = w.runs()[0]!
    await w.engine.submit(id, { type: 'kill', by: 'octocat', reason: null, at: w.story.now })
    for (const command of ['retry', 'cancel', 'kill', 'resume', 'pause']) {
      w.local.comment({ repository: 'acme/shop', number: w.issue, by: 'octocat', body: `/agent ${command}` })
      const captured = (await w.newest('issue_comment')) as { comment: { created_at: string } }
      const old = new Date(w.story.now - COMMAND_AGE_MS_MAX - 1_000).toISOString()
      const payload = { ...captured, comment: { ...captured.comment, created_at: old } }
      const before = structuredClone(w.runs())
      const ignored = { outcome: 'ignored', reason: 'a command of more than a week ago' }
      expect(await w.receive('issue_comment', payload)).toEqual(ignored)
      expect(w.runs()).toEqual(before)
    }
  })

  test('a label that was taken off long ago cancels nothing', async () => {
    await using w = await openShopWithHandlers()
    const act = { repository: 'acme/shop', number: w.issue, label: 'agent', by: 'octocat' }
    w.local.addLabel(act)
    await w.last('issues')
    w.local.removeLabel(act)
    const captured = (await w.newest('issues')) as { issue: { updated_at: string } }
    const old = new Date(w.story.now - COMMAND_AGE_MS_MAX - 1_000).toISOString()
    const payload = { ...captured, issue: { ...captured.issue, updated_at: old } }
    expect(await w.receive('issues', payload)).toMatchObject({ outcome: 'ignored' })
    expect(w.runs()[0]!.stop).toBeNull()
  })
})

test('who may not command is told so by the reaction alone, also with two commands in a comment', async () => {
  await using w = await openShopWithHandlers()
  await w.say('/assign-agent\n/agent kill', 'mallory')
  expect(w.reactions()).toEqual(['-1'])
  expect(w.replies()).toEqual([])
})

describe('labels', () => {
  test('the label starts a Run, and taking it off cancels it', async () => {
    await using w = await openShopWithHandlers()
    const act = { repository: 'acme/shop', number: w.issue, label: 'agent:stub', by: 'octocat' }
    w.local.addLabel({ ...act, label: 'bug' })
    expect(await w.last('issues')).toMatchObject({ outcome: 'ignored' })
    w.local.addLabel(act)
    await w.last('issues')
    await w.last('issues')
    expect(w.runs()).toMatchObject([{ agent: 'stub', trigger: { via: 'label', commentId: null } }])
    w.local.removeLabel(act)
    await w.last('issues')
    expect(w.runs()).toMatchObject([{ stop: { code: 'label_removed', by: 'octocat' } }])
  })

  test('triage may label but not assign; an unknown agent is explained', async () => {
    await using w = await openShopWithHandlers()
    w.local.addLabel({ repository: 'acme/shop', number: w.issue, label: 'agent', by: 'hubot' })
    expect(await w.last('issues')).toEqual({ outcome: 'processed', reason: 'denied' })
    w.local.addLabel({ repository: 'acme/shop', number: w.issue, label: 'agent:cloud', by: 'octocat' })
    await w.last('issues')
    expect(w.replies().at(-1)).toMatch(/^I did not start a run:\n\n- unknown agent `cloud`\. Agents here: `stub`\./)
    expect(w.runs()).toEqual([])
  })

  test('taking the label off does not stop a Run that a comment started', async () => {
    await using w = await openShopWithHandlers()
    const act = { repository: 'acme/shop', number: w.issue, label: 'agent', by: 'octocat' }
    await w.say('/assign-agent')
    w.local.addLabel(act)
    w.local.removeLabel(act)
    expect(await w.last('issues')).toMatchObject({ outcome: 'ignored' })
    expect(w.runs()).toMatchObject([{ stop: null }])
  })
})
