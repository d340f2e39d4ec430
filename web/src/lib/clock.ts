/**
 * One clock for the page. It follows the server (offset from the `Date` header), ticks once a second while anyone looks
 * at it, and stands still while live updates are stale, so that a running duration never pretends to know (2.5).
 */
import { useSyncExternalStore } from 'react'

import { nextOffset } from './time.ts'

const TICK_MS = 1_000

let offsetMs: number | null = null
let tickMs = 0
let timer: number | undefined
let frozenAtMs: number | null = null
const listeners = new Set<() => void>()

/** The server's present time in milliseconds, as far as we know it. */
export function serverNow(): number {
  return Date.now() + (offsetMs ?? 0)
}

/** Learns from an answer's `Date` header. */
export function learnServerTime(date: string | null, sentAtMs: number, receivedAtMs: number): void {
  offsetMs = nextOffset(offsetMs, date, sentAtMs, receivedAtMs)
}

/** Stops the shown clocks at a moment, or lets them run again with null. */
export function freezeClock(atMs: number | null): void {
  if (frozenAtMs === atMs) return
  frozenAtMs = atMs
  tick()
}

function tick(): void {
  tickMs = frozenAtMs ?? serverNow()
  for (const listener of listeners) listener()
}

function listen(listener: () => void): () => void {
  listeners.add(listener)
  if (timer === undefined) {
    tickMs = frozenAtMs ?? serverNow()
    timer = window.setInterval(tick, TICK_MS)
  }
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    window.clearInterval(timer)
    timer = undefined
  }
}

function current(): number {
  if (timer === undefined) tickMs = frozenAtMs ?? serverNow()
  return tickMs
}

/** The server's time, renewed each second. With `live: false` the value is still right but does not cause renders. */
export function useNow(live = true): number {
  return useSyncExternalStore(live ? listen : never, live ? current : serverNowRounded)
}

function never(): () => void {
  return () => undefined
}

/** A stable snapshot for components that do not tick: it changes at most once a minute, and only when they render. */
function serverNowRounded(): number {
  return Math.floor(serverNow() / 60_000) * 60_000
}
