/** The one polite region of the page. `announce` may be called from anywhere; messages are coalesced. */
import { useSyncExternalStore } from 'react'

import { createAnnouncer } from '../live/announce.ts'
import blank from './blank.module.css'

let said = ''
const listeners = new Set<() => void>()

/** Says a change of state politely, at most once in ten seconds. */
export const announce = createAnnouncer(
  {
    now: () => Date.now(),
    after: (delayMs, then) => {
      const timer = window.setTimeout(then, delayMs)
      return () => window.clearTimeout(timer)
    },
  },
  (text) => {
    said = text
    for (const listener of listeners) listener()
  },
)

export function Announcer() {
  const text = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => said,
  )
  return (
    <div role="status" aria-live="polite" className={blank.hidden}>
      {text}
    </div>
  )
}
