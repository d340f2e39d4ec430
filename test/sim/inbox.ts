/** The durable inbox of the simulation, and GitHub's side of it: deliveries that are dropped, doubled and reordered. */
import type { Inbox } from '../../app/loops/intake.ts'
import type { Network, Replica } from './network.ts'

interface Item {
  id: string
  body: Uint8Array
  attempts: number
  receivedAt: number
  dueAt: number
  state: string
}

export interface SimInbox {
  items: Map<string, Item>
  insert(id: string, body: Uint8Array, now: number): void
  inboxFor(replica: Replica, network: Network, fails: () => number): Inbox
  /** Which deliveries are known, for whoever asks GitHub for the others. */
  knownFor(replica: Replica, network: Network, fails: () => number): (ids: readonly string[]) => Promise<Set<string>>
  /** Whether this replica is the one that asks. */
  leadFor(replica: Replica, network: Network, fails: () => number, now: () => number): () => Promise<boolean>
}

const LEAD_MS = 60_000

/** Unique by delivery id, as the store's index makes it. */
export function createSimInbox(): SimInbox {
  const items = new Map<string, Item>()
  let lead = { holder: '', until: 0 }
  return {
    items,
    insert(id, body, now) {
      if (!items.has(id)) items.set(id, { id, body, attempts: 0, receivedAt: now, dueAt: now, state: 'received' })
    },
    inboxFor(replica, network, fails) {
      const mongo = <T>(name: string, effect: () => T) => network.call(replica, name, effect, { fails: fails() })
      return {
        claimDelivery: (now, leaseMs) =>
          mongo('claim delivery', () => {
            for (const item of items.values()) {
              if (item.dueAt > now) continue
              item.attempts++
              item.dueAt = now + leaseMs
              return {
                id: item.id,
                event: 'issue_comment',
                attempts: item.attempts,
                receivedAt: item.receivedAt,
                body: item.body,
              }
            }
            return null
          }),
        finishDelivery: (id, state) =>
          mongo(`finish delivery ${id}`, () => {
            Object.assign(items.get(id)!, { state, dueAt: Infinity })
          }),
        postponeDelivery: (id, dueAt, _reason, counts) =>
          mongo(`postpone delivery ${id}`, () => {
            const item = items.get(id)!
            Object.assign(item, { state: 'received', dueAt, attempts: item.attempts - (counts ? 0 : 1) })
          }),
      }
    },
    knownFor: (replica, network, fails) => (ids) =>
      network.call(replica, 'known deliveries', () => new Set(ids.filter((id) => items.has(id))), { fails: fails() }),
    leadFor: (replica, network, fails, now) => () => {
      const holder = `${replica.name} ${replica.born}`
      const take = () => {
        if (lead.holder !== holder && lead.until > now()) return false
        lead = { holder, until: now() + LEAD_MS }
        return true
      }
      return network.call(replica, 'lead', take, { fails: fails() })
    },
  }
}
