/** The one polite region of the page. Anything may speak through it: of changes, which are coalesced, or as an answer. */
import { useSyncExternalStore } from 'react'

import { createAnnouncer } from '../live/announce.ts'
import blank from './blank.module.css'

let said = { text: '', times: 0 }
const listeners = new Set<() => void>()

const announcer = createAnnouncer(
  {
    now: () => Date.now(),
    after: (delayMs, then) => {
      const timer = window.setTimeout(then, delayMs)
      return () => window.clearTimeout(timer)
    },
  },
  (text) => {
    said = { text, times: said.times + 1 }
    for (const listener of listeners) listener()
  },
)

/** Says a change of state politely, at most once in ten seconds. */
export const announce = announcer.change
/** Answers what the person has just done, politely and at once. */
export const announceNow = announcer.answer

export function Announcer() {
  const { text, times } = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => said,
  )
  return (
    <div role="status" aria-live="polite" className={blank.hidden}>
      {/* A new element each time: the same words in the same place would not be read out again. */}
      <span key={times}>{text}</span>
    </div>
  )
}
