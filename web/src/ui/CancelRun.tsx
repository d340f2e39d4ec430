/** Cancelling a Run: a dialog that says what is kept and what is lost, and the truth afterwards: it was asked for. */
import { Button, Dialog, FormControl, Textarea } from '@primer/react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type KeyboardEvent, useState } from 'react'

import { REASON_CHARS_MAX, type RunBody } from '#contracts/api.ts'
import { isTerminal } from '#contracts/status.ts'

import { api } from '../api.ts'
import { useCommands } from '../commands/registry.ts'
import { takeRun } from '../queries.ts'
import { words } from '../words.ts'
import { announce } from './Announcer.tsx'
import css from './CancelRun.module.css'
import { Problem } from './Problem.tsx'

/** The button; nothing once the Run has ended or is being cancelled. */
export function CancelRun({ run, size = 'medium' }: { run: RunBody; size?: 'small' | 'medium' }) {
  const [open, setOpen] = useState(false)
  const offered = !isTerminal(run.status) && !run.cancelRequested
  useCommands(offered ? [{ id: 'run.cancel', title: words.cancel.open, keys: 'c', run: () => setOpen(true) }] : [])
  if (isTerminal(run.status) || (run.cancelRequested && !open)) return null
  return (
    <>
      <Button size={size} onClick={() => setOpen(true)}>
        {words.cancel.open}
      </Button>
      {open && <CancelDialog run={run} onClose={() => setOpen(false)} />}
    </>
  )
}

function CancelDialog({ run, onClose }: { run: RunBody; onClose: () => void }) {
  const client = useQueryClient()
  const [reason, setReason] = useState('')
  const cancel = useMutation({
    mutationFn: () => api.cancel(run.id, reason.trim() === '' ? {} : { reason: reason.trim() }),
    onSuccess: (body) => {
      takeRun(client, body)
      announce(words.cancel.announce)
      onClose()
    },
  })
  const confirm = () => {
    if (!cancel.isPending) cancel.mutate()
  }
  // Caught on the way down: the button that has the focus would take Enter for its own.
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.metaKey || event.ctrlKey)) return
    event.preventDefault()
    event.stopPropagation()
    confirm()
  }
  return (
    <div onKeyDownCapture={onKeyDown}>
      <Dialog
        role="alertdialog"
        title={words.cancel.title}
        width="large"
        onClose={onClose}
        footerButtons={[
          { content: words.cancel.keep, onClick: onClose, autoFocus: true },
          {
            content: cancel.isPending ? words.cancel.sending : words.cancel.confirm,
            buttonType: 'danger',
            onClick: confirm,
          },
        ]}
      >
        <div className={css.body}>
          <p>
            {words.cancel.before}
            {words.cancel.stays}
            {run.branch ? <code>{run.branch.name}</code> : words.cancel.noBranch}.
          </p>
          {cancel.error && <Problem title={words.cancel.failed} error={cancel.error} />}
          <FormControl>
            <FormControl.Label>{words.cancel.reason}</FormControl.Label>
            <Textarea
              block
              rows={2}
              resize="vertical"
              maxLength={REASON_CHARS_MAX}
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
          </FormControl>
        </div>
      </Dialog>
    </div>
  )
}
