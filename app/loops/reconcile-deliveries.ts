/**
 * Fetches deliveries that got lost: GitHub never sends a webhook again by itself, but it keeps three days of what it
 * tried, and sends again what it is asked for. What GitHub could not deliver, or what our inbox does not know, is asked
 * for a bounded number of times; how often is counted in GitHub's own list, so that no replica has to remember it.
 */
import { WORKFLOW_RUN_EVENT } from '../domain/passed-over.ts'
import type { Log } from '../perform/perform.ts'

/** One attempt in GitHub's list; all attempts of a delivery share its `guid`. Times in ms since the epoch. */
export interface Attempted {
  id: number
  guid: string
  event: string
  deliveredAt: number
  ok: boolean
  redelivery: boolean
}

export interface ReconcileDeps {
  github: {
    /** Newest first. Not `complete`: there are older ones. */
    listDeliveries(since: number): Promise<{ attempts: Attempted[]; complete: boolean }>
    redeliver(id: number): Promise<void>
  }
  inbox: { knownDeliveries(ids: readonly string[]): Promise<Set<string>> }
  /** False while another replica does this. */
  lead: () => Promise<boolean>
  log: Log
}

/** GitHub keeps deliveries this long. */
const LOOK_BACK_MS_MAX = 3 * 24 * 3_600_000
/** A delivery is listed by its time, and only once it was answered; clocks differ as well. */
const OVERLAP_MS = 5 * 60_000
/** Attempts of one delivery, GitHub's own first one included. */
export const DELIVERY_TRIES_MAX = 6
/** Between the tries of one delivery: 30 s, doubled each time, so that an outage of a quarter of an hour is bridged. */
const TRY_AGAIN_BASE_MS = 30_000
/** GitHub waits this long for an answer before it lists a delivery as failed. */
const UNDER_WAY_MS = 10_000
const REDELIVERIES_PER_TURN_MAX = 100

/** One for each replica. The first turn that leads looks at everything GitHub keeps, the later ones at what is new. */
export class DeliveryReconciler {
  readonly #deps: ReconcileDeps
  #seenUntil: number | null = null

  constructor(deps: ReconcileDeps) {
    this.#deps = deps
  }

  /** One turn; answers with the ids of the deliveries that were asked for again. */
  async step(now: number): Promise<string[]> {
    const { github, inbox, lead, log } = this.#deps
    if (!(await lead())) {
      // Whoever led may have died in the middle: the next lead starts from the beginning.
      this.#seenUntil = null
      return []
    }
    const oldest = now - LOOK_BACK_MS_MAX
    const since = Math.max(oldest, (this.#seenUntil ?? oldest) - OVERLAP_MS)
    const { attempts, complete } = await github.listDeliveries(since)
    // The newest are looked after all the same; people can find the others on GitHub, and redeliver them there.
    if (!complete) log.error({ since, until: attempts.at(-1)?.deliveredAt }, 'deliveries_not_all_seen')
    // What only hurries a Run is not worth asking for: after an outage it would stand before what people wrote.
    const wanted = attempts.filter(({ event }) => event !== WORKFLOW_RUN_EVENT)
    const byGuid = Map.groupBy(wanted, ({ guid }) => guid)
    const known = await inbox.knownDeliveries([...byGuid.keys()])
    const open = [...byGuid.values()].filter((tries) => !known.has(tries[0]!.guid) && !isSettled(tries))
    const due = open.filter((tries) => isDue(tries, now)).slice(-REDELIVERIES_PER_TURN_MAX)
    const asked: string[] = []
    // The oldest first, as people wrote them.
    for (const tries of due.toReversed()) {
      const { id, guid, event } = tries[0]!
      try {
        await github.redeliver(id)
        asked.push(guid)
        log.warn({ delivery: guid, event, tries: tries.length }, 'delivery_asked_again')
      } catch (err) {
        log.error({ delivery: guid, event, err }, 'delivery_not_asked_again')
      }
    }
    this.#seenUntil = Math.min(now - UNDER_WAY_MS, ...open.map((tries) => tries.at(-1)!.deliveredAt))
    return asked
  }
}

/**
 * Nothing more can come of it: tried often enough; or answered twice with success and yet not there, which is what
 * a body does that is stored under another delivery's id; or settled so long ago that its first attempt is out of view.
 */
function isSettled(tries: readonly Attempted[]): boolean {
  const tried = tries.length >= DELIVERY_TRIES_MAX || tries.filter(({ ok }) => ok).length >= 2
  return tried || tries.every(({ redelivery }) => redelivery)
}

function isDue(tries: readonly Attempted[], now: number): boolean {
  const waitMs = tries.length === 1 ? 0 : TRY_AGAIN_BASE_MS * 2 ** (tries.length - 2)
  // What was answered with success may be on its way into the store.
  return now - tries[0]!.deliveredAt >= Math.max(waitMs, tries[0]!.ok ? UNDER_WAY_MS : 0)
}
