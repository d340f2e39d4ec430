/**
 * Runs in MongoDB: one document a Run, with its state, its ledger, its pending effects and its version, so that one
 * `findOneAndUpdate` changes all of them or none. Only the engine appends.
 */
import { mongo, trusted } from 'mongoose'
import type { Connection, Model, QueryFilter } from 'mongoose'

import { isTerminal } from '../contracts/status.ts'
import type { RunStatus } from '../contracts/status.ts'
import type { RunEvent } from '../domain/events.ts'
import type { Run } from '../domain/run.ts'
import { callbackSchema, runSchema } from './run-models.ts'
import type { CallbackDocument, RunDocument } from './run-models.ts'

const DUPLICATE_KEY = 11_000
const isDuplicate = (error: unknown): boolean => error instanceof mongo.MongoServerError && error.code === DUPLICATE_KEY

export interface RunFilter {
  statuses?: readonly RunStatus[]
  /** The repositories that the reader may see; null is all. */
  repositoryIds: readonly number[] | null
  issue?: number
  agent?: string
  requestedBy?: string
  /** The last Run of the page before: keyset paging, so that page 1,000 costs what page 1 costs. */
  after?: { createdAt: number; id: string }
  limit: number
}

type Written = Pick<RunDocument, 'run' | 'ledgerBytes' | 'effects' | 'memo'> & {
  events: RunEvent[]
  sweepAt: number | null
  effectAt: number | null
}

/** The Run collection over one connection; all reads that decide anything go to the primary. */
export class RunsStore {
  readonly #runs: Model<RunDocument>
  readonly #callbacks: Model<CallbackDocument>

  constructor(connection: Connection) {
    this.#runs = connection.model<RunDocument>('Run', runSchema)
    this.#callbacks = connection.model<CallbackDocument>('Callback', callbackSchema)
  }

  /** The driver's own collection: documents go in as they are, without casting. */
  get #rawRuns(): mongo.Collection<RunDocument> {
    return this.#runs.collection as unknown as mongo.Collection<RunDocument>
  }

  get #rawCallbacks(): mongo.Collection<CallbackDocument> {
    return this.#callbacks.collection as unknown as mongo.Collection<CallbackDocument>
  }

  async insert(change: Written): Promise<'inserted' | 'conflict'> {
    const { run, events, sweepAt, effectAt } = change
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
      ...(sweepAt === null ? {} : { sweepAt }),
      ...(effectAt === null ? {} : { effectAt }),
      triggerId: run.trigger.id,
      repositoryId: run.repository.id,
      issueNumber: run.issue.number,
      status: run.status,
      agent: run.agent,
      requestedBy: run.requestedBy.login,
      createdAt: run.createdAt,
      live: true,
    }
    try {
      await this.#rawRuns.insertOne(document)
      return 'inserted'
    } catch (error) {
      if (isDuplicate(error)) return 'conflict'
      throw error
    }
  }

  async load(runId: string) {
    const found = await this.#runs.findById(runId, { events: 0 }).lean()
    if (!found) return null
    const { run, version, lastHash, ledgerBytes, effects, memo, heartbeatAt, sweepAt } = found
    return { run, version, lastHash, ledgerBytes, effects, memo, heartbeatAt, sweepAt: sweepAt ?? null }
  }

  /** Writes state, events and effects in one compare-and-set on the version. False when another writer was first. */
  async append(runId: string, version: number, change: Written): Promise<boolean> {
    const { run, events, sweepAt, effectAt } = change
    const unset: Record<string, ''> = {}
    if (sweepAt === null) unset['sweepAt'] = ''
    if (effectAt === null) unset['effectAt'] = ''
    if (isTerminal(run.status)) unset['live'] = ''
    const result = await this.#rawRuns.updateOne(
      { _id: runId, version },
      {
        $set: {
          run,
          status: run.status,
          version: version + 1,
          ledgerBytes: change.ledgerBytes,
          effects: change.effects,
          memo: change.memo,
          ...(events.length > 0 ? { lastHash: events.at(-1)!.hash } : {}),
          ...(sweepAt === null ? {} : { sweepAt }),
          ...(effectAt === null ? {} : { effectAt }),
        },
        ...(Object.keys(unset).length > 0 ? { $unset: unset } : {}),
        ...(events.length > 0 ? { $push: { events: { $each: events } } } : {}),
      },
    )
    return result.matchedCount === 1
  }

  /** Moves the one field that heartbeats move; never backwards. */
  async heartbeat(runId: string, at: number): Promise<void> {
    await this.#rawRuns.updateOne({ _id: runId }, { $max: { heartbeatAt: at } })
  }

  async keepCallback(record: CallbackDocument, replaceUnfolded: boolean): Promise<string> {
    const place = { runId: record.runId, dispatchId: record.dispatchId, seq: record.seq }
    // A place that was kept but never folded (its event was refused) is free for the event that is folded instead.
    const update = replaceUnfolded ? { $set: record } : { $setOnInsert: record }
    const kept = await this.#rawCallbacks
      .findOneAndUpdate(place, update, { upsert: true, returnDocument: 'after' })
      .catch((error: unknown) => {
        if (isDuplicate(error)) return this.#rawCallbacks.findOne(place)
        throw error
      })
    return kept!.digest
  }

  /** Ids of Runs whose clock, or whose next effect, is due: O(due) by the partial indexes (P11). */
  async #due(field: 'sweepAt' | 'effectAt', at: number, limit: number): Promise<string[]> {
    const found = await this.#runs
      .find({ [field]: trusted({ $lte: at }) } as QueryFilter<RunDocument>, { _id: 1 })
      .sort({ [field]: 1 })
      .limit(limit)
      .lean()
    return found.map((r) => r._id)
  }

  async list(filter: RunFilter): Promise<Run[]> {
    const { statuses, repositoryIds, issue, agent, requestedBy, after, limit } = filter
    const query: Record<string, unknown> = {
      ...(repositoryIds === null ? {} : { repositoryId: trusted({ $in: [...repositoryIds] }) }),
      ...(statuses ? { status: trusted({ $in: [...statuses] }) } : {}),
      ...(issue === undefined ? {} : { issueNumber: issue }),
      ...(agent === undefined ? {} : { agent }),
      ...(requestedBy === undefined ? {} : { requestedBy }),
      ...(after
        ? {
            $or: [
              { createdAt: trusted({ $lt: after.createdAt }) },
              { createdAt: after.createdAt, _id: trusted({ $lt: after.id }) },
            ],
          }
        : {}),
    }
    const found = await this.#runs
      .find(query as QueryFilter<RunDocument>, { run: 1 })
      .sort({ createdAt: -1, _id: -1 })
      .limit(limit)
      .lean()
    return found.map((r) => r.run)
  }

  async #one(query: QueryFilter<RunDocument>): Promise<Run | null> {
    return (await this.#runs.findOne(query, { run: 1 }).sort({ createdAt: -1 }).lean())?.run ?? null
  }

  /** The ledger after `afterSeq`, oldest first. A Run's ledger is contiguous from 1, so seq is its place in the array. */
  async ledger(runId: string, afterSeq: number, limit: number): Promise<RunEvent[]> {
    const found = await this.#rawRuns.findOne(
      { _id: runId },
      { projection: { events: { $slice: [afterSeq, limit] }, run: 0, effects: 0, memo: 0 } },
    )
    return found?.events ?? []
  }

  byTrigger(triggerId: string): Promise<Run | null> {
    return this.#one({ triggerId })
  }

  liveRun(repositoryId: number, issueNumber: number): Promise<Run | null> {
    return this.#one({ repositoryId, issueNumber, live: true })
  }

  latestRunOfIssue(repositoryId: number, issueNumber: number): Promise<Run | null> {
    return this.#one({ repositoryId, issueNumber })
  }

  latestRunOfRepository(repositoryId: number): Promise<Run | null> {
    return this.#one({ repositoryId })
  }

  dueEffects(at: number, limit: number): Promise<string[]> {
    return this.#due('effectAt', at, limit)
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

  /** The repositories that have Runs, as they were last seen. */
  async repositories(): Promise<Run['repository'][]> {
    const found = await this.#rawRuns
      .aggregate<{ repository: Run['repository'] }>([
        { $sort: { repositoryId: 1, createdAt: -1, _id: -1 } },
        { $group: { _id: '$repositoryId', repository: { $first: '$run.repository' } } },
      ])
      .toArray()
    return found.map((r) => r.repository)
  }

  async ensureIndexes(): Promise<void> {
    await this.#runs.createCollection()
    await this.#runs.createIndexes()
    await this.#callbacks.createIndexes()
  }
}
