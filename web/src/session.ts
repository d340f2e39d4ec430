/**
 * Whether the session ended while the page was open. The page stays; a dialog asks to sign in again (surfaces.md 2.5).
 * Whoever signs out by himself is asked nothing, and whoever signs in again in another tab goes on here as well.
 */
import { useEffect, useRef, useSyncExternalStore } from 'react'

import type { SessionBody } from '#contracts/api.ts'

type State = 'open' | 'ended' | 'left'

/** Each end reads the session anew, so a page whose requests are refused all the same would go on again and again. */
const GO_ON_AGAIN_MS = 30_000

let state: State = 'open'
let endedAtMs = 0
let wentOnAtMs = Number.NEGATIVE_INFINITY
const listeners = new Set<() => void>()
const returns = new Set<() => void>()

export function endSession(): void {
  if (state !== 'open') return
  endedAtMs = Date.now()
  become('ended')
}

/** The person signs out: the page goes, and what ends because of it is no news. */
export function leaveSession(): void {
  become('left')
}

/** Calls back whenever the same person is signed in again. */
export function onSessionAgain(listener: () => void): void {
  returns.add(listener)
}

export function useSessionEnded(): boolean {
  return useSyncExternalStore(listen, () => state === 'ended')
}

/**
 * Whether the frame and its page are shown: somebody is signed in, or was until a reading of the session found nobody.
 * What was typed into the page is still in it then. `readAtMs` is when the session was read.
 */
export function useSignedIn(session: SessionBody | undefined, readAtMs: number): boolean {
  const left = useSyncExternalStore(listen, () => state === 'left')
  const whose = useRef<string | null>(null)
  const login = session?.user?.login ?? null
  const lost = session !== undefined && login === null && whose.current !== null && !left
  useEffect(() => {
    if (lost) endSession()
    if (login === null) return
    // What one person could read must not stand under another one's name.
    if (whose.current !== null && whose.current !== login) return window.location.reload()
    whose.current = login
    if (state !== 'open') goOn()
  }, [login, lost])
  useEffect(() => {
    // The end may have been that of a session which another tab has replaced: then the same person was here all the time.
    const isNews = readAtMs > endedAtMs && readAtMs > wentOnAtMs + GO_ON_AGAIN_MS
    if (state === 'ended' && login !== null && login === whose.current && isNews) goOn()
  }, [login, readAtMs])
  return login !== null || lost
}

function goOn(): void {
  wentOnAtMs = Date.now()
  become('open')
  for (const listener of returns) listener()
}

function become(next: State): void {
  state = next
  for (const listener of listeners) listener()
}

function listen(listener: () => void): () => void {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}
