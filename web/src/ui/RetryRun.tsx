/** Asking for the next attempt of a Run that failed or was cancelled. */
import { Button } from '@primer/react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import type { RunBody } from '#contracts/api.ts'

import { api } from '../api.ts'
import { useCommands } from '../commands/registry.ts'
import { newId } from '../lib/id.ts'
import { takeRun } from '../queries.ts'
import { runTabWords } from '../words/run-tabs.ts'
import { announce } from './Announcer.tsx'
import { ConfirmDialog } from './ConfirmDialog.tsx'
import { Problem } from './Problem.tsx'
import { refusing, useWhyNot } from './Refusal.tsx'

const text = runTabWords.retry

/** The button; nothing where there is nothing to try again. */
export function RetryRun({ run }: { run: RunBody }) {
  const [open, setOpen] = useState(false)
  const why = useWhyNot(run, 'retry')
  const over = run.status === 'failed' || run.status === 'cancelled'
  const offered = over && why === null
  useCommands(offered ? [{ id: 'run.retry', title: text.open, keys: 'r', run: () => setOpen(true) }] : [])
  if (!over && !open) return null
  return (
    <>
      <Button {...refusing(run, why)} onClick={() => setOpen(offered)}>
        {text.open}
      </Button>
      {open && <RetryDialog run={run} onClose={() => setOpen(false)} />}
    </>
  )
}

function RetryDialog({ run, onClose }: { run: RunBody; onClose: () => void }) {
  const client = useQueryClient()
  // Repeats of one press carry the same key, so that a lost answer cannot start two attempts.
  const [key] = useState(newId)
  const retry = useMutation({
    mutationFn: () => api.retry(run.id, key),
    onSuccess: (next) => {
      takeRun(client, next)
      announce(text.announce)
      onClose()
    },
  })
  const confirm = () => {
    if (!retry.isPending) retry.mutate()
  }
  return (
    <ConfirmDialog
      title={text.title}
      keep={text.keep}
      confirm={{ content: retry.isPending ? text.sending : text.confirm, buttonType: 'primary' }}
      onConfirm={confirm}
      onClose={onClose}
    >
      <p>{text.text}</p>
      {retry.error && <Problem title={text.failed} error={retry.error} />}
    </ConfirmDialog>
  )
}
