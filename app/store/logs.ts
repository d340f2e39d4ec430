/**
 * What executors and agents wrote, line by line. Lines have a number in their dispatch, by which a repeated post is
 * recognised, and one in their Run, which links to a line name and by which readers page.
 */
import { Schema, trusted } from 'mongoose'

import type { LogLine } from '../contracts/executor.ts'
import { cleanLogText } from '../domain/log-text.ts'
import { ensureIndexesOf, isDuplicateKey, modelOf } from './connect.ts'
import type { StoreConnection } from './connect.ts'

const LOG_DAYS_MAX = 30
const LOG_LINES_PER_RUN_MAX = 100_000
const LOG_BYTES_PER_RUN_MAX = 16_000_000
const LOG_LINES_PAGE_MAX = 1_000
const CONFLICT_RETRIES_MAX = 3
const LINE_DIGITS = 6

interface Document {
  /** `<run id>/<line, six digits>`: unique, and in order. */
  _id: string
  runId: string
  dispatchId: string
  n: number
  line: number
  /** Bytes of text in this Run up to and with this line; so the cap needs no counter of its own. */
  total: number
  at: string
  source: LogLine['source']
  level: LogLine['level']
  text: string
  receivedAt: Date
}

/** A line as readers see it; `line` counts from 0 over the whole Run. */
export interface StoredLogLine {
  line: number
  dispatchId: string
  at: string
  source: LogLine['source']
  level: LogLine['level']
  text: string
}

const schema = new Schema<Document>(
  {
    _id: { type: String, required: true },
    runId: { type: String, required: true },
    dispatchId: { type: String, required: true },
    n: { type: Number, required: true },
    line: { type: Number, required: true },
    total: { type: Number, required: true },
    at: { type: String, required: true },
    source: { type: String, required: true },
    level: { type: String, required: true },
    text: { type: String },
    receivedAt: { type: Date, required: true },
  },
  { collection: 'logs', versionKey: false, strict: 'throw' },
)
schema.index({ runId: 1, dispatchId: 1, n: 1 }, { unique: true })
schema.index({ receivedAt: 1 }, { expireAfterSeconds: LOG_DAYS_MAX * 86_400 })

export type LogStore = ReturnType<typeof logStore>
export type AppendAnswer = { next: number; gap: boolean }

const idOf = (runId: string, line: number): string => `${runId}/${String(line).padStart(LINE_DIGITS, '0')}`

export function logStore(connection: StoreConnection) {
  const model = modelOf(connection, 'LogLine', schema)
  const lastOfRun = (runId: string) =>
    model
      .findOne(
        { _id: trusted({ $gte: idOf(runId, 0), $lt: `${runId}/:` }) },
        { line: 1, total: 1, dispatchId: 1, n: 1 },
        { sort: { _id: -1 }, lean: true },
      )
      .exec()
  const lastOfDispatch = (runId: string, dispatchId: string) =>
    model.findOne({ runId, dispatchId }, { n: 1 }, { sort: { n: -1 }, lean: true }).exec()

  async function append(
    runId: string,
    dispatchId: string,
    lines: readonly LogLine[],
    at: number,
  ): Promise<AppendAnswer> {
    const ofRun = await lastOfRun(runId)
    // The Run's last line is another job's only where an attempt follows on another one.
    const isOwn = ofRun === null || ofRun.dispatchId === dispatchId
    const ofDispatch = isOwn ? ofRun : await lastOfDispatch(runId, dispatchId)
    const next = (ofDispatch?.n ?? -1) + 1
    const after = lines.at(-1)!.n + 1
    let line = (ofRun?.line ?? -1) + 1
    let total = ofRun?.total ?? 0
    // A Run that wrote too much goes on; its further lines are taken and dropped.
    if (line >= LOG_LINES_PER_RUN_MAX || total >= LOG_BYTES_PER_RUN_MAX) return { next: after, gap: false }
    if (lines[0]!.n > next) return { next, gap: true }
    const documents: Document[] = []
    for (const { n, at: lineAt, source, level, text } of lines) {
      if (n < next || line >= LOG_LINES_PER_RUN_MAX || total >= LOG_BYTES_PER_RUN_MAX) continue
      const cleaned = cleanLogText(text)
      total += Buffer.byteLength(cleaned)
      const place = { _id: idOf(runId, line), runId, dispatchId, n, line, total }
      documents.push({ ...place, at: lineAt, source, level, text: cleaned, receivedAt: new Date(at) })
      line += 1
    }
    // In order, so that a write that broke off leaves no gap and the next post goes on from there.
    if (documents.length > 0) await model.collection.insertMany(documents as never[], { ordered: true })
    return { next: Math.max(next, after), gap: false }
  }

  return {
    ensureIndexes: () => ensureIndexesOf(model),

    /**
     * Appends lines whose `n` is contiguous; those that are here already are skipped. `next` is the number that the
     * executor goes on with, and `gap` says that lines before these are missing, so that nothing was stored.
     */
    async appendLogs(runId: string, dispatchId: string, lines: readonly LogLine[], at: number): Promise<AppendAnswer> {
      for (let tries = 1; ; tries++) {
        try {
          return await append(runId, dispatchId, lines, at)
        } catch (error) {
          // The same post twice at once: whoever came second reads again and finds its lines there.
          if (!isDuplicateKey(error) || tries === CONFLICT_RETRIES_MAX) throw error
        }
      }
    },

    /** How many lines a Run's log has. */
    async countLogs(runId: string): Promise<number> {
      return ((await lastOfRun(runId))?.line ?? -1) + 1
    },

    /** Lines of a Run from number `from` on, at most 1,000. */
    async readLogs(runId: string, from: number, limit: number = LOG_LINES_PAGE_MAX): Promise<StoredLogLine[]> {
      const found = await model
        .find({ _id: trusted({ $gte: idOf(runId, from), $lt: `${runId}/:` }) }, null, {
          sort: { _id: 1 },
          limit: Math.min(limit, LOG_LINES_PAGE_MAX),
          lean: true,
        })
        .exec()
      return found.map(toStored)
    },
  }
}

function toStored({ line, dispatchId, at, source, level, text }: Document): StoredLogLine {
  return { line, dispatchId, at, source, level, text }
}
