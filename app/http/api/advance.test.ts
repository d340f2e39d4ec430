/** Advancing a Run that waits for its turn: what holds it back is not overruled, but named. */
import { expect, test } from 'vitest'

import { onceInApiWorld } from '../../../test/stack/api/own-world.ts'

import type { ApiWorld } from '../../../test/stack/api/world.ts'
import type { WaitReason } from '../../domain/events.ts'

let world: ApiWorld

onceInApiWorld((made) => (world = made))

const advance = (id: string, who: Parameters<ApiWorld['bearer']>[0] = 'writer') =>
  world.ask(`/api/runs/${id}/advance`, { method: 'POST', body: { force: true }, headers: world.bearer(who) })

/** A Run that was found to wait, and whose next look is in a minute. */
async function waiting(number: number, reason: WaitReason) {
  const { id } = await world.request({ number })
  const at = Date.parse('2026-11-20T12:00:00.000Z')
  const resolved = { type: 'base.resolved', data: { ref: 'main', sha: 'a'.repeat(40) } } as const
  await world.engine.submit(id, { type: 'outcome', at, outcome: resolved })
  await world.engine.submit(id, { type: 'outcome', at, outcome: { type: 'run.waits', data: reason } })
  return id
}

test('what is known to be gone lets it go on at once; what is not is named', async () => {
  const id = await waiting(1, { issues: [7, 9] })
  world.blockers.set('shop#1', [9])
  expect(await advance(id)).toMatchObject({
    status: 409,
    json: {
      code: 'not_allowed_now',
      detail: `Run ${id} waits for #9. It starts by itself when that is closed.`,
      runId: id,
    },
  })
  world.blockers.delete('shop#1')
  expect(await advance(id)).toMatchObject({ status: 202, json: { id, waitingFor: { issues: [7, 9], position: null } } })
  expect(await advance(id, 'reader')).toMatchObject({ status: 403 })
})

test('nobody jumps the line', async () => {
  const id = await waiting(2, { position: 3 })
  expect(await advance(id, 'everything')).toMatchObject({
    status: 409,
    json: { detail: `Run ${id} is at position 3 of the line. It starts by itself when it is its turn.` },
  })
})

test('a Run that does not wait has nothing to advance, whether it goes on or has ended', async () => {
  const run = await world.request({ number: 3 })
  const refusal = { status: 409, json: { detail: expect.stringContaining('does not wait for its turn') } }
  expect(await advance(run.id)).toMatchObject(refusal)
  await world.cancel(run)
  expect(await advance(run.id)).toMatchObject(refusal)
})

test('one that is being stopped is not hurried to its start', async () => {
  const { id } = await world.request({ number: 5 })
  const to = { by: 'octocat', reason: null, at: Date.parse('2026-11-20T12:00:00.000Z') }
  const set = {
    'run.waits': { issues: [], position: 2, since: to.at, seq: 1, told: 1 },
    'run.stop': { ...to, kind: 'kill', code: 'kill' },
  }
  await world.connection.collection<{ _id: string }>('runs').updateOne({ _id: id }, { $set: set })
  expect(await advance(id)).toMatchObject({
    status: 409,
    json: { code: 'not_allowed_now', detail: `Run ${id} is being stopped already.` },
  })
})

test('while GitHub cannot be asked nobody is told that the way is free', async () => {
  const id = await waiting(4, { issues: [7] })
  world.githubIsAway = true
  expect(await advance(id, 'everything')).toMatchObject({ status: 503 })
  world.githubIsAway = false
})
