/** A request whose answer was lost with its replica changes a Run once, however much later it is sent again. */
import { expect, test } from 'vitest'

import { onceInApiWorld } from '../../../test/stack/api/own-world.ts'
import type { ApiWorld } from '../../../test/stack/api/world.ts'

let world: ApiWorld
let number = 0
onceInApiWorld((made) => (world = made))

/** Asks under a key of which nothing is kept, as if the replica had ended before it answered. */
async function lost(id: string, verb: 'cancel' | 'kill' | 'retry') {
  const headers = { ...world.bearer('everything'), 'idempotency-key': `${verb}-of-${id}` }
  const answer = await world.ask(`/api/runs/${id}/${verb}`, { method: 'POST', headers, body: {} })
  await world.connection.collection('idempotency_keys').deleteMany({})
  expect(answer.status).toBe(202)
}

async function stands(id: string): Promise<string> {
  const { status, attempt } = (await world.store.load(id))!.run
  return `${status} in attempt ${attempt}`
}

test('one retry opens one attempt, also after that one has ended', async () => {
  const { id } = await world.request({ number: ++number })
  await lost(id, 'cancel')
  await lost(id, 'retry')
  await lost(id, 'retry')
  expect(await stands(id)).toBe('queued in attempt 2')
  await world.cancel((await world.store.load(id))!.run)
  await lost(id, 'retry')
  expect(await stands(id)).toBe('cancelled in attempt 2')
})

test.each(['cancel', 'kill'] as const)('a %s ends the attempt of its time, not the next one', async (verb) => {
  const { id } = await world.request({ number: ++number })
  await lost(id, verb)
  expect(await stands(id)).toBe('cancelled in attempt 1')
  await lost(id, 'retry')
  await lost(id, verb)
  expect(await stands(id)).toBe('queued in attempt 2')
})
