/** Asks before several Runs are cancelled or tried again, and says of each that refused why it did. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import type { RunBody } from '#contracts/api.ts'

import { api, ProblemError } from '../../api.ts'
import { newId } from '../../lib/id.ts'
import { takeRun } from '../../queries.ts'
import { announceNow } from '../../ui/Announcer.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { ReasonField } from '../../ui/ReasonField.tsx'
import { runsWords } from '../../words/runs.ts'
import css from './Runs.module.css'
import type { SelectionAct } from './SelectedRuns.tsx'

const selection = runsWords.selection

export interface SelectionDialogProps {
  act: SelectionAct
  runs: readonly RunBody[]
  /** Every one of them was done. */
  onDone: () => void
  onClose: () => void
}

interface Refused {
  run: RunBody
  why: string
}

export function SelectionDialog({ act, runs, onDone, onClose }: SelectionDialogProps) {
  const text = selection[act]
  const client = useQueryClient()
  const [reason, setReason] = useState('')
  const [refused, setRefused] = useState<readonly Refused[]>([])
  // Repeats of one press carry the same keys, so that a lost answer cannot start two attempts of one Run.
  const [keys] = useState(() => new Map(runs.map(({ id }) => [id, newId()])))
  const asked = refused.length > 0 ? refused.map(({ run }) => run) : runs
  const send = (run: RunBody) =>
    act === 'retry'
      ? api.retry(run.id, {}, keys.get(run.id)!)
      : api.cancel(run.id, reason.trim() === '' ? {} : { reason: reason.trim() })
  const order = useMutation({
    mutationFn: async () => {
      const left: Refused[] = []
      // One after the other: the server counts how much one person asks for at once.
      for (const run of asked) {
        await send(run).then(
          (changed) => takeRun(client, changed),
          (error: unknown) => left.push({ run, why: reasonOf(error) }),
        )
      }
      return left
    },
    onSuccess: (left) => {
      setRefused(left)
      if (left.length > 0) return
      announceNow(text.done(runs.length))
      onDone()
      onClose()
    },
  })
  return (
    <ConfirmDialog
      title={text.title(asked.length)}
      keep={text.keep}
      confirm={{
        content: order.isPending ? text.sending : text.confirm(asked.length),
        buttonType: act === 'cancel' ? 'danger' : 'primary',
      }}
      onConfirm={() => !order.isPending && order.mutate()}
      onClose={onClose}
    >
      <div className={css.dialog}>
        <p>{text.text}</p>
        {refused.length > 0 && <p role="alert">{selection.left(refused.length, runs.length)}</p>}
        <Listed runs={asked} refused={refused} />
        {act === 'cancel' && <ReasonField label={selection.cancel.reason} value={reason} onChange={setReason} />}
      </div>
    </ConfirmDialog>
  )
}

function Listed({ runs, refused }: { runs: readonly RunBody[]; refused: readonly Refused[] }) {
  return (
    <ul aria-label={selection.list} className={css.list} tabIndex={0}>
      {runs.map(({ id, issue, repository }) => (
        <li key={id}>
          {issue.title}{' '}
          <span className={css.detail}>
            {repository.name}#{issue.number}
            {refused.map(({ run, why }) => (run.id === id ? `: ${why}` : ''))}
          </span>
        </li>
      ))}
    </ul>
  )
}

function reasonOf(error: unknown): string {
  return error instanceof ProblemError ? (error.detail ?? error.title) : String(error)
}
