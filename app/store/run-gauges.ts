/** Numbers about all Runs for the metrics; each is read from an index alone and costs what is due or live. */
import { runStatuses, isTerminal } from '../contracts/status.ts'
import type { RunStatus } from '../contracts/status.ts'
import type { StoreConnection } from './connect.ts'
import { CONTENT_AN_HOUR_MAX, CONTENT_A_MINUTE_MAX } from './content-counter.ts'
import { listName, placeOf } from './run-lists.ts'

/** Counting stops here; what is larger is as alarming. */
const COUNTED_MAX = 100_000
/** People look at these counts often, and above this they only need to know that it is many. */
export const ENDED_COUNTED_MAX = 10_000
const QUERY_MS_MAX = 2_000
const INSTALLATIONS_MAX = 1_000
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

export type RunGauges = ReturnType<typeof runGauges>

export function runGauges(connection: StoreConnection) {
  const runs = connection.collection('runs')
  const content = connection.collection<{ at: number[] }>('content')
  const limits = { limit: COUNTED_MAX, maxTimeMS: QUERY_MS_MAX }
  const oldest = async (field: 'effectAt' | 'killAt', now: number): Promise<number> => {
    const options = { projection: { _id: 0, [field]: 1 }, sort: { [field]: 1 }, maxTimeMS: QUERY_MS_MAX } as const
    const found = await runs.findOne({ [field]: { $lte: now } }, options)
    return typeof found?.[field] === 'number' ? found[field] : Infinity
  }
  return {
    /** How many Runs (of one repository) are in each status that is not terminal. */
    async live(repositoryId?: number): Promise<[RunStatus, number][]> {
      const statuses = runStatuses.filter((status) => !isTerminal(status))
      return Promise.all(
        statuses.map(async (status): Promise<[RunStatus, number]> => {
          return [status, await runs.countDocuments({ lists: listName({ status, repositoryId }) }, limits)]
        }),
      )
    },

    /** How many Runs (of one repository) that were asked for since then have ended, by how; at most `ENDED_COUNTED_MAX`. */
    async ended(since: number, repositoryId?: number): Promise<[RunStatus, number][]> {
      const place = { $gte: placeOf({ createdAt: since, id: '' }) }
      return Promise.all(
        runStatuses.filter(isTerminal).map(async (status): Promise<[RunStatus, number]> => {
          const query = { lists: listName({ status, repositoryId }), place }
          return [status, await runs.countDocuments(query, { ...limits, limit: ENDED_COUNTED_MAX })]
        }),
      )
    },

    /** Since when the oldest effect of either lane that is due has been due; null when none is. */
    async oldestDueEffect(now: number): Promise<number | null> {
      const since = Math.min(await oldest('effectAt', now), await oldest('killAt', now))
      return since === Infinity ? null : since
    },

    /** How much content the installation that is nearest to GitHub's limits may still create. */
    async budgetLeft(now: number): Promise<{ minute: number; hour: number }> {
      const found = await content
        .find({}, { sort: { _id: 1 }, limit: INSTALLATIONS_MAX, maxTimeMS: QUERY_MS_MAX })
        .toArray()
      const left = (max: number, ms: number): number =>
        Math.min(max, ...found.map(({ at }) => Math.max(0, max - at.filter((time) => time > now - ms).length)))
      return { minute: left(CONTENT_A_MINUTE_MAX, MINUTE_MS), hour: left(CONTENT_AN_HOUR_MAX, HOUR_MS) }
    },

    /** How many Runs have a clock that ran out before `at` and was not acted on. */
    pastDeadline: (at: number): Promise<number> => runs.countDocuments({ sweepAt: { $lte: at } }, limits),
  }
}
