/** The check of a Run over its attempts, and what its buttons do (surfaces.md 1.6), on the local GitHub. */
import { expect, test } from 'vitest'

import { happyReports, pauseReports } from '../../test/support/story.ts'
import { openShopWithHandlers } from '../../test/support/shop-with-handlers.ts'
import type { ShopWithHandlers } from '../../test/support/shop-with-handlers.ts'

/** The job of the newest attempt reports up to its end, and its branch is there. */
async function worked(w: ShopWithHandlers): Promise<string> {
  const { story } = w
  await story.dispatched()
  await story.bind()
  story.newJob()
  for (const event of happyReports.slice(0, 8)) await story.report(event)
  const name = story.run.branchName
  const sha = await w.local.push({
    repository: 'acme/shop',
    by: 'octocat',
    branch: name,
    files: { [`${name}.txt`]: 'x' },
  })
  const outcome = { type: 'branch.published', data: { name, sha, commits: 1 } } as const
  await story.submit({ type: 'outcome', outcome, at: 0 })
  await w.settle()
  for (const event of happyReports.slice(8)) await story.report(event)
  return sha
}

async function assigned(w: ShopWithHandlers, says = '/assign-agent', by = 'octocat'): Promise<void> {
  await w.say(says, by)
  w.story.follow(w.runs()[0]!.id)
}

async function failed(w: ShopWithHandlers): Promise<void> {
  const data = { reason: 'publish_failed', detail: null } as const
  await w.story.submit({ type: 'outcome', outcome: { type: 'refused', data }, at: 0 })
  await w.settle()
}

const checks = (w: ShopWithHandlers) =>
  w.local.state.checkRuns.map(({ status, conclusion, output, actions, headSha }) => ({
    headSha,
    shown: `${status} ${conclusion ?? '-'}: ${output.title}`,
    buttons: actions.map((a) => a.identifier),
  }))
const shown = (w: ShopWithHandlers): string[] => checks(w).map((check) => check.shown)
const summary = (w: ShopWithHandlers): string => w.local.state.checkRuns[0]!.output.summary!
const press = (w: ShopWithHandlers, by: string, identifier = 'retry_run') => {
  w.local.pressCheckAction({ id: w.local.state.checkRuns[0]!.id, by, identifier })
  return w.last('check_run')
}

test('a check comes with the first push and has buttons once it is completed; a press is a retry, and the next push supersedes it', async () => {
  await using w = await openShopWithHandlers()
  await assigned(w)
  await w.settle()
  expect(checks(w)).toEqual([])
  const first = await worked(w)
  expect(checks(w)).toEqual([{ headSha: first, shown: 'in_progress -: Step 6 of 6: publishing', buttons: [] }])
  await failed(w)
  expect(checks(w)).toEqual([
    {
      headSha: first,
      shown: 'completed failure: GitHub did not accept the branch or the pull request',
      buttons: ['retry_run', 'drop_branch'],
    },
  ])

  expect(await press(w, 'octocat')).toMatchObject({
    outcome: 'processed',
    reason: expect.stringContaining('attempt 2'),
  })
  expect(w.story.acts().at(-1)).toMatchObject({ actor: 'person:octocat', action: 'run.retry', via: 'check' })
  await w.settle()
  expect(checks(w)).toEqual([{ headSha: first, shown: 'queued -: Waiting for a free sandbox', buttons: [] }])
  const second = await worked(w)
  expect(shown(w)).toEqual([
    `completed neutral: Superseded by ${second.slice(0, 7)}`,
    'in_progress -: Step 6 of 6: publishing',
  ])
  const opened = { number: 6, url: `${w.local.url}/acme/shop/pull/6`, adopted: false }
  await w.story.submit({ type: 'outcome', outcome: { type: 'pull_request.opened', data: opened }, at: 0 })
  await w.settle()
  expect(shown(w)[1]).toBe('completed success: 1 file changed, no gates were run')
  expect(w.local.state.checkRuns.map((check) => check.externalId)).toEqual([w.story.run.id, w.story.run.id])
})

test('a press that is delivered again opens no further attempt, another press does', async () => {
  await using w = await openShopWithHandlers()
  await assigned(w)
  await worked(w)
  await failed(w)
  await press(w, 'octocat')
  const payload = await w.newest('check_run')
  const delivered = (id: string) => w.handlers.receive({ id, name: 'check_run', payload })
  await failed(w)
  await delivered('of-the-second-press')
  expect(w.story.run).toMatchObject({ attempt: 3, status: 'queued' })
  await failed(w)
  expect(await delivered('of-the-second-press')).toMatchObject({ reason: expect.stringContaining('attempt 3') })
  expect(w.story.run).toMatchObject({ attempt: 3, status: 'failed' })
})

test('a later attempt that pushes nothing ends on the check of the earlier one', async () => {
  await using w = await openShopWithHandlers()
  await assigned(w)
  await worked(w)
  await failed(w)
  w.local.rerequestCheckRun({ id: w.local.state.checkRuns[0]!.id, by: 'octocat' })
  await w.last('check_run')
  await w.story.dispatched()
  await w.story.bind()
  await w.settle()
  expect(shown(w)).toEqual(['in_progress -: Step 2 of 6: getting a sandbox'])
  w.story.newJob()
  for (const event of happyReports.slice(0, 2)) await w.story.report(event)
  await w.story.report({
    type: 'sandbox.acquire_failed',
    data: { provider: 'e2b', reason: 'sandbox_acquire_timeout', detail: 'none', ms: 1 },
  })
  await w.settle()
  expect(shown(w)).toEqual(['completed failure: No sandbox within 60 s'])
})

test('a later attempt tells on the check of the earlier one how far it is', async () => {
  await using w = await openShopWithHandlers()
  const { story } = w
  await assigned(w)
  await worked(w)
  await failed(w)
  await press(w, 'octocat')
  await story.dispatched()
  await story.bind()
  story.newJob()
  for (const event of happyReports.slice(0, 5)) await story.report(event)
  await w.settle()
  expect(shown(w)).toEqual(['in_progress -: Step 4 of 6: agent working'])
  await story.submit({ type: 'pause', by: 'hubot', via: 'comment', at: 0 })
  for (const event of pauseReports) await story.report(event)
  await w.settle()
  expect(shown(w)).toEqual(['in_progress -: Paused by hubot'])
  await story.resume()
  await w.settle()
  expect(shown(w)).toEqual(['in_progress -: Step 1 of 6: starting the workflow'])
  await story.sent(1)
  await story.bind()
  story.newJob()
  for (const event of happyReports.slice(3, 8)) await story.report(event)
  await w.settle()
  expect(shown(w)).toEqual(['in_progress -: Step 6 of 6: publishing'])
})

test('"Close the branch" deletes what the attempt has pushed, and says so; a retry still has its own', async () => {
  await using w = await openShopWithHandlers()
  await assigned(w)
  await worked(w)
  await failed(w)
  const name = w.story.run.branchName
  const left = () => w.github.baseCommit(w.repo, `heads/${name}`).catch(() => null)
  expect(await left()).not.toBeNull()
  expect(await press(w, 'hubot', 'drop_branch')).toEqual({ outcome: 'processed', reason: 'denied' })
  expect(summary(w)).toMatch(/^> \*\*hubot\*\*: You need write access to acme\/shop to close the branch\.\n\n/)
  expect(await press(w, 'octocat', 'drop_branch')).toMatchObject({ outcome: 'processed' })
  // The status comment takes its turn.
  w.story.pass(60_000)
  await w.settle()
  expect(await left()).toBeNull()
  expect(checks(w)).toMatchObject([{ buttons: ['retry_run'] }])
  expect(summary(w)).toContain(`| Branch | \`${name}\` was deleted, as octocat asked |`)
  expect(w.replies().find((body) => body.includes('seq='))).toContain(`\`${name}\` was deleted, as octocat asked`)
  expect(w.story.acts().at(-1)).toMatchObject({ actor: 'person:octocat', action: 'run.drop_branch', via: 'check' })
  expect(w.audit).toMatchObject([{ actor: 'person:hubot', action: 'run.drop_branch', outcome: 'refused' }])

  await press(w, 'octocat', 'drop_branch')
  expect(summary(w)).toMatch(/^> \*\*octocat\*\*: Run r_\w{10} has no branch\.\n\n/)
  await press(w, 'octocat')
  await press(w, 'octocat', 'drop_branch')
  expect(summary(w)).toMatch(/^> \*\*octocat\*\*: Run r_\w{10} has not failed, so its branch is kept\.\n\n/)
  await worked(w)
  expect(w.story.run).toMatchObject({ branch: { name: `${name}.2` }, branchDropped: null })
  expect(summary(w)).not.toContain('was deleted')
})

test('"Close the branch" on the check of an earlier attempt leaves the branch of the present one alone', async () => {
  await using w = await openShopWithHandlers()
  await assigned(w)
  await worked(w)
  await failed(w)
  const stale = w.local.state.checkRuns[0]!.id
  await press(w, 'octocat')
  await w.settle()
  await worked(w)
  await failed(w)
  const { branch } = w.story.run
  expect(branch).toMatchObject({ name: expect.stringMatching(/\.2$/) })
  w.local.pressCheckAction({ id: stale, by: 'octocat', identifier: 'drop_branch' })
  expect(await w.last('check_run')).toEqual({ outcome: 'processed', reason: 'explained' })
  expect(await w.github.baseCommit(w.repo, `heads/${branch!.name}`)).toBe(branch!.sha)
  expect(w.story.run).toMatchObject({ branch })
  expect(summary(w)).toContain(
    '> **octocat**: This check is of an earlier attempt, and the branch of the present one is another.',
  )
})

test('GitHub\'s own "Re-run all checks" is a retry too, and a refusal of it stands in the check', async () => {
  await using w = await openShopWithHandlers()
  await assigned(w)
  await worked(w)
  await failed(w)
  const { branchName: branch } = w.story.run
  const rerun = (by: string) => {
    w.local.rerequestChecks({ repository: 'acme/shop', branch, by })
    return w.last('check_suite')
  }
  expect(await rerun('hubot')).toEqual({ outcome: 'processed', reason: 'denied' })
  expect(summary(w)).toContain('> **hubot**: You need write access to acme/shop for `/agent retry`.')
  expect(await rerun('octocat')).toMatchObject({ reason: expect.stringContaining('attempt 2') })
  expect(await rerun('octocat')).toEqual({ outcome: 'processed', reason: 'explained' })
  expect(w.story.run).toMatchObject({ status: 'queued', attempt: 2, retriedBy: { login: 'octocat' } })

  type Press = { check_suite: { app: object; head_branch: string | null } }
  const payload = (await w.newest('check_suite')) as unknown as Press
  const bent = (suite: Partial<Press['check_suite']>) => ({
    ...payload,
    check_suite: { ...payload.check_suite, ...suite },
  })
  for (const p of [bent({ head_branch: null }), bent({ head_branch: 'main' }), bent({ app: { id: 4 } })]) {
    expect(await w.receive('check_suite', p)).toEqual({ outcome: 'ignored', reason: 'not our checks' })
  }
  expect(w.local.responseViolations().filter((problem) => problem.includes('check_suite'))).toEqual([])
})

test('a retry of a Run without gates is for admins, by the button and by "Re-run all checks"', async () => {
  await using w = await openShopWithHandlers()
  w.local.setCollaborator({ repository: 'acme/shop', login: 'monalisa', role: 'write' })
  await assigned(w, '/assign-agent gate=none', 'monalisa')
  await worked(w)
  await failed(w)
  const rerun = (by: string) => {
    w.local.rerequestChecks({ repository: 'acme/shop', branch: w.story.run.branchName, by })
    return w.last('check_suite')
  }
  const told =
    'You need maintain or admin access to acme/shop for `/agent retry` of a run with `gate=none`. `/assign-agent` starts one without it.'
  expect(await press(w, 'octocat')).toEqual({ outcome: 'processed', reason: 'denied' })
  expect(await rerun('octocat')).toEqual({ outcome: 'processed', reason: 'denied' })
  expect(summary(w)).toContain(`> **octocat**: ${told}`)
  expect(w.story.run).toMatchObject({ status: 'failed', attempt: 1 })
  const refused = { actor: 'person:octocat', action: 'gates.bypass', outcome: 'refused', reason: 'needs_admin' }
  const where = { target: `run:${w.story.run.id}`, issue: w.issue, via: 'check' }
  expect(w.audit).toMatchObject([
    { ...refused, ...where },
    { ...refused, ...where },
  ])

  expect(await press(w, 'monalisa')).toMatchObject({ reason: expect.stringContaining('attempt 2') })
  expect(w.story.acts().at(-1)).toMatchObject({
    actor: 'person:monalisa',
    action: 'gates.bypass',
    outcome: 'allowed',
    ...where,
  })
})

test('a branch that somebody has pushed to is left to them', async () => {
  await using w = await openShopWithHandlers()
  await assigned(w)
  await worked(w)
  await failed(w)
  const branch = w.story.run.branchName
  const sha = await w.local.push({ repository: 'acme/shop', by: 'octocat', branch, files: { 'more.txt': 'x' } })
  await press(w, 'octocat', 'drop_branch')
  expect(await w.github.baseCommit(w.repo, `heads/${branch}`)).toBe(sha)
  expect(summary(w)).toContain(
    `Somebody has pushed to \`${branch}\` since, so it was left. Delete it on GitHub if nobody needs it.`,
  )
  expect(w.story.run.branch).toMatchObject({ name: branch })
})

test('a refusal stands above the summary, once; who may not press hears it there too', async () => {
  await using w = await openShopWithHandlers()
  await assigned(w)
  await worked(w)
  await failed(w)
  const before = summary(w)
  expect(await press(w, 'hubot')).toEqual({ outcome: 'processed', reason: 'denied' })
  await press(w, 'hubot')
  expect(summary(w)).toBe(`> **hubot**: You need write access to acme/shop for \`/agent retry\`.\n\n${before}`)
  const edits = w.local.requests.filter(({ method, path }) => method === 'PATCH' && path.includes('/check-runs/'))
  await press(w, 'hubot')
  expect(w.local.requests.filter(({ method, path }) => method === 'PATCH' && path.includes('/check-runs/'))).toEqual(
    edits,
  )
  expect(w.audit).toMatchObject([
    { actor: 'person:hubot', action: 'run.retry', outcome: 'refused', reason: 'needs_write', via: 'check' },
  ])

  await press(w, 'octocat')
  await press(w, 'octocat')
  expect(summary(w)).toMatch(/^> \*\*octocat\*\*: Run r_\w{10} is still queued, so there is nothing to retry\.\n\n/)
  expect(summary(w)).not.toContain('hubot')
  expect(w.replies().filter((body) => !body.includes('seq=') && !body.includes('notice'))).toEqual([])
})

test('a press by a bot, on an unknown button, or on a check that is not ours does nothing', async () => {
  await using w = await openShopWithHandlers()
  await assigned(w)
  await worked(w)
  await failed(w)
  expect(await press(w, 'octocat', 'approve_run')).toMatchObject({ outcome: 'ignored' })
  w.local.pressCheckAction({ id: w.local.state.checkRuns[0]!.id, by: 'octocat', identifier: 'retry_run' })
  type Press = { sender: object; check_run: { app: object; external_id: string } }
  const payload = (await w.newest('check_run')) as unknown as Press
  const bent = (change: (press: Press) => void): Press => {
    const copy = structuredClone(payload)
    change(copy)
    return copy
  }
  const ignored = [
    bent((p) => (p.sender = { id: 5, login: 'renovate[bot]', type: 'Bot' })),
    bent((p) => (p.check_run.app = { ...p.check_run.app, id: 4 })),
    bent((p) => (p.check_run.external_id = 'r_zzzzzzzzzz')),
    bent((p) => (p.check_run.external_id = '')),
  ]
  for (const p of ignored) expect(await w.receive('check_run', p)).toMatchObject({ outcome: 'ignored' })
  expect(await w.receive('check_run', { action: 'requested_action' })).toMatchObject({ outcome: 'refused' })
  expect(w.story.run).toMatchObject({ status: 'failed', attempt: 1 })
})
