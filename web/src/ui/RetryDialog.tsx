/** Asks before the next attempt: what it starts from, and whether the agent is told the same again. */
import { FormControl, Radio, RadioGroup, Textarea } from '@primer/react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import { INSTRUCTIONS_CHARS_MAX, type RunBody } from '#contracts/api.ts'

import { api } from '../api.ts'
import { instructionsIn } from '../chat.ts'
import { newId } from '../lib/id.ts'
import { ledgerQuery, runBaseQuery, takeRun } from '../queries.ts'
import { runTabWords } from '../words/run-tabs.ts'
import { announceNow } from './Announcer.tsx'
import { ConfirmDialog } from './ConfirmDialog.tsx'
import { Problem } from './Problem.tsx'
import type { RunDialogProps } from './StopDialog.tsx'
import css from './StopDialog.module.css'
import { Ticked } from './Ticked.tsx'

const text = runTabWords.retry

export interface RetryDialogProps extends RunDialogProps {
  /** There is a next attempt; the dialog closes. */
  onDone?: () => void
}

export function RetryDialog({ run, onDone, onClose, ...focus }: RetryDialogProps) {
  const client = useQueryClient()
  // Repeats of one press carry the same key, so that a lost answer cannot start two attempts.
  const [key, setKey] = useState(newId)
  const [edited, setEdited] = useState<string | null>(null)
  const events = useQuery(ledgerQuery(run.id, client)).data
  const retry = useMutation({
    mutationFn: () => api.retry(run.id, edited === null ? {} : { instructions: edited }, key),
    onSuccess: (next) => {
      takeRun(client, next)
      announceNow(text.announce)
      onDone?.()
      onClose()
    },
  })
  const confirm = () => {
    if (!retry.isPending) retry.mutate()
  }
  // Other instructions are another request, which must not be answered like the one before.
  const edit = (instructions: string | null) => {
    setEdited(instructions)
    setKey(newId())
  }
  return (
    <ConfirmDialog
      title={text.title}
      keep={text.keep}
      confirm={{ content: retry.isPending ? text.sending : text.confirm, buttonType: 'primary' }}
      onConfirm={confirm}
      onClose={onClose}
      {...focus}
    >
      <div className={css.body}>
        <p>
          {text.text} <Base run={run} />
        </p>
        {retry.error && <Problem title={text.failed} error={retry.error} />}
        <RadioGroup name="instructions">
          <RadioGroup.Label>{text.instructions}</RadioGroup.Label>
          <FormControl>
            <Radio value="same" checked={edited === null} onChange={() => edit(null)} />
            <FormControl.Label>{text.same}</FormControl.Label>
          </FormControl>
          {/* What they were has to be known first: an empty field would say that there were none. */}
          <FormControl disabled={events === undefined}>
            <Radio value="edit" checked={edited !== null} onChange={() => edit(instructionsIn(events ?? []))} />
            <FormControl.Label>{text.edit}</FormControl.Label>
          </FormControl>
        </RadioGroup>
        {edited !== null && (
          <FormControl>
            <FormControl.Label visuallyHidden>{text.instructions}</FormControl.Label>
            <Textarea
              block
              rows={4}
              resize="vertical"
              maxLength={INSTRUCTIONS_CHARS_MAX}
              value={edited}
              onChange={(event) => edit(event.target.value)}
            />
          </FormControl>
        )}
      </div>
    </ConfirmDialog>
  )
}

/** Nothing while it is being asked for, and where nobody can tell: the retry does not depend on it. */
function Base({ run }: { run: RunBody }) {
  const { data } = useQuery(runBaseQuery(run))
  return <span role="status">{data && data.moved !== null && <Ticked text={text.moved(data.ref, data.moved)} />}</span>
}
