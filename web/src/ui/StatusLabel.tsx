/** A Run's state: word, icon and colour, from the one vocabulary. Neither icon nor colour carries the meaning alone. */
import {
  CheckCircleFillIcon,
  ClockIcon,
  CommentDiscussionIcon,
  type Icon,
  PauseIcon,
  SkipIcon,
  SyncIcon,
  XCircleFillIcon,
} from '@primer/octicons-react'
import { Label } from '@primer/react'

import type { RunBody } from '#contracts/api.ts'
import { isTerminal, statusView, type StatusView } from '#contracts/status.ts'

import { words } from '../words.ts'
import css from './StatusLabel.module.css'

const icons: Record<string, Icon> = {
  clock: ClockIcon,
  sync: SyncIcon,
  pause: PauseIcon,
  'comment-discussion': CommentDiscussionIcon,
  'check-circle-fill': CheckCircleFillIcon,
  'x-circle-fill': XCircleFillIcon,
  skip: SkipIcon,
}

export function viewOf(run: Pick<RunBody, 'status' | 'reason'>): StatusView {
  return statusView(run.status, run.reason?.code ?? null)
}

/** The word for the state; while a cancel is on its way it says so and never claims the end. */
function statusWord(run: Pick<RunBody, 'status' | 'reason' | 'cancelRequested'>): string {
  return run.cancelRequested && !isTerminal(run.status) ? words.cancel.sending : viewOf(run).word
}

function StatusIcon({ view, size = 16 }: { view: StatusView; size?: number }) {
  const Glyph = icons[view.octicon] ?? ClockIcon
  return <Glyph size={size} className={view.octicon === 'sync' ? css.turning : undefined} aria-hidden="true" />
}

export interface StatusLabelProps {
  run: Pick<RunBody, 'status' | 'reason' | 'cancelRequested'>
  size?: 'small' | 'large'
  /** A more telling word for the state that it is in. */
  word?: string | undefined
}

export function StatusLabel({ run, size = 'small', word = statusWord(run) }: StatusLabelProps) {
  const view = viewOf(run)
  return (
    <Label variant={view.variant} size={size} className={css.label} data-status={view.key}>
      <StatusIcon view={view} size={size === 'large' ? 16 : 12} />
      {word}
    </Label>
  )
}
