/**
 * Tells of every Run that changed, from one change stream of MongoDB for the whole process: however many people watch,
 * the database is asked once (trust.md P6). The stream only says which Run moved and to which end of its hash chain; what
 * is new in it is read once and handed to all who listen to that Run, and is not read at all where all of them only want
 * to know where a Run stands that this process has just written. An interruption resumes where it stopped, and in any
 * case reads again.
 */
import { mongo } from 'mongoose'

import type { RunEvent } from '../domain/events.ts'
import type { Run } from '../domain/run.ts'
import type { StoreConnection } from './connect.ts'
import type { RunDocument } from './run-models.ts'

const FEED_BACKOFF_BASE_MS = 250
const FEED_BACKOFF_MAX_MS = 10_000
/** More than a ledger can hold. */
const EVENTS_PER_READ_MAX = 2_000
/** A fresh replica also reads what happened just before it came, so that readers of another one can go on with it. */
const FEED_LOOK_BACK_S = 300
/** MongoDB may tell of a write before its own answer to it has been taken in. */
const OWN_ANSWER_MS = 20
/** MongoDB's code for "the place is older than what I keep". */
const HISTORY_LOST = 286

export interface RunChange {
  run: Run
  /** What is new since this listener's channel last spoke, or the whole ledger when it never did; oldest first. */
  events: RunEvent[]
}
export type RunListener = (change: RunChange) => void

/** Who only wants to know where a Run stands. */
export interface StateListener {
  /** Must not throw and must not wait. */
  tell(run: Run): void
  /** The Run as this process last saw it, when its hash chain ended so; else null, and it is read. */
  seen(lastHash: string): Run | null
}

/** A Run changed. Places are the change stream's tokens: the same on every replica, and they sort as text. */
export interface RunMove {
  place: string
  runId: string
}
export interface MoveListener {
  moved(move: RunMove): void
  /** Moves may have been missed; those after `place` are told again. */
  gap(place: string): void
}

/** What the feed reads when a Run moved. `RunsStore` fits. */
export interface FeedReads {
  since(runId: string, afterSeq: number, limit: number): Promise<RunChange | null>
}

export interface FeedOptions {
  onTrouble?: (error: unknown) => void
  backoffBaseMs?: number
}

interface Channel {
  listeners: Set<RunListener>
  states: Set<StateListener>
  lastSeq: number
  reading: boolean
  /** It moved since it was read. */
  stale: boolean
  /** The end of the hash chain that it moved to last; undefined where that was not told. */
  lastHash: string | undefined
  /** Until it is looked for again among what this process wrote. */
  soon: NodeJS.Timeout | null
}

/** `lastHash`: only of an update. */
type Change = mongo.ChangeStreamDocument<RunDocument> & { lastHash?: string }

/** The end of the hash chain moves with every event; heartbeats and the loops' leases do not matter to readers. */
const pipeline = [
  {
    $match: {
      $or: [
        { operationType: { $in: ['insert', 'replace'] } },
        { operationType: 'update', 'updateDescription.updatedFields.lastHash': { $exists: true } },
      ],
    },
  },
  { $project: { operationType: 1, documentKey: 1, lastHash: '$updateDescription.updatedFields.lastHash' } },
]

export class RunFeed {
  readonly #connection: StoreConnection
  readonly #reads: FeedReads
  readonly #options: FeedOptions
  readonly #channels = new Map<string, Channel>()
  readonly #over = new AbortController()
  #stream: mongo.ChangeStream<RunDocument, Change> | null = null
  #resumeToken: unknown = null
  #lookBackS = FEED_LOOK_BACK_S
  readonly #moveListeners = new Set<MoveListener>()
  #following: Promise<void> | null = null

  constructor(connection: StoreConnection, reads: FeedReads, options: FeedOptions = {}) {
    this.#connection = connection
    this.#reads = reads
    this.#options = options
  }

  /** Hears of a Run until the returned function is called. A listener must not throw and must not wait. */
  onRun(runId: string, listener: RunListener): () => void {
    return this.#join(runId, ({ listeners }) => listeners, listener)
  }

  /** Hears where a Run stands after each change, until the returned function is called. */
  onState(runId: string, listener: StateListener): () => void {
    return this.#join(runId, ({ states }) => states, listener)
  }

  #join<T>(runId: string, among: (channel: Channel) => Set<T>, listener: T): () => void {
    const channel = this.#channels.get(runId) ?? {
      listeners: new Set(),
      states: new Set(),
      lastSeq: 0,
      reading: false,
      stale: false,
      lastHash: undefined,
      soon: null,
    }
    this.#channels.set(runId, channel)
    among(channel).add(listener)
    return () => {
      among(channel).delete(listener)
      if (!isHeard(channel) && this.#channels.get(runId) === channel) this.#channels.delete(runId)
    }
  }

  /** Hears of every move, of whichever Run, from the moment at which the feed starts. */
  onMoves(listener: MoveListener): void {
    this.#moveListeners.add(listener)
  }

  /** How far the change stream has come; null before it has come anywhere. Moves along while nothing happens. */
  get place(): string | null {
    return (this.#stream?.resumeToken as { _data?: string } | null | undefined)?._data ?? null
  }

  /** Number of Runs that somebody listens to. */
  get size(): number {
    return this.#channels.size
  }

  /** Opens the change stream and keeps it open. Resolves when it is open for the first time; rejects when it cannot be. */
  async start(): Promise<void> {
    await this.#open()
    this.#following = this.#follow()
  }

  async stop(): Promise<void> {
    this.#over.abort()
    await this.#stream?.close().catch(() => undefined)
    await this.#following
  }

  async #open(): Promise<void> {
    // The driver makes the cursor when the first change is asked for. It is told the place now, so that nothing that
    // is written after `start` is missed; a server without a replica set has no such place.
    const { operationTime } = await this.#connection.db!.command({ ping: 1 })
    if (!operationTime) throw new Error('MongoDB is no replica set, so it tells no changes. Use a replica set.')
    const from = earlier(operationTime as mongo.Timestamp, this.#lookBackS)
    const place =
      this.#resumeToken === null
        ? { startAtOperationTime: from }
        : { resumeAfter: this.#resumeToken as mongo.ResumeToken }
    if (this.#resumeToken === null) for (const listener of this.#moveListeners) listener.gap(placeAt(from))
    this.#stream = this.#connection.collection<RunDocument>('runs').watch<RunDocument, Change>(pipeline, place)
  }

  async #follow(): Promise<void> {
    let failures = 0
    while (!this.#over.signal.aborted) {
      try {
        if (!this.#stream) {
          await this.#open()
          // Something may have happened before the place from which the stream could be resumed.
          for (const runId of this.#channels.keys()) this.#read(runId)
        }
        for await (const change of this.#stream!) {
          failures = 0
          this.#moved(change)
        }
      } catch (error) {
        if (this.#over.signal.aborted) return
        if (isHistoryLost(error) && this.#resumeToken === null) {
          // The database is younger than what was asked for.
          this.#lookBackS = 0
        } else {
          this.#options.onTrouble?.(error)
        }
        await this.#close()
        // A place that the server has forgotten cannot be resumed; reading every channel again makes up for it.
        if (failures > 0) this.#resumeToken = null
      }
      await this.#close()
      await this.#wait(failures++)
    }
  }

  async #close(): Promise<void> {
    this.#resumeToken = this.#stream?.resumeToken ?? this.#resumeToken
    await this.#stream?.close().catch(() => undefined)
    this.#stream = null
  }

  #moved(change: Change): void {
    if (!('documentKey' in change) || !change.documentKey) return
    const runId = change.documentKey._id
    this.#heard(runId, change.lastHash)
    const place = (change._id as { _data: string })._data
    for (const listener of this.#moveListeners) listener.moved({ place, runId })
  }

  #heard(runId: string, lastHash: string | undefined): void {
    const channel = this.#channels.get(runId)
    if (!channel) return
    channel.lastHash = lastHash
    if (this.#tellSeen(channel)) {
      clearTimeout(channel.soon ?? undefined)
      channel.soon = null
      return
    }
    if (channel.soon !== null) return
    if (channel.reading || channel.listeners.size > 0 || lastHash === undefined) return this.#read(runId)
    channel.soon = setTimeout(() => {
      channel.soon = null
      if (!this.#tellSeen(channel)) this.#read(runId)
    }, OWN_ANSWER_MS)
  }

  /** True when nobody has to wait for a read. What is being read already comes first, and nothing goes back in time. */
  #tellSeen(channel: Channel): boolean {
    const { lastHash } = channel
    if (channel.reading || channel.listeners.size > 0 || lastHash === undefined) return false
    const told = [...channel.states].map((state) => ({ state, run: state.seen(lastHash) }))
    if (told.some(({ run }) => run === null)) return false
    for (const { state, run } of told) {
      // Another replica's later write may have been read already.
      if (run!.seq > channel.lastSeq) state.tell(run!)
    }
    channel.lastSeq = Math.max(channel.lastSeq, ...told.map(({ run }) => run!.seq))
    return true
  }

  #read(runId: string): void {
    const channel = this.#channels.get(runId)
    if (!channel) return
    channel.stale = true
    if (!channel.reading) void this.#drain(runId, channel)
  }

  /** Reads a Run once, however often it moves meanwhile, and once more after that; a failed read is tried again. */
  async #drain(runId: string, channel: Channel): Promise<void> {
    channel.reading = true
    let failures = 0
    while (channel.stale && isHeard(channel) && !this.#over.signal.aborted) {
      channel.stale = false
      try {
        await this.#hand(runId, channel)
        failures = 0
      } catch (error) {
        this.#options.onTrouble?.(error)
        channel.stale = true
        await this.#wait(failures++)
      }
    }
    channel.reading = false
  }

  async #hand(runId: string, channel: Channel): Promise<void> {
    const change = await this.#reads.since(runId, channel.lastSeq, EVENTS_PER_READ_MAX)
    const last = change?.events.at(-1)
    if (!change || !last) return
    channel.lastSeq = last.seq
    for (const listener of channel.listeners) listener(change)
    for (const state of channel.states) state.tell(change.run)
  }

  #wait(failures: number): Promise<void> {
    const base = this.#options.backoffBaseMs ?? FEED_BACKOFF_BASE_MS
    const bound = Math.min(FEED_BACKOFF_MAX_MS, base * 2 ** Math.min(failures, 16))
    const { signal } = this.#over
    return new Promise((resolve) => {
      if (signal.aborted) return resolve()
      const done = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, bound * (0.5 + Math.random() / 2))
      signal.addEventListener('abort', done)
    })
  }
}

const isHeard = ({ listeners, states }: Channel): boolean => listeners.size + states.size > 0

const isHistoryLost = (error: unknown): boolean =>
  error instanceof mongo.MongoServerError && error.code === HISTORY_LOST

const earlier = (time: mongo.Timestamp, seconds: number): mongo.Timestamp =>
  new mongo.Timestamp({
    t: Math.max(1, time.getHighBitsUnsigned() - seconds),
    i: seconds > 0 ? 1 : time.getLowBitsUnsigned(),
  })

/** A place before everything that happened at this time or later: a token begins with its version and its time. */
function placeAt(time: mongo.Timestamp): string {
  const hex = (n: number) => n.toString(16).padStart(8, '0').toUpperCase()
  return `82${hex(time.getHighBitsUnsigned())}${hex(time.getLowBitsUnsigned())}`
}
