/** Whether the session ended while the page was open. The page stays; a dialog asks to sign in again (surfaces.md 2.5). */
import { useSyncExternalStore } from 'react'

let ended = false
const listeners = new Set<() => void>()

export function endSession(): void {
  if (ended) return
  ended = true
  for (const listener of listeners) listener()
}

export function useSessionEnded(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => ended,
  )
}
