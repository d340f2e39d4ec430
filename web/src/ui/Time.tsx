/** Moments and durations. A moment shows its exact local time and zone on hover and on focus; Escape puts that away. */
import { type KeyboardEvent, useId, useRef } from 'react'

import { useNow } from '../lib/clock.ts'
import { usePreferences } from '../lib/preferences.ts'
import { duration, exactTime, isoDuration, localTime, relativeTime, utcTime } from '../lib/time.ts'
import css from './Time.module.css'

const GAP_PX = 6

export function Moment({ at }: { at: string }) {
  const id = useId()
  const tip = useRef<HTMLSpanElement>(null)
  const { time } = usePreferences()
  const nowMs = useNow(time === 'relative')
  const atMs = Date.parse(at)
  const show = (target: HTMLElement) => {
    const bubble = tip.current
    if (!bubble) return
    const box = target.getBoundingClientRect()
    bubble.showPopover()
    const left = Math.max(GAP_PX, Math.min(box.left, window.innerWidth - bubble.offsetWidth - GAP_PX))
    const below = box.bottom + GAP_PX
    const fits = below + bubble.offsetHeight < window.innerHeight
    bubble.style.left = `${left}px`
    bubble.style.top = `${fits ? below : box.top - GAP_PX - bubble.offsetHeight}px`
  }
  const hide = () => tip.current?.hidePopover()
  return (
    <>
      <time
        dateTime={at}
        tabIndex={0}
        aria-describedby={id}
        className={css.moment}
        onMouseEnter={(event) => show(event.currentTarget)}
        onMouseLeave={hide}
        onFocus={(event) => show(event.currentTarget)}
        onBlur={hide}
        onKeyDown={(event: KeyboardEvent) => {
          if (event.key !== 'Escape' || !tip.current?.matches(':popover-open')) return
          // What it stands in stays open.
          event.preventDefault()
          hide()
        }}
      >
        {time === 'relative' ? relativeTime(atMs, nowMs) : time === 'utc' ? utcTime(atMs) : localTime(atMs)}
      </time>
      <span ref={tip} id={id} popover="manual" role="tooltip" className={css.tip}>
        {exactTime(atMs)}
      </span>
    </>
  )
}

export interface TookProps {
  from: string | number
  /** Null while it still runs. */
  to: string | number | null
}

/** How long something took; ticks with the server's clock while it runs. */
export function Took({ from, to }: TookProps) {
  const live = to === null
  const nowMs = useNow(live)
  const ms = Math.max(0, (to === null ? nowMs : momentMs(to)) - momentMs(from))
  return (
    <time dateTime={isoDuration(ms)} className={css.took}>
      {duration(ms, live)}
    </time>
  )
}

function momentMs(value: string | number): number {
  return typeof value === 'number' ? value : Date.parse(value)
}
