/** Holds what is known about the live connection, for the pill, the banner and the clocks. */
import { useEffect, useState, useSyncExternalStore } from 'react'

import { freezeClock, serverNow } from '../lib/clock.ts'
import { connectionView, type ConnectionView, type Facts } from './connection.ts'
import { usePausedSince } from './paused.ts'

const VIEW_TICK_MS = 1_000

const listeners = new Set<() => void>()
let facts: Facts = {
  topics: 0,
  online: navigator.onLine,
  lostAtMs: null,
  beatAtMs: null,
  readAtMs: null,
  openedAtMs: Date.now(),
  flood: false,
}

/** A sign of life of the stream. */
export function markBeat(atMs: number): void {
  publish({ beatAtMs: atMs, lostAtMs: null, readAtMs: null })
}

/** The connection was lost; the first moment counts until the next sign of life. */
export function markLost(atMs: number): void {
  publish({ lostAtMs: facts.lostAtMs ?? atMs })
}

/** Everything was read over REST while the stream was away. */
export function markRead(atMs: number): void {
  publish({ readAtMs: atMs })
}

/** How many topics the page listens to now. */
export function markTopics(topics: number): void {
  if (topics === 0) return publish({ topics, beatAtMs: null, lostAtMs: null, readAtMs: null })
  // The next page begins here, and has just been read.
  publish(facts.topics === 0 ? { topics, openedAtMs: Date.now() } : { topics })
}

/** Whether so much comes that only a part of it is shown. */
export function markFlood(flood: boolean): void {
  publish({ flood })
}

/** The state of the live connection, renewed each second by this machine's clock. */
export function useConnection(): ConnectionView {
  const known = useSyncExternalStore(listen, () => facts)
  const [nowMs, setNowMs] = useState(Date.now)
  useEffect(() => {
    const timer = window.setInterval(() => setNowMs(Date.now()), VIEW_TICK_MS)
    return () => window.clearInterval(timer)
  }, [])
  const view = connectionView(known, Math.max(nowMs, known.beatAtMs ?? 0))
  const paused = usePausedSince() !== null
  const quiet = paused || view.kind === 'stale' || view.kind === 'offline'
  useEffect(() => {
    freezeClock(quiet ? serverNow() : null)
    return () => freezeClock(null)
  }, [quiet])
  return view
}

function publish(news: Partial<Facts> = {}): void {
  facts = { ...facts, ...news, online: navigator.onLine }
  for (const listener of listeners) listener()
}

function listen(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

window.addEventListener('online', () => publish())
window.addEventListener('offline', () => publish())
