/** Leads to what happens now, where one has scrolled away from it (surfaces.md 2.3). */
import { ArrowDownIcon, ArrowUpIcon } from '@primer/octicons-react'
import { Button } from '@primer/react'
import { useEffect, useState } from 'react'

import { words } from '../words.ts'
import css from './JumpToLatest.module.css'

/** As high as the bar that stands on top of what is scrolled. */
const BAR_PX = 64

/** On which side of what can be seen a thing lies; null: it can be seen, or it is not there. */
export type Side = 'above' | 'below' | null

export interface JumpToLatestProps {
  side: Side
  onJump: () => void
  /** `inside`: it lies over a box that scrolls by itself; else it stays at the edge of the window. */
  place: 'inside' | 'window'
}

export function JumpToLatest({ side, onJump, place }: JumpToLatestProps) {
  if (side === null) return null
  return (
    <div className={css[place]}>
      <Button size="small" trailingVisual={side === 'above' ? ArrowUpIcon : ArrowDownIcon} onClick={onJump}>
        {words.latest}
      </Button>
    </div>
  )
}

/** Where this thing of the page is; the window is what it is seen in. */
export function useSide(thing: Element | null): Side {
  const [side, setSide] = useState<Side>(null)
  useEffect(() => {
    if (!thing) return
    const observer = new IntersectionObserver(
      (entries) => {
        const last = entries.at(-1)
        if (last) setSide(last.isIntersecting ? null : last.boundingClientRect.top < BAR_PX ? 'above' : 'below')
      },
      { rootMargin: `-${BAR_PX}px 0px 0px 0px` },
    )
    observer.observe(thing)
    return () => {
      observer.disconnect()
      setSide(null)
    }
  }, [thing])
  return side
}
