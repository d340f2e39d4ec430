/** Lost deliveries: what is asked for again, how often, and what is left alone. */
import { expect, test } from 'vitest'

import { DELIVERY_TRIES_MAX, DeliveryReconciler } from './reconcile-deliveries.ts'
import type { Attempted } from './reconcile-deliveries.ts'

const START = Date.parse('2026-11-20T12:00:00.000Z')
const DAY_MS = 24 * 3_600_000

/** GitHub's list and our inbox; `deliver` says what an attempt comes to. */
function openOffice(deliver: (guid: string, at: number) => 'stored' | 'accepted' | 'failed' = () => 'failed') {
  const attempts: Attempted[] = []
  const known = new Set<string>()
  const asked: number[] = []
  let leads = true
  let cut = false
  const errors: string[] = []
  let now = START
  const attempt = (guid: string, event = 'issue_comment'): void => {
    const came = deliver(guid, now)
    if (came === 'stored') known.add(guid)
    const redelivery = attempts.some((each) => each.guid === guid)
    const ok = came !== 'failed'
    attempts.unshift({ id: attempts.length + 1, guid, event, deliveredAt: now, ok, redelivery })
  }
  const deps = {
    github: {
      async listDeliveries(since: number) {
        asked.push(since)
        return { attempts: attempts.filter(({ deliveredAt }) => deliveredAt >= since), complete: !cut }
      },
      async redeliver(id: number) {
        attempt(attempts.find((each) => each.id === id)!.guid)
      },
    },
    inbox: { knownDeliveries: async (ids: readonly string[]) => new Set(ids.filter((id) => known.has(id))) },
    lead: async () => leads,
    log: { info() {}, warn() {}, error: (_fields: object, message: string) => void errors.push(message) },
  }
  const reconciler = new DeliveryReconciler(deps)
  return {
    attempts,
    known,
    asked,
    attempt,
    errors,
    /** From now on there is more than one look can take in. */
    cutOff: () => (cut = true),
    lead: (value: boolean) => (leads = value),
    async turn(afterMs = 30_000) {
      now += afterMs
      return reconciler.step(now)
    },
  }
}

test('a delivery that failed is asked for again until it is stored, and then never again', async () => {
  let up = false
  const office = openOffice(() => (up ? 'stored' : 'failed'))
  office.attempt('a')
  expect(await office.turn()).toEqual(['a'])
  up = true
  expect(await office.turn()).toEqual(['a'])
  for (let i = 0; i < 20; i++) expect(await office.turn()).toEqual([])
})

test('what we have is never asked for, whatever GitHub thinks of its own attempt', async () => {
  const office = openOffice()
  office.attempt('timed out for GitHub, stored by us')
  office.known.add('timed out for GitHub, stored by us')
  expect(await office.turn()).toEqual([])
})

test('a delivery that always fails is given up after a bounded number of tries, ever further apart', async () => {
  const office = openOffice()
  office.attempt('a')
  const turns: number[] = []
  for (let i = 0; i < 60; i++) if ((await office.turn()).length > 0) turns.push(i)
  expect(office.attempts).toHaveLength(DELIVERY_TRIES_MAX)
  const gaps = turns.slice(1).map((turn, i) => turn - turns[i]!)
  expect(gaps).toEqual([1, 2, 4, 8])
})

test('answered with success but unknown: asked once more, because it may be stored under another id', async () => {
  const office = openOffice(() => 'accepted')
  office.attempt('a')
  expect(await office.turn(5_000)).toEqual([])
  expect(await office.turn()).toEqual(['a'])
  for (let i = 0; i < 20; i++) expect(await office.turn()).toEqual([])
})

test('the first turn looks at all that GitHub keeps; later ones only at what is new or still open', async () => {
  const office = openOffice(() => 'stored')
  await office.turn()
  expect(office.asked[0]).toBe(START + 30_000 - 3 * DAY_MS)
  await office.turn()
  expect(office.asked[1]).toBeGreaterThan(START - 10 * 60_000)
})

test('where there is more than one look can take in, the newest are asked for all the same, and people are told', async () => {
  const office = openOffice(() => 'stored')
  office.attempt('a')
  office.known.clear()
  office.cutOff()
  expect(await office.turn()).toEqual(['a'])
  expect(office.errors).toEqual(['deliveries_not_all_seen'])
})

test('who does not lead asks nothing, and who leads again starts from the beginning', async () => {
  const office = openOffice(() => 'stored')
  await office.turn()
  office.lead(false)
  expect(await office.turn()).toEqual([])
  expect(office.asked).toHaveLength(1)
  office.lead(true)
  await office.turn()
  expect(office.asked[1]).toBe(START + 90_000 - 3 * DAY_MS)
})

test('a workflow run is not asked for again: it only hurries, and most are nobody’s', async () => {
  const office = openOffice((guid) => (guid === 'kept' ? 'stored' : guid === 'lost' ? 'failed' : 'accepted'))
  for (const guid of ['kept', 'passed over', 'lost']) office.attempt(guid, 'workflow_run')
  expect(await office.turn(60_000)).toEqual([])
  expect(office.attempts).toHaveLength(3)
})
