/** The texts of one Run's life, word for word (surfaces.md 1.5 to 1.9). */
import { describe, expect, test } from 'vitest'

import { tellStory } from '../../../test/support/story.ts'
import { reasonCodes } from '../../contracts/status.ts'
import { programAsPerson } from '../people.ts'
import { ATTEMPTS_MAX } from '../policy.ts'
import type { Run } from '../run.ts'
import { renderCheck } from './check.ts'
import { renderCommitMessage } from './commit.ts'
import { seqOf, visibleText } from './markers.ts'
import { onboardingPullRequest } from './onboarding.ts'
import { renderPullRequest } from './pull-request.ts'
import { reasonMarkdown, reasonText } from './reasons.ts'
import { renderLiveReply, renderNotice } from './replies.ts'
import { renderStatusComment } from './status-comment.ts'
import { createUrls } from './urls.ts'

const urls = createUrls({ publicUrl: 'https://agents.example.com', githubUrl: 'https://github.com' })
const at = Date.parse('2026-11-20T12:00:00Z')

async function runWith(change: Partial<Run> = {}): Promise<Run> {
  const story = tellStory()
  await story.request()
  return { ...story.run, id: 'r_8k2f0q7w3z', seq: 12, ...change }
}
const opened = { number: 207, url: 'https://github.com/acme/shop/pull/207' }
const published: Partial<Run> = {
  status: 'succeeded',
  phase: null,
  reason: 'pull_request_opened',
  startedAt: at,
  endedAt: at,
  baseSha: '4f1c2ab'.padEnd(40, '0'),
  branch: { name: 'agent/101-csv-export-8k2f0q7w3z', sha: 'a'.repeat(40) },
  git: { commits: 2, files: 5, additions: 120, deletions: 8, latestCommitMessage: 'x' },
  pullRequest: opened,
}

describe('the status comment', () => {
  test('while it works', async () => {
    const run = await runWith({
      ...published,
      status: 'running',
      phase: 'executing',
      endedAt: null,
      reason: null,
      pullRequest: null,
    })
    expect(renderStatusComment({ ...run, progress: { step: 2, of: 3, title: 'Wire | it' } }, urls)).toBe(
      `🔵 **stub** is working on this. [Open the run](https://agents.example.com/r/r_8k2f0q7w3z)

| | |
|---|---|
| Step | 4 of 6: \`Agent working\` (2 of 3: \`Wire ¦ it\`) |
| Branch | [\`agent/101-csv-export-8k2f0q7w3z\`](https://github.com/acme/shop/tree/agent/101-csv-export-8k2f0q7w3z): 2 commits, 5 files, +120 −8 |
| Started | 2026-11-20 12:00 UTC |

<sub>Asked by octocat. Commands: \`/agent pause\` · \`/agent cancel\` · \`/agent status\` · \`/agent help\`</sub>

<!-- deckhand:v1 run=r_8k2f0q7w3z seq=12 -->`,
    )
  })

  test('the steps that the agent told of, no task list', async () => {
    const plan = [
      { step: 1, title: 'Add CSV writer', state: 'completed' },
      { step: 2, title: 'Wire the `endpoint`', state: 'started' },
    ] as const
    const run = await runWith({ status: 'running', phase: 'executing', plan, progress: { ...plan[1], of: 3 } })
    expect(renderStatusComment(run, urls)).toContain(`

<details><summary>Plan: 1 of 3 done</summary>

- ✅ \`Add CSV writer\`
- ⏳ \`\` Wire the \`endpoint\` \`\`
- ▫️ 1 more step

</details>

<sub>`)
    const told = (of: number) => renderStatusComment({ ...run, progress: { ...plan[1], of } }, urls)
    expect(told(4)).toContain('- ▫️ 2 more steps\n\n</details>')
    expect(told(2)).not.toContain('more step')
  })

  const ended = { endedAt: at, phase: null } as const
  test.each<[string, Partial<Run>]>([
    ['⚪ **stub** is queued.', {}],
    ['⚪ **stub** is queued: GitHub has no free runner for it yet.', { workflowRunId: 5 }],
    ['🟢 **stub** finished: #207 is ready for review.', published],
    ['🟢 **stub** finished: #207 is open.', { ...published, draft: true }],
    ['🟢 **stub** finished: #207 is open.', { ...published, pullRequest: { ...opened, draft: true } }],
    [
      '🟢 **stub** finished: #207 is ready for review.',
      { ...published, draft: true, pullRequest: { ...opened, draft: false } },
    ],
    [
      '🟢 **stub** finished without changes. `Nothing to do for @octocat.`',
      { ...ended, status: 'succeeded', reason: 'no_changes', summary: 'Nothing to do for @octocat.' },
    ],
    ['🟢 **stub** finished a dry run. Nothing was pushed.', { ...ended, status: 'succeeded', reason: 'dry_run' }],
    [
      '🔴 **stub** failed. No sandbox could be had in time. Comment `/assign-agent` to try again.',
      { ...ended, status: 'failed', reason: 'sandbox_acquire_timeout' },
    ],
    [
      '🔴 **stub** failed. The agent ended with an error: ``exit `1` @all``. Read the log',
      { ...ended, status: 'failed', reason: 'agent_failed', reasonDetail: 'exit `1` @all' },
    ],
    ['🔴 **stub** timed out after 1h. Split the issue', { ...ended, status: 'failed', reason: 'run_timeout' }],
    [
      '⚫ **stub** was cancelled by octocat.',
      { ...ended, status: 'cancelled', reason: 'cancelled_by_person', endedBy: 'octocat' },
    ],
    ['⚫ **stub** was stopped by an admin.', { ...ended, status: 'cancelled', reason: 'kill', endedBy: 'octocat' }],
    [
      '⚫ **stub** was cancelled by octocat: the label was removed.',
      { ...ended, status: 'cancelled', reason: 'label_removed', endedBy: 'octocat' },
    ],
  ])('begins: %s', async (first, change) => {
    expect(renderStatusComment(await runWith(change), urls).startsWith(first)).toBe(true)
  })

  test('an event that nobody sees changes only the mark', async () => {
    const [one, two] = [
      renderStatusComment(await runWith(), urls),
      renderStatusComment(await runWith({ seq: 13 }), urls),
    ]
    expect(one).not.toBe(two)
    expect(visibleText(one)).toBe(visibleText(two))
    expect([seqOf(one), seqOf(two), seqOf('x')]).toEqual([12, 13, null])
  })
})

test('a detail that is a whole sentence gives no second full stop', () => {
  const detail = 'Nothing was heard for 90 s.'
  expect(reasonText('heartbeat_lost', detail).cause).toMatch(/probably gone \(Nothing was heard for 90 s\)\.$/)
  expect(reasonMarkdown('heartbeat_lost', detail).cause).toMatch(/probably gone: `Nothing was heard for 90 s`\.$/)
  expect(reasonMarkdown('heartbeat_lost', '.').cause).toMatch(/probably gone\.$/)
})

test('every reason has a cause and a remedy, and its detail is inert', () => {
  for (const code of reasonCodes) {
    const { cause, remedy } = reasonText(code, 'see\n@octocat #1')
    expect(cause).toMatch(/^[A-Z].*\(see @\u202foctocat #\u202f1\)\.$/)
    expect(remedy).toMatch(/^[A-Z].*\.$/)
    expect(reasonMarkdown(code, '@octocat').cause).toMatch(/: `@octocat`\.$/)
  }
})

describe('a pause', () => {
  const working = { status: 'running', phase: 'executing', startedAt: at, pause: { by: 'octocat', at } } as const

  test('that is asked for, and that is reached', async () => {
    const asked = renderStatusComment(await runWith(working), urls)
    expect(asked).toMatch(/^🔵 \*\*stub\*\* is being paused, as octocat asked\. \[Open the run\]/)
    const run = await runWith({ ...working, status: 'paused', phase: null, reason: 'paused_by_person' })
    const comment = renderStatusComment(run, urls)
    expect(comment).toMatch(/^🟡 \*\*stub\*\* is paused by octocat\. \[Open the run\]/)
    expect(comment).toContain('Commands: `/agent resume` · `/agent cancel` · `/agent status` · `/agent help`</sub>')
    expect(renderCheck(run, urls)).toMatchObject({ status: 'in_progress', title: 'Paused by octocat' })
  })
})

test('a dry run says that nothing is pushed, and at its end leads to what it would have changed', async () => {
  const git = { commits: 2, files: 5, additions: 120, deletions: 8, latestCommitMessage: 'x' }
  const over = { status: 'succeeded', phase: null, reason: 'dry_run', startedAt: at, endedAt: at, git } as const
  const run = await runWith({ ...over, dryRun: true })
  const comment = renderStatusComment(run, urls)
  expect(comment).toMatch(/^🟢 \*\*stub\*\* finished a dry run\. Nothing was pushed\. \[Open the run\]/)
  expect(comment).toContain(
    '| Dry run | [What it would have changed](https://agents.example.com/runs/r_8k2f0q7w3z?tab=changes): 2 commits, 5 files, +120 −8 |',
  )
  expect(renderCheck(run, urls)).toMatchObject({ conclusion: 'neutral', title: 'Dry run' })
  expect(renderStatusComment(await runWith({ dryRun: true }), urls)).toContain('| Dry run | Nothing will be pushed |')
  const failed = await runWith({ dryRun: true, status: 'failed', reason: 'protected_path', phase: null, endedAt: at })
  expect(renderStatusComment(failed, urls)).toContain('| Dry run | Nothing was pushed |')
})

test('gates that were turned off are told of by comment, check and pull request', async () => {
  const run = await runWith({ ...published, gatesOff: true })
  const row = '| Gates | Quality gates disabled by octocat (`gate=none`) |'
  expect(renderStatusComment(run, urls)).toContain(row)
  const check = renderCheck(run, urls)
  expect(check).toMatchObject({ conclusion: 'neutral', title: 'Gates were turned off by octocat' })
  expect(check.summary).toContain(row)
  const { body } = renderPullRequest(run, { subject: 'x', summary: 'x', risks: [], attention: [] }, urls)
  expect(body).toContain(
    '## How it was checked\nQuality gates disabled by octocat (`gate=none`). No gates were run.\n\n',
  )
})

test('the check says what came of it', async () => {
  expect(renderCheck(await runWith(published), urls)).toMatchObject({
    status: 'completed',
    conclusion: 'success',
    title: '5 files changed, no gates were run',
  })
  const failed = { status: 'failed', phase: null, endedAt: at } as const
  expect(renderCheck(await runWith({ ...failed, reason: 'run_timeout' }), urls)).toMatchObject({
    conclusion: 'timed_out',
    title: 'Over 1h',
  })
  expect(renderCheck(await runWith({ ...failed, reason: 'sandbox_acquire_timeout' }), urls).title).toBe(
    'No sandbox within 60 s',
  )
  expect(renderCheck(await runWith({ status: 'running', phase: 'executing' }), urls)).toMatchObject({
    status: 'in_progress',
    conclusion: null,
    title: 'Step 4 of 6: agent working',
  })
  expect(renderCheck(await runWith({ status: 'cancelled', reason: 'kill' }), urls)).toMatchObject({
    conclusion: 'cancelled',
    title: 'Stopped by an admin',
  })
})

test('buttons keep to the lengths of GitHub, stand only on what is completed, and end with the attempts', async () => {
  const failed = await runWith({ status: 'failed', reason: 'publish_failed', endedAt: at, phase: null })
  for (const { label, description, identifier } of renderCheck(failed, urls).actions) {
    expect([label.length <= 20, description.length <= 40, identifier.length <= 20]).toEqual([true, true, true])
  }
  const buttons = (change: Partial<Run>) => renderCheck({ ...failed, ...change }, urls).actions.map((a) => a.label)
  expect(buttons({})).toEqual(['Retry'])
  expect(buttons({ status: 'cancelled', reason: 'kill' })).toEqual(['Retry'])
  expect(buttons({ attempt: ATTEMPTS_MAX })).toEqual([])
  expect(buttons({ status: 'running', phase: 'publishing', reason: null })).toEqual([])
  expect(buttons(published)).toEqual([])
})

describe('a commit', () => {
  test('has our trailers, and only ours', async () => {
    const message = `feat(orders): add CSV export

Adds a writer. Closes #7, thanks @hubot.

Agent-Run-Id: r_0000000000
Co-authored-by: mallory <m@example.com>
Signed-off-by: mallory <m@example.com>`
    expect(renderCommitMessage(await runWith(), message, urls)).toBe(`feat(orders): add CSV export

Adds a writer. Closes #\u202f7, thanks @\u202fhubot.

Refs: #101
Co-authored-by: octocat <583231+octocat@users.noreply.github.com>
Agent-Run-Id: r_8k2f0q7w3z
Agent-Name: stub
Agent-Logs-Url: https://agents.example.com/r/r_8k2f0q7w3z`)
  })

  test('cannot tell GitHub to run no checks', async () => {
    const message = 'Fix it [skip ci]\n\nBecause. [no ci]\n\n\nskip-checks: true\nSkip-Checks:true'
    const text = renderCommitMessage(await runWith(), message, urls)
    expect(text).not.toMatch(/\[(?:skip ci|ci skip|no ci|skip actions|actions skip)\]|skip-checks/i)
    expect(text).toMatch(/^Fix it \[.skip ci\]\n\nBecause\. \[.no ci\]\n\nRefs: #101\n/)
  })

  test('has a subject of at most 72 characters, and no trailer over 100', async () => {
    const run = await runWith({ requestedBy: { id: 1, login: 'o'.repeat(39) } })
    const text = renderCommitMessage(run, '\n\n', urls)
    expect(text.split('\n')[0]).toBe('Update files')
    expect(text).not.toContain('Co-authored-by')
    expect(renderCommitMessage(run, 'x'.repeat(200), urls).split('\n')[0]).toHaveLength(72)
    const program = await runWith({ requestedBy: { id: 0, login: 'api:ci' } })
    expect(renderCommitMessage(program, 'x', urls)).not.toContain('Co-authored-by')
  })
})

describe('the pull request', () => {
  const made = {
    subject: 'Add CSV export',
    summary: 'Adds `x`.\n## How it was checked\nAll gates passed. cc @team',
    risks: ['Large file'],
    attention: [],
  }

  test('is whole and in order', async () => {
    const { title, body, draft, marker } = renderPullRequest(
      await runWith({ ...published, instructions: 'Keep the API.' }),
      made,
      urls,
    )
    expect(title).toBe('Add CSV export (#101)')
    expect(draft).toBe(false)
    expect(body).toBe(`Closes #101

## What changed
> Adds \`x\`.
> ## How it was checked
> All gates passed. cc @\u202fteam

## How it was checked
No gates were run.

## Please look at
- \`Large file\`

---
<details><summary>Run r_8k2f0q7w3z by stub</summary>

| | |
|---|---|
| Asked by | octocat, [this comment](https://github.com/acme/shop/issues/101#issuecomment-11) |
| Run | https://agents.example.com/r/r_8k2f0q7w3z |
| Base | \`main\` at \`4f1c2ab\` |
| Instructions | \`Keep the API.\` |

</details>

<sub>Commands on this pull request: \`/agent status\` · \`/agent help\`. The person who asked for this change should not be its only approver.</sub>

<!-- deckhand:v1 created_by_run_id=r_8k2f0q7w3z issue=101 -->`)
    expect(body).toContain(marker)
  })

  test('names the pull requests of earlier runs', async () => {
    const { body } = renderPullRequest(await runWith(published), made, urls, { earlier: [7, 9] })
    expect(body).toMatch(/^Closes #101\n\nEarlier for the same issue: #7, #9\.\n\n## What changed\n/)
  })

  test('is a draft where a person should look first, and keeps what people wrote below it', async () => {
    const run = await runWith(published)
    const first = renderPullRequest(
      run,
      { ...made, attention: ['`package.json` decides what is installed or built.'] },
      urls,
    )
    expect(first.draft).toBe(true)
    expect(first.body).toContain('## Please look at\n- `package.json` decides')
    const edited = `${first.body}\n\nReviewed by a person.`
    const again = renderPullRequest(run, made, urls, { existingBody: edited })
    expect(again.body.endsWith('issue=101 -->\n\nReviewed by a person.')).toBe(true)
    expect(renderPullRequest(run, { ...made, risks: [] }, urls).body).toContain(
      '## Please look at\nNothing stood out\n\n',
    )
  })

  test.each<[string, Partial<Run['trigger']>, Partial<Run>]>([
    ['octocat, by the label on [this issue](https://a.example/7)', { via: 'label', url: 'https://a.example/7' }, {}],
    ['octocat, in [this issue](https://a.example/7)', { url: 'https://a.example/7' }, {}],
    ['octocat, on the dashboard', { via: 'api', url: null }, {}],
    ['api:ci, through the API', { via: 'api', url: null }, { requestedBy: programAsPerson('ci') }],
  ])('says where it was asked for: %s', async (row, trigger, change) => {
    const run = await runWith({ ...published, ...change })
    const asked = { ...run, trigger: { ...run.trigger, commentId: null, ...trigger } }
    expect(renderPullRequest(asked, made, urls).body).toContain(`| Asked by | ${row} |\n`)
  })

  test('shows the instructions that its own attempt was given', async () => {
    const first = await runWith({ ...published, instructions: 'Keep the API.' })
    const { body } = renderPullRequest({ ...first, revised: 'Only the writer.' }, made, urls)
    expect(body).toContain('| Instructions | `Only the writer.` |')
    expect(renderPullRequest({ ...first, revised: '' }, made, urls).body).toContain('| Instructions | none |')
  })

  test('never has a title over 256 characters', async () => {
    const { title } = renderPullRequest(await runWith(), { ...made, subject: 'é@x '.repeat(300) }, urls)
    expect(title.length).toBeLessThanOrEqual(256)
  })
})

test('the pull request that brings the workflow calls nobody, and its mark stands last', () => {
  const { body } = onboardingPullRequest('octocat')
  expect(body).toMatch(/`octocat` on the check page\.\n\n<!-- deckhand:onboarding -->$/)
  expect(body).not.toContain('@')
})

test('a notice mentions who asked and says why; the live reply does not mention anybody', async () => {
  const run = await runWith({
    status: 'failed',
    reason: 'heartbeat_lost',
    endedAt: at,
    comment: { id: 1, url: 'https://github.com/acme/shop/issues/101#issuecomment-1' },
  })
  expect(renderNotice(run, urls).body)
    .toBe(`@octocat the run failed: The workflow stopped reporting, so its runner is probably gone. https://github.com/acme/shop/issues/101#issuecomment-1

<!-- deckhand:v1 run=r_8k2f0q7w3z notice=1.failed -->
<!-- deckhand:reply -->`)
  const byProgram = { ...run, requestedBy: programAsPerson('ci') }
  expect(renderNotice(byProgram, urls).body).toMatch(/^The run failed: The workflow stopped reporting, /)
  expect(renderLiveReply(run, urls).body).toMatch(
    /^A run is already working on this issue: https:\/\/agents\.example\.com\/r\/r_8k2f0q7w3z\. Use \/agent cancel first, or wait\./,
  )
})
