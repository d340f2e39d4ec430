/** Holds what is known about every topic's connection, for the pill, the banner and the clocks. */
import { useEffect, useState, useSyncExternalStore } from 'react'

import { freezeClock, serverNow } from '../lib/clock.ts'
import { connectionView, type ConnectionView, type Facts } from './connection.ts'

const VIEW_TICK_MS = 1_000

interface TopicFacts {
  beatAtMs: number | null
  lostAtMs: number | null
}

const topics = new Map<string, TopicFacts>()
const listeners = new Set<() => void>()
let facts: Facts = { topics: 0, online: navigator.onLine, lostAtMs: null, beatAtMs: null }

/** A sign of life of a topic. */
export function markBeat(topic: string, atMs: number): void {
  topics.set(topic, { beatAtMs: atMs, lostAtMs: null })
  publish()
}

/** A topic lost its connection; the first moment counts until the next sign of life. */
export function markLost(topic: string, atMs: number): void {
  const known = topics.get(topic)
  topics.set(topic, { beatAtMs: known?.beatAtMs ?? null, lostAtMs: known?.lostAtMs ?? atMs })
  publish()
}

/** The topics that the page listens to now; others are forgotten. */
export function setTopics(names: readonly string[]): void {
  for (const name of topics.keys()) if (!names.includes(name)) topics.delete(name)
  for (const name of names) if (!topics.has(name)) topics.set(name, { beatAtMs: null, lostAtMs: null })
  publish()
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
  const quiet = view.kind === 'stale' || view.kind === 'offline'
  useEffect(() => {
    freezeClock(quiet ? serverNow() : null)
    return () => freezeClock(null)
  }, [quiet])
  return view
}

function publish(): void {
  const all = [...topics.values()]
  const lost = all.flatMap(({ lostAtMs }) => (lostAtMs === null ? [] : [lostAtMs]))
  const beats = all.flatMap(({ beatAtMs }) => (beatAtMs === null ? [] : [beatAtMs]))
  facts = {
    topics: all.length,
    online: navigator.onLine,
    lostAtMs: lost.length > 0 ? Math.min(...lost) : null,
    beatAtMs: beats.length > 0 ? Math.min(...beats) : null,
  }
  for (const listener of listeners) listener()
}

function listen(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

window.addEventListener('online', publish)
window.addEventListener('offline', publish)
