/** The place of what is being read: said at once, and drawn only where it takes a moment (surfaces.md 2.5). */
import { SkeletonBox } from '@primer/react'

import { words } from '../words.ts'
import blank from './blank.module.css'

const SKELETON_DELAY_MS = 150

/** `what` is said to screen readers: "the run". */
export function Loading({ what }: { what: string }) {
  return (
    <div aria-busy="true" className={blank.loading}>
      <span className={blank.hidden}>{words.loading(what)}</span>
      <SkeletonBox height="28px" width="60%" delay={SKELETON_DELAY_MS} />
      <SkeletonBox height="280px" delay={SKELETON_DELAY_MS} />
    </div>
  )
}
