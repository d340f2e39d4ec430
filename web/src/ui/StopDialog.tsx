/** Asks before a Run is stopped: what is kept, what is lost, and why it is done. The safe answer has the focus. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, type RefObject, useState } from 'react'

import type { RunBody } from '#contracts/api.ts'

import { takeRun } from '../queries.ts'
import { announceNow } from './Announcer.tsx'
import { ConfirmDialog } from './ConfirmDialog.tsx'
import { Problem } from './Problem.tsx'
import { ReasonField } from './ReasonField.tsx'
import css from './StopDialog.module.css'

/** What every dialog about one Run is given. */
export interface RunDialogProps {
  run: RunBody
  onClose: () => void
  returnFocusRef?: RefObject<HTMLElement | null>
}

export interface StopDialogProps {
  words: Record<'title' | 'keep' | 'confirm' | 'sending' | 'failed' | 'reason' | 'announce', string>
  /** Said when the reason is missing; null where none has to be given. */
  reasonMissing: string | null
  /** Sends the order; the reason is trimmed and may be empty. Null where no Run changed by it. */
  send: (reason: string) => Promise<RunBody | null>
  onClose: () => void
  returnFocusRef?: RefObject<HTMLElement | null>
  children: ReactNode
}

export function StopDialog({ words, reasonMissing, send, onClose, children, ...focus }: StopDialogProps) {
  const client = useQueryClient()
  const [reason, setReason] = useState('')
  const [missing, setMissing] = useState(false)
  const stop = useMutation({
    mutationFn: () => send(reason.trim()),
    onSuccess: (run) => {
      if (run) takeRun(client, run)
      announceNow(words.announce)
      onClose()
    },
  })
  const confirm = () => {
    const lacks = reasonMissing !== null && reason.trim() === ''
    setMissing(lacks)
    if (!lacks && !stop.isPending) stop.mutate()
  }
  return (
    <ConfirmDialog
      title={words.title}
      keep={words.keep}
      confirm={{ content: stop.isPending ? words.sending : words.confirm, buttonType: 'danger' }}
      onConfirm={confirm}
      onClose={onClose}
      {...focus}
    >
      <div className={css.body}>
        <p>{children}</p>
        {stop.error && <Problem title={words.failed} error={stop.error} />}
        <ReasonField
          label={words.reason}
          value={reason}
          onChange={setReason}
          required={reasonMissing !== null}
          problem={missing ? reasonMissing : null}
        />
      </div>
    </ConfirmDialog>
  )
}
