/**
 * Runs in MongoDB: one document a Run, with its state, its ledger, its pending effects and its version, so that one
 * `findOneAndUpdate` changes all of them or none. Only the engine appends.
 */
import { mongo, trusted } from 'mongoose'
import type { Connection, Model, QueryFilter } from 'mongoose'

import { isTerminal } from '../contracts/status.ts'
import type { Act } from '../domain/acts.ts'
import { IssueTaken } from '../domain/attempts.ts'
import type { RunStatus } from '../contracts/status.ts'
import type { Lane } from '../domain/effects.ts'
import type { RunEvent } from '../domain/events.ts'
import { markOf } from '../domain/ledger.ts'
import { WAITING_RUNS_MAX } from '../domain/policy.ts'
import type { Run } from '../domain/run.ts'
import { listName, listsOf, placeOf, runAt } from './run-lists.ts'
import type { RunPlace } from './run-lists.ts'
import { callbackSchema, repositorySchema, runSchema } from './run-models.ts'
import type { CallbackDocument, RepositoryDocument, RunDocument } from './run-models.ts'

const DUPLICATE_KEY = 11_000
const upsert = { upsert: true } as const
const isDuplicate = (error: unknown): boolean => error instanceof mongo.MongoServerError && error.code === DUPLICATE_KEY

/** MongoDB merges up to 200 ranges of an index in order; with more it would sort in memory (internalQueryMaxScansToExplode). */
export const LISTS_MERGED_MAX = 200
/** Other Runs of an issue whose pull requests are named. */
const EARLIER_RUNS_MAX = 20
const KNOWN_REPOSITORIES_MAX = 10_000

export interface RunFilter {
  statuses?: readonly RunStatus[]
  /** The repositories that the reader may see; null is all. */
  repositoryIds: readonly number[] | null
  issue?: number
  agent?: string
  requestedBy?: string
  /** The last Run of the page before: keyset paging, so that page 1,000 costs what page 1 costs. */
  after?: RunPlace
  /** Made at this moment or later; ms since the epoch. */
  since?: number
  limit: number
}

/** Places between which a list is read; null where it has no end. */
interface Stretch {
  before: string | null
  since: string | null
}

type Written = Pick<RunDocument, 'run' | 'ledgerBytes' | 'effects' | 'memo'> & {
  acts: Act[]
  moved: boolean
  events: RunEvent[]
  sweepAt: number | null
  effectAt: number | null
  killAt: number | null
}

/** The Run collection over one connection; all reads that decide anything go to the primary. */
export class RunsStore {
  readonly #runs: Model<RunDocument>
  readonly #callbacks: Model<CallbackDocument>
  readonly #repositories: Model<RepositoryDocument>
  /** What this process has written of repositories, so that a Run costs no write of what is known. */
  readonly #known = new Map<number, string>()

  constructor(connection: Connection) {
    this.#runs = connection.model<RunDocument>('Run', runSchema)
    this.#callbacks = connection.model<CallbackDocument>('Callback', callbackSchema)
    this.#repositories = connection.model<RepositoryDocument>('Repository', repositorySchema)
  }

  /** The driver's own collection: documents go in as they are, without casting. */
  get #rawRuns(): mongo.Collection<RunDocument> {
    return this.#runs.collection as unknown as mongo.Collection<RunDocument>
  }

  get #rawCallbacks(): mongo.Collection<CallbackDocument> {
    return this.#callbacks.collection as unknown as mongo.Collection<CallbackDocument>
  }

  async insert(change: Written): Promise<'inserted' | 'conflict'> {
    const { run, events, sweepAt, effectAt, killAt } = change
    const document: RunDocument = {
      _id: run.id,
      version: 1,
      run,
      events,
      lastHash: events.at(-1)!.hash,
      ledgerBytes: change.ledgerBytes,
      effects: change.effects,
      memo: change.memo,
      heartbeatAt: null,
      ...(change.acts.length > 0 ? { acts: change.acts } : {}),
      ...(sweepAt === null ? {} : { sweepAt }),
      ...(effectAt === null ? {} : { effectAt }),
      ...(killAt === null ? {} : { killAt }),
      triggerId: run.trigger.id,
      repositoryId: run.repository.id,
      issueNumber: run.issue.number,
      status: run.status,
      agent: run.agent,
      requestedBy: run.requestedBy.login,
      createdAt: run.createdAt,
      live: true,
      place: placeOf(run),
      lists: listsOf(run),
    }
    // First, so that no Run stands in a repository that nobody finds.
    await this.#keepRepository(run.repository)
    try {
      await this.#rawRuns.insertOne(document)
      return 'inserted'
    } catch (error) {
      if (isDuplicate(error)) return 'conflict'
      throw error
    }
  }

  async #keepRepository(repository: Run['repository']): Promise<void> {
    const text = JSON.stringify(repository)
    if (this.#known.get(repository.id) === text) return
    await this.#repositories.updateOne({ _id: repository.id }, { $set: { repository } }, { upsert: true })
    if (this.#known.size >= KNOWN_REPOSITORIES_MAX) this.#known.clear()
    this.#known.set(repository.id, text)
  }

  async load(runId: string) {
    const found = await this.#runs.findById(runId, { events: 0, lists: 0 }).lean()
    if (!found) return null
    const { run, version, lastHash, ledgerBytes, effects, memo, heartbeatAt, sweepAt = null, acts = [] } = found
    return { run, version, lastHash, ledgerBytes, effects, memo, heartbeatAt, sweepAt, acts }
  }

  /** Writes state, events and effects in one compare-and-set on the version. False when another writer was first. */
  async append(runId: string, version: number, change: Written): Promise<boolean> {
    const { run, moved, events, acts, sweepAt, effectAt, killAt } = change
    const unset: Record<string, ''> = {}
    if (acts.length === 0) unset['acts'] = ''
    if (sweepAt === null) unset['sweepAt'] = ''
    if (effectAt === null) unset['effectAt'] = ''
    if (killAt === null) unset['killAt'] = ''
    const over = isTerminal(run.status)
    if (over) unset['live'] = ''
    const update = this.#rawRuns.updateOne(
      { _id: runId, version },
      {
        $set: {
          run,
          status: run.status,
          ...(over ? {} : { live: true as const }),
          version: version + 1,
          ledgerBytes: change.ledgerBytes,
          effects: change.effects,
          memo: change.memo,
          ...(events.length > 0 ? { lastHash: events.at(-1)!.hash } : {}),
          // Of what a Run is listed under, only its status ever changes.
          ...(moved ? { lists: listsOf(run) } : {}),
          ...(acts.length > 0 ? { acts } : {}),
          ...(sweepAt === null ? {} : { sweepAt }),
          ...(effectAt === null ? {} : { effectAt }),
          ...(killAt === null ? {} : { killAt }),
        },
        ...(Object.keys(unset).length > 0 ? { $unset: unset } : {}),
        ...(events.length > 0 ? { $push: { events: { $each: events } } } : {}),
      },
    )
    try {
      return (await update).matchedCount === 1
    } catch (error) {
      // A retry asks for the issue's one live place again, and somebody else has it.
      if (isDuplicate(error)) throw new IssueTaken(runId)
      throw error
    }
  }

  /** Moves the one field that heartbeats move; never backwards. */
  async heartbeat(runId: string, at: number): Promise<void> {
    await this.#rawRuns.updateOne({ _id: runId }, { $max: { heartbeatAt: at } })
  }

  async keepCallback(record: CallbackDocument): Promise<void> {
    const { runId, dispatchId, seq, digest } = record
    const kept = this.#rawCallbacks.updateOne({ runId, dispatchId, seq, digest }, { $setOnInsert: record }, upsert)
    await kept.catch((error: unknown) => {
      // The same one, twice at once.
      if (!isDuplicate(error)) throw error
    })
  }

  /** Null when none was folded under this number. A later dispatch counts anew, so the last event with it is meant. */
  async foldedDigest(runId: string, seq: number): Promise<string | null> {
    const withSeq = { $filter: { input: '$events', cond: { $eq: ['$$this.data.callback.seq', seq] } } }
    const projection = { _id: 0, event: { $last: withSeq } }
    const found = await this.#rawRuns.findOne<{ event?: RunEvent }>({ _id: runId }, { projection })
    return (found?.event && markOf(found.event)?.digest) ?? null
  }

  /** Ids of Runs whose clock, or whose next effect, is due: O(due) by the partial indexes (P11). */
  async #due(field: 'sweepAt' | 'effectAt' | 'killAt', at: number, limit: number): Promise<string[]> {
    const found = await this.#runs
      .find({ [field]: trusted({ $lte: at }) } as QueryFilter<RunDocument>, { _id: 1 })
      .sort({ [field]: 1 })
      .limit(limit)
      .lean()
    return found.map((r) => r._id)
  }

  /** Newest first. Reads as many keys as Runs, and one for every repository and status that is asked for (P8). */
  async list(filter: RunFilter): Promise<Run[]> {
    const names = listNames(filter)
    if (names.length === 0) return []
    const stretch = {
      before: filter.after ? placeOf(filter.after) : null,
      since: filter.since === undefined ? null : placeOf({ createdAt: filter.since, id: '' }),
    }
    if (names.length <= LISTS_MERGED_MAX) {
      const found = await this.#page(names, stretch, filter.limit, 'run')
      return found.map((r) => r.run)
    }
    // Places come from the index alone; only the Runs of the page are fetched.
    const places: string[] = []
    for (let start = 0; start < names.length; start += LISTS_MERGED_MAX) {
      const some = names.slice(start, start + LISTS_MERGED_MAX)
      const found = await this.#page(some, stretch, filter.limit, 'place')
      places.push(...found.map((r) => r.place))
    }
    const ids = places
      .sort()
      .toReversed()
      .slice(0, filter.limit)
      .map((place) => runAt(place).id)
    const found = await this.#runs.find({ _id: trusted({ $in: ids }) }, { run: 1 }).lean()
    const runs = new Map(found.map((r) => [r._id, r.run]))
    return ids.flatMap((id) => runs.get(id) ?? [])
  }

  #page<F extends 'run' | 'place'>(names: readonly string[], { before, since }: Stretch, limit: number, field: F) {
    // Without the id where the index alone can answer.
    const place = { ...(before === null ? {} : { $lt: before }), ...(since === null ? {} : { $gte: since }) }
    const fields: Record<string, 0 | 1> = field === 'place' ? { _id: 0, place: 1 } : { [field]: 1 }
    return this.#runs
      .find(
        {
          lists: names.length === 1 ? names[0]! : trusted({ $in: [...names] }),
          ...(before === null && since === null ? {} : { place: trusted(place) }),
        },
        fields,
      )
      .sort({ place: -1 })
      .limit(limit)
      .lean<Pick<RunDocument, F>[]>()
  }

  async #one(query: QueryFilter<RunDocument>): Promise<Run | null> {
    return (await this.#runs.findOne(query, { run: 1 }).lean())?.run ?? null
  }

  async #newest(repositoryId: number, issue?: number): Promise<Run | null> {
    const [newest] = await this.latestRunsOfIssue(repositoryId, issue, 1)
    return newest ?? null
  }

  /** Newest first; without a number, of all issues of the repository. */
  async latestRunsOfIssue(repositoryId: number, issue: number | undefined, limit: number): Promise<Run[]> {
    const found = await this.#page([listName({ repositoryId, issue })], { before: null, since: null }, limit, 'run')
    return found.map(({ run }) => run)
  }

  /** The ledger after `afterSeq`, oldest first. A Run's ledger is contiguous from 1, so seq is its place in the array. */
  async ledger(runId: string, afterSeq: number, limit: number): Promise<RunEvent[]> {
    const found = await this.#rawRuns.findOne(
      { _id: runId },
      { projection: { events: { $slice: [afterSeq, limit] }, run: 0, effects: 0, memo: 0, lists: 0 } },
    )
    return found?.events ?? []
  }

  /** A Run and the event that brought it there, read together. */
  async newest(runId: string): Promise<{ run: Run; event: RunEvent } | null> {
    const found = await this.#rawRuns.findOne(
      { _id: runId },
      { projection: { run: 1, lastHash: 1, events: { $slice: -1 } } },
    )
    const event = found?.events.at(-1)
    return found && event ? { run: found.run, event } : null
  }

  /** The Run and what is new in its ledger after `afterSeq`, of one moment. */
  async since(runId: string, afterSeq: number, limit: number): Promise<{ run: Run; events: RunEvent[] } | null> {
    const projection = { _id: 0, run: 1, events: { $slice: [afterSeq, limit] } } as const
    return this.#rawRuns.findOne<{ run: Run; events: RunEvent[] }>({ _id: runId }, { projection })
  }

  /** State and whole ledger of one moment, read together. */
  async history(runId: string): Promise<{ run: Run; lastHash: string; events: RunEvent[] } | null> {
    const projection = { run: 1, lastHash: 1, events: 1 } as const
    return this.#rawRuns.findOne({ _id: runId }, { projection })
  }

  byTrigger(triggerId: string): Promise<Run | null> {
    return this.#one({ triggerId })
  }

  liveRun(repositoryId: number, issueNumber: number): Promise<Run | null> {
    return this.#one({ repositoryId, issueNumber, live: true })
  }

  /** Reads the Runs of the repository that are queued, which are few. */
  async waitingFor(repositoryId: number, issueNumber: number): Promise<string[]> {
    const lists = listName({ repositoryId, status: 'queued' })
    const found = await this.#runs
      .find({ lists, 'run.waits.issues': issueNumber } as QueryFilter<RunDocument>, { _id: 1 })
      .limit(WAITING_RUNS_MAX)
      .lean()
    return found.map((r) => r._id)
  }

  latestRunOfIssue(repositoryId: number, issueNumber: number): Promise<Run | null> {
    return this.#newest(repositoryId, issueNumber)
  }

  latestRunOfRepository(repositoryId: number): Promise<Run | null> {
    return this.#newest(repositoryId)
  }

  /**
   * Numbers of the pull requests of the issue's other Runs, oldest first; of the newest so many Runs. One that was asked
   * for later may have opened its own before a retry of this one does.
   */
  async pullRequestsBefore({ id, repository, issue }: Run): Promise<number[]> {
    const filter = { repositoryIds: [repository.id], issue: issue.number, statuses: ['succeeded'] } as const
    const runs = await this.list({ ...filter, limit: EARLIER_RUNS_MAX })
    const others = runs.filter((run) => run.id !== id)
    return others.flatMap((run) => run.pullRequest?.number ?? []).toSorted((a, b) => a - b)
  }

  dueEffects(at: number, limit: number, lane: Lane): Promise<string[]> {
    return this.#due(lane === 'kill' ? 'killAt' : 'effectAt', at, limit)
  }

  dueSweeps(at: number, limit: number): Promise<string[]> {
    return this.#due('sweepAt', at, limit)
  }

  /** The signed form of the ledger's callbacks, for export and proof. */
  callbacksOf(runId: string): Promise<CallbackDocument[]> {
    return this.#rawCallbacks
      .find({ runId }, { projection: { _id: 0 } })
      .sort({ dispatchId: 1, seq: 1 })
      .toArray()
  }

  /** The one that came last of all, or null. */
  async newestCallback(): Promise<CallbackDocument | null> {
    const [newest] = await this.#rawCallbacks
      .find({}, { projection: { _id: 0 } })
      .sort({ _id: -1 })
      .limit(1)
      .toArray()
    return newest ?? null
  }

  /** The repositories that have Runs, as they were last seen. */
  async repositories(): Promise<Run['repository'][]> {
    const found = await this.#repositories.find({}).sort({ _id: 1 }).lean()
    return found.map((r) => r.repository)
  }

  async ensureIndexes(): Promise<void> {
    await this.#runs.createCollection()
    await this.#runs.createIndexes()
    await this.#callbacks.createIndexes()
    await this.#repositories.createCollection()
  }
}

/** The lists whose merge is what a filter asks for. */
function listNames({ statuses, repositoryIds, issue, agent, requestedBy }: RunFilter): string[] {
  const repositories: readonly (number | undefined)[] = repositoryIds ?? [undefined]
  const wanted: readonly (RunStatus | undefined)[] = statuses ?? [undefined]
  return repositories.flatMap((repositoryId) =>
    wanted.map((status) => listName({ repositoryId, issue, status, agent, requestedBy })),
  )
}
