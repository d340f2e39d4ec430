/**
 * Whether the session ended while the page was open. The page stays; a dialog asks to sign in again (surfaces.md 2.5).
 * Whoever signs out by himself is asked nothing.
 */
import { useEffect, useRef, useSyncExternalStore } from 'react'

import type { SessionBody } from '#contracts/api.ts'

type State = 'open' | 'ended' | 'left'

let state: State = 'open'
const listeners = new Set<() => void>()

export function endSession(): void {
  if (state === 'open') become('ended')
}

/** The person signs out: the page goes, and what ends because of it is no news. */
export function leaveSession(): void {
  become('left')
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
  const was = useRef(false)
  const is = Boolean(session?.user)
  if (is) was.current = true
  const lost = session !== undefined && !is && was.current && !left
  useEffect(() => {
    if (lost) endSession()
  }, [lost])
  return is || lost
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
