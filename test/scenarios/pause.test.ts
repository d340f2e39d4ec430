/**
 * A Run that somebody pauses ends its job and holds no sandbox that runs; resumed, it is the same Run with one pull
 * request, in which the commits from before and after the pause stand.
 */
import { expect, test } from 'vitest'

import type { RunBody } from '../../app/contracts/api.ts'
import { verifyLedger } from '../../cli/ledger/verify.ts'
import { LedgerDocument } from '../../app/contracts/ledger.ts'
import { git } from '../support/git.ts'
import { openStage } from '../support/scenario.ts'
import type { Stage } from '../support/scenario.ts'
import { REPOSITORY } from '../stack/world.ts'

/** Slow enough that the pause comes before the second commit on a busy machine, too. */
const TWO_COMMITS = 'stub: slow 4000\nstub: commits 2'
/** After the first commit, in the middle of the second edit. */
const PAUSED_IN = 4

test.each(['local', 'e2b'] as const)('a paused Run resumes, with sandboxes of provider %s', async (sandbox) => {
  const stage = await openStage({ sandbox })
  const { world, until, run: load } = stage
  const { run, ended } = await pausedRun(stage)
  expect(run).toMatchObject({ reason: { code: 'paused_by_person' }, pause: { by: 'octocat' }, git: { commits: 1 } })
  expect(run.sandbox).toMatchObject({ state: sandbox === 'e2b' ? 'paused' : 'gone' })
  await until('the words on the issue', () =>
    stage.statusComments(run.id)[0]?.startsWith('🟡 **stub** is paused by octocat. '),
  )
  // No job, no process; and of the sandbox what its provider keeps.
  await world.runner.idle()
  expect(world.runner.processes()).toEqual([])
  expect(await stage.sandboxes(run.id)).toHaveLength(sandbox === 'e2b' ? 1 : 0)
  expect((world.e2b?.sandboxes() ?? []).filter(({ state }) => state === 'running')).toEqual([])

  world.comment(run.issue.number, '/agent resume')
  expect(await ended).toMatchObject({ status: 'succeeded', attempt: 1, git: { commits: 2, additions: 2 } })
  const done = await load(run.id)
  const { gitDir } = world.github.repository(REPOSITORY)
  expect(await git(gitDir, 'rev-list', '--count', `main..${done.branch!.name}`)).toBe('2\n')
  const readme = await world.github.readFile(REPOSITORY, done.branch!.name, 'README.md')
  expect(readme?.match(/part \d of 2/g)).toEqual(['part 1 of 2', 'part 2 of 2'])
  expect(world.github.state.pulls).toHaveLength(1)
  await until('the end of its sandbox', async () => (await load(run.id)).sandbox?.state === 'gone')
  expect(await stage.sandboxes(run.id)).toEqual([])

  const events = await stage.ledger(run.id)
  const dispatches = events.filter(({ type }) => type === 'executor.bound').map(({ data }) => data['dispatchId'])
  expect(new Set(dispatches).size).toBe(2)
  expect(events.filter(({ type }) => type === 'sandbox.acquired')).toHaveLength(sandbox === 'e2b' ? 1 : 2)
  const ledger = LedgerDocument.parse(await (await stage.api(`/api/runs/${run.id}/ledger`)).json())
  expect(verifyLedger(ledger)).toMatchObject({ ok: true })
})

test.each(['cancel', 'kill'] as const)('a paused Run ends by a %s, with its paused sandbox', async (verb) => {
  const stage = await openStage({ sandbox: 'e2b' })
  const { run, ended } = await pausedRun(stage)
  const answer = await stage.api(`/api/runs/${run.id}/${verb}`, { method: 'POST', body: '{}' })
  expect(answer.status).toBe(202)
  expect(await ended).toMatchObject({ status: 'cancelled', pullRequest: null })
  await stage.until('the end of its sandbox', async () => (await stage.run(run.id)).sandbox?.state === 'gone')
  expect(await stage.sandboxes(run.id)).toEqual([])
  expect(stage.world.e2b!.sandboxes().map(({ endedBy }) => endedBy)).toEqual(['kill'])
  const refused = await stage.api(`/api/runs/${run.id}/resume`, { method: 'POST', body: '{}' })
  expect([refused.status, await refused.json()]).toMatchObject([
    409,
    { detail: `Run ${run.id} was cancelled already, so there is nothing to resume.` },
  ])
})

test('a pause that is too long ends the Run', async () => {
  const settings = { PAUSE_TIMEOUT_MS: '6000', SWEEP_INTERVAL_MS: '200' }
  const stage = await openStage({ sandbox: 'e2b', settings })
  const { run, ended } = await pausedRun(stage)
  expect(await ended).toMatchObject({ status: 'failed', reason: { code: 'pause_timeout' } })
  await stage.until('the end of its sandbox', async () => (await stage.run(run.id)).sandbox?.state === 'gone')
})

/** A Run that octocat paused in the middle of its work. */
async function pausedRun(stage: Stage): Promise<{ run: RunBody; ended: Promise<RunBody> }> {
  const { world, until } = stage
  const { id, issue } = await stage.assign(world.openIssue(), TWO_COMMITS)
  const ended = stage.ended(id, ({ type, data }) => {
    const now = type === 'agent.progressed' && data['step'] === PAUSED_IN && data['state'] === 'started'
    if (now && world.github.state.workflowRuns.length === 1) world.comment(issue.number, '/agent pause')
  })
  ended.catch(() => {})
  const run = await until('the pause', async () => {
    const now = await stage.run(id)
    return now.status === 'paused' ? now : null
  })
  return { run, ended }
}
