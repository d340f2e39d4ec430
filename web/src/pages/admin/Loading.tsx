/** The place of what is being loaded. */
import { SkeletonBox } from '@primer/react'

import blank from '../../ui/blank.module.css'
import { words } from '../../words.ts'
import css from './Admin.module.css'

const SKELETON_ROWS = 4
const SKELETON_DELAY_MS = 150

export function Loading({ what }: { what: string }) {
  return (
    <div aria-busy="true" className={`${blank.loadingRows} ${css.loading}`}>
      <span className={blank.hidden}>{words.loading(what)}</span>
      {Array.from({ length: SKELETON_ROWS }, (_, row) => (
        <SkeletonBox key={row} height="44px" delay={SKELETON_DELAY_MS} />
      ))}
    </div>
  )
}
