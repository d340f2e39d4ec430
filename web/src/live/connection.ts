/** What is known about the live connection, and what the pill and the banner make of it (surfaces.md 2.5). Pure. */
import { STALE_MS } from './stream.ts'

/** A short hiccup is not worth a word. */
const PILL_AFTER_MS = 3_000
const BANNER_AFTER_MS = 15_000

export interface Facts {
  /** Topics that this page listens to. With none there is nothing to say. */
  topics: number
  online: boolean
  /** When the connection was lost, or null while it is up. */
  lostAtMs: number | null
  /** Its last sign of life. */
  beatAtMs: number | null
  /** When everything was read over REST last, since the connection was lost. */
  readAtMs: number | null
  /** Since when this page listens; what it shows was read about then. */
  openedAtMs: number
  /** More comes than is shown. */
  flood: boolean
}

export interface ConnectionView {
  kind: 'idle' | 'connecting' | 'live' | 'flood' | 'reconnecting' | 'stale' | 'offline'
  /** How old what is shown may be. Whole seconds. */
  ageS: number
  /** What is shown was true then: at the last sign of life or reading, or where there was none, when the page was opened. */
  savedAtMs: number
  /** The stream is away, but what is shown is read again and again. */
  reading: boolean
  banner: boolean
}

/** Turns facts into one view. Being offline explains everything else, so it comes first. */
export function connectionView(facts: Facts, nowMs: number): ConnectionView {
  const { topics, online, lostAtMs, beatAtMs, readAtMs, openedAtMs, flood } = facts
  const trueAtMs = beatAtMs !== null && readAtMs !== null ? Math.max(beatAtMs, readAtMs) : (readAtMs ?? beatAtMs)
  // So old a page may be without a word where a stream is lost, and it is no older where it is read again.
  const reading = online && lostAtMs !== null && readAtMs !== null && nowMs - readAtMs < BANNER_AFTER_MS
  const known = { savedAtMs: trueAtMs ?? openedAtMs, reading }
  if (topics === 0) return { kind: online ? 'idle' : 'offline', ageS: 0, ...known, banner: !online }
  const quietMs = trueAtMs === null ? 0 : nowMs - trueAtMs
  const ageS = Math.floor(quietMs / 1_000)
  if (!online) return { kind: 'offline', ageS, ...known, banner: true }
  const lostMs = lostAtMs === null ? 0 : nowMs - lostAtMs
  const banner = lostMs >= BANNER_AFTER_MS
  if (quietMs >= STALE_MS) return { kind: 'stale', ageS, ...known, banner: true }
  if (lostAtMs !== null && lostMs >= PILL_AFTER_MS) return { kind: 'reconnecting', ageS, ...known, banner }
  return { kind: beatAtMs === null ? 'connecting' : flood ? 'flood' : 'live', ageS, ...known, banner: false }
}
