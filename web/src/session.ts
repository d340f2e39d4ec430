/**
 * Whether the session ended while the page was open. The page stays; a dialog asks to sign in again (surfaces.md 2.5).
 * Whoever signs out by himself is asked nothing, and whoever signs in again in another tab goes on here as well.
 */
import { useEffect, useRef, useSyncExternalStore } from 'react'

import type { SessionBody } from '#contracts/api.ts'

type State = 'open' | 'ended' | 'left'

let state: State = 'open'
const listeners = new Set<() => void>()
const returns = new Set<() => void>()

export function endSession(): void {
  if (state === 'open') become('ended')
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
 * What was typed into the page is still in it then.
 */
export function useSignedIn(session: SessionBody | undefined): boolean {
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
    if (state === 'open') return
    become('open')
    for (const listener of returns) listener()
  }, [login, lost])
  return login !== null || lost
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
