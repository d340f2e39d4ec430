/** Sandboxes beside their Runs over real HTTP and a real store; the provider is in memory. */
import { expect, test } from 'vitest'

import { QUESTIONS_PER_PERSON_MAX } from '../questions.ts'
import { attemptIdOf } from '../../../domain/attempts.ts'
import { SANDBOX_OWNER } from '../../../../test/stack/api/admin.ts'
import { eachInApiWorld } from '../../../../test/stack/api/own-world.ts'
import type { ApiWorld, Ask } from '../../../../test/stack/api/world.ts'
import { vault } from '../../../../test/stack/api/runs.ts'

let world: ApiWorld
eachInApiWorld((fresh) => (world = fresh))

const PATH = '/api/admin/sandboxes'
const everything = () => ({ headers: world.bearer('everything') })
const make = async (runId: string, owner = SANDBOX_OWNER) =>
  (
    await world.admin.provider.acquire({
      owner,
      runId,
      attemptId: attemptIdOf({ id: runId, attempt: 1 }),
      ttlMs: 7_200_000,
      acquireTimeoutMs: 1_000,
    })
  ).id
const kill = (id: string, who: Pick<Ask, 'as' | 'headers'>) =>
  world.ask(`${PATH}/${id}/kill`, { method: 'POST', body: { reason: 'it burns money' }, ...who })
const rows = async (query = '') => {
  const { json } = await world.ask(PATH + query, everything())
  return (json as unknown as { sandboxes: { id: string; state: string; run: { id: string } | null }[] }).sandboxes
}
const states = async () => Object.fromEntries((await rows()).map(({ id, state }) => [id, state]))

test('each is shown beside its Run, and those without one are named', async () => {
  const [run, over] = [await world.request(), await world.request({ number: 2 })]
  const [used, left, unknown] = [await make(run.id), await make(over.id), await make('r_0000000000')]
  await make(run.id, 'another-deckhand')
  await world.cancel(over)
  expect(await states()).toEqual({ [used]: 'in_use', [left]: 'ending', [unknown]: 'starting' })
  world.pass(120_001)
  expect(await states()).toEqual({ [used]: 'in_use', [left]: 'orphaned', [unknown]: 'orphaned' })
  expect((await rows()).find(({ id }) => id === used)?.run).toMatchObject({
    id: run.id,
    repository: 'acme/shop',
    issue: 1,
    view: { word: 'Queued' },
  })
})

test('what a Run names and the provider does not list is shown too', async () => {
  const run = await world.request()
  const sandbox = { provider: 'fake', id: 'fake-9', state: 'live', requestedAt: Date.now(), endsAt: Date.now() + 1_000 }
  await world.connection
    .collection<{ _id: string }>('runs')
    .updateOne({ _id: run.id }, { $set: { 'run.sandbox': sandbox } })
  expect(await states()).toEqual({ 'fake-9': 'unlisted' })
  world.admin.reach = 'runner'
  expect((await world.ask(PATH, everything())).json).toMatchObject({
    provider: 'fake',
    reach: 'runner',
    complete: true,
  })
  expect(await states()).toEqual({ 'fake-9': 'unlisted' })
})

test('an orphan is ended at once; one in use takes its Run with it; twice is no more than once', async () => {
  const run = await world.request()
  const [used, orphan] = [await make(run.id), await make('r_0000000000')]
  world.pass(120_001)
  expect(await kill(orphan, everything())).toMatchObject({ status: 202, json: { killed: 'sandbox', runId: null } })
  expect(await kill(orphan, everything())).toMatchObject({ status: 404 })
  expect(await kill(used, everything())).toMatchObject({ status: 202, json: { killed: 'run', runId: run.id } })
  expect((await world.store.load(run.id))!.run).toMatchObject({ status: 'cancelled', reason: 'kill' })
  const audited = await world.audit.listAudit({ action: 'sandbox.kill' })
  expect(audited).toMatchObject([
    { target: `sandbox:${used}`, reason: 'run_killed', why: 'it burns money', repository: 'acme/shop' },
    { target: `sandbox:${orphan}`, reason: 'killed', outcome: 'allowed', actor: 'token:everything' },
  ])
})

test('only those of the own repository are seen and ended by its admins', async () => {
  const [mine, theirs] = [await world.request(), await world.request({ repository: vault, number: 2 })]
  const [seen, hidden] = [await make(mine.id), await make(theirs.id)]
  const as = await world.signIn()
  expect(await kill(seen, { as })).toMatchObject({ status: 403 })
  world.pass(60_001)
  world.levels.set('octocat@shop', 'admin')
  const list = await world.ask(`${PATH}?repository=acme/shop`, { as })
  expect(list.json).toMatchObject({ sandboxes: [{ id: seen }] })
  expect(await world.ask(PATH, { as })).toMatchObject({ status: 403 })
  // As one that is not there, so that nobody learns of it.
  const [there, nowhere] = [await kill(hidden, { as }), await kill('fake-99', { as })]
  expect([there.status, there.json.detail]).toEqual([nowhere.status, nowhere.json.detail])
  expect(await kill(seen, { as })).toMatchObject({ status: 202 })
})

test('somebody who administers nothing has the provider asked so often a minute, and no more', async () => {
  const run = await world.request()
  const id = await make(run.id)
  const as = await world.signIn()
  const statuses: number[] = []
  for (let asked = 0; asked < QUESTIONS_PER_PERSON_MAX; asked++) statuses.push((await kill(id, { as })).status)
  expect(statuses[0]).toBe(403)
  expect(statuses.filter((status) => status !== 403 && status !== 429)).toEqual([])
  // Refused before the provider could be asked, which would have been seen.
  world.admin.providerIsAway = true
  expect(await kill(id, { as })).toMatchObject({ status: 429, json: { code: 'too_many_requests' } })
})

test('a provider that is away is said to be away', async () => {
  world.admin.providerIsAway = true
  expect(await world.ask(PATH, everything())).toMatchObject({ status: 503, json: { code: 'unavailable' } })
})
