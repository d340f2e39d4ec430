/**
 * A kill ends a Run, its sandbox and its job within seconds, whatever the agent does against it: one, or all at once. The times are those of the ledger: from the request to the confirmed death of the sandbox (S002-120 to 124).
 */
import { expect, onTestFinished, test } from 'vitest'

import type { KillAllBody, RunBody } from '../../app/contracts/api.ts'
import { auditStore } from '../../app/store/audit.ts'
import { connect } from '../../app/store/connect.ts'
import { git } from '../support/git.ts'
import { openStage } from '../support/scenario.ts'
import type { Stage } from '../support/scenario.ts'
import { REPOSITORY } from '../stack/world.ts'

/** Ignores every polite signal. */
const HANG = 'stub: hang'
const KILL_MS_MAX = 5_000

// The stand-in for E2B ends its sandboxes in this process, one after the other: fewer of them leave the times honest.
test.each([
  ['local', 10],
  ['e2b', 4],
] as const)(
  '(k) one, and then all there are, gone within 5 s, in sandboxes of provider %s (%i)',
  async (sandbox, runs) => {
    // One more than the ten that a repository has at work at once.
    const stage = await openStage({ sandbox, settings: { RUNS_AT_ONCE_MAX: String(runs + 1) } })
    const { world, assign, api, ended } = stage
    const one = await assign(world.openIssue(), HANG)
    const many = await Promise.all(Array.from({ length: runs }, () => assign(world.openIssue(), HANG)))
    await Promise.all([one, ...many].map((run) => atWork(stage, run)))

    const killed = await api(`/api/runs/${one.id}/kill`, { method: 'POST', body: '{"reason":"runaway"}' })
    expect(killed.status).toBe(202)
    await expectDead(stage, await ended(one.id), sandbox)
    for (const run of many) expect(await stage.run(run.id)).toMatchObject({ status: 'running', phase: 'executing' })

    const answer = await api('/api/runs/kill-all', { method: 'POST', body: '{"scope":"all","reason":"an incident"}' })
    expect(answer.status).toBe(202)
    const hit = (await answer.json()) as KillAllBody
    expect(hit).toMatchObject({ failed: [], killSwitch: true })
    expect(hit.runs.map(({ id }) => id).toSorted()).toEqual(many.map(({ id }) => id).toSorted())
    for (const run of many) await expectDead(stage, await ended(run.id), sandbox)

    await expectOnRecord(stage, [one, ...many])
    await expectNothingLeft(stage)
  },
)

/** Resolves when the agent is at work. */
async function atWork({ until, run }: Stage, { id }: RunBody): Promise<void> {
  await until(`the agent of ${id}`, async () => {
    const { phase, status } = await run(id)
    if (status !== 'queued' && status !== 'running') throw new Error(`${id} ended: ${status}`)
    return phase === 'executing'
  })
}

async function expectDead(stage: Stage, run: RunBody, provider: string): Promise<void> {
  expect(run).toMatchObject({ status: 'cancelled', reason: { code: 'kill' }, pullRequest: null })
  expect(run.sandbox).toMatchObject({ provider, state: 'gone' })
  expect(await stage.sandboxes(run.id)).toEqual([])
  const end = (await stage.ledger(run.id)).find(({ type }) => type === 'run.cancelled')
  expect(end?.data['killMs']).toBeLessThanOrEqual(KILL_MS_MAX)
}

/** Who, what and why: in the audit trail, and in each ledger. */
async function expectOnRecord(stage: Stage, runs: RunBody[]): Promise<void> {
  const connection = await connect(stage.world.env['MONGODB_URI']!)
  onTestFinished(() => connection.close())
  const events = await auditStore(connection).listAudit()
  const actor = 'token:local'
  const of = (action: string) => events.filter((event) => event.action === action && event.actor === actor)
  expect(of('run.kill_all')).toMatchObject([{ target: 'everything', outcome: 'allowed', why: 'an incident' }])
  expect(of('kill_switch.on')).toMatchObject([{ outcome: 'allowed', reason: 'changed' }])
  for (const run of runs) {
    const why = run === runs[0] ? 'runaway' : 'an incident'
    const [own, ...more] = of('run.kill').filter(({ target }) => target === `run:${run.id}`)
    expect(own).toMatchObject({ outcome: 'allowed', reason: 'killed', why })
    expect(more).toEqual([])
    const asked = (await stage.ledger(run.id)).find(({ type }) => type === 'run.kill_requested')
    expect(asked).toMatchObject({ actor: 'api:local', data: { reason: why, escalated: false } })
  }
}

async function expectNothingLeft({ world, until, statusComments, runsOf }: Stage): Promise<void> {
  await world.runner.idle()
  expect(world.runner.processes()).toEqual([])
  expect(world.github.state.pulls).toEqual([])
  const { gitDir } = world.github.repository(REPOSITORY)
  expect(await git(gitDir, 'for-each-ref', '--format=%(refname)', 'refs/heads/agent/')).toBe('')
  const [run] = await runsOf(1)
  await until('the last word of the status comment', () =>
    statusComments(run!.id)[0]?.startsWith('⚫ **stub** was stopped by an admin.'),
  )
}
