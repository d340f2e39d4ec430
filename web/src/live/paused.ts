/**
 * Whoever reads may stop what moves (WCAG 2.2.2): while updates are paused no event changes the page, no list is read
 * again by itself and no clock ticks. What one does oneself is shown as always. It holds for this page until it is loaded
 * anew, so that nobody comes back to an old page without knowing.
 */
import { useSyncExternalStore } from 'react'

let sinceMs: number | null = null
const listeners = new Set<() => void>()

export const isPaused = (): boolean => sinceMs !== null

/** Since when updates are paused, by this machine's clock, or null. */
export function usePausedSince(): number | null {
  return useSyncExternalStore(onPauseChange, () => sinceMs)
}

/** Calls back when updates are paused or go on, until the returned function is called. */
export function onPauseChange(then: () => void): () => void {
  listeners.add(then)
  return () => listeners.delete(then)
}

/** `subscribe.ts` reads again what was missed; pages go through its function. */
export function markPaused(atMs: number | null): void {
  sinceMs = atMs
  // The style sheet stops what turns.
  document.documentElement.toggleAttribute('data-paused', atMs !== null)
  for (const listener of listeners) listener()
}

/** A query that reads again by itself, but not while updates are paused. */
export function usePausable<T extends { refetchInterval?: unknown }>(query: T): T {
  return usePausedSince() === null ? query : { ...query, refetchInterval: false }
}
