/** Cancelling a Run: a dialog that says what is kept and what is lost, and the truth afterwards: it was asked for. */
import { Button } from '@primer/react'
import { useState } from 'react'

import type { RunBody } from '#contracts/api.ts'
import { isTerminal } from '#contracts/status.ts'

import { api } from '../api.ts'
import { useCommands } from '../commands/registry.ts'
import { words } from '../words.ts'
import { refusing, useWhyNot } from './Refusal.tsx'
import { type RunDialogProps, StopDialog } from './StopDialog.tsx'

/** The button; nothing once the Run has ended. */
export function CancelRun({ run, size = 'medium' }: { run: RunBody; size?: 'small' | 'medium' }) {
  const [open, setOpen] = useState(false)
  const why = useWhyNot(run, 'cancel')
  const over = isTerminal(run.status)
  const offered = !over && !run.cancelRequested && why === null
  useCommands(offered ? [{ id: 'run.cancel', title: words.cancel.open, keys: 'c', run: () => setOpen(true) }] : [])
  // What is being typed into the dialog does not vanish when the Run ends.
  if (over && !open) return null
  return (
    <>
      {/* It stays where it is while the Run stops, so that the dialog can give the focus back to it. */}
      <Button
        size={size}
        inactive={run.cancelRequested || over}
        {...(run.cancelRequested ? {} : refusing(run, why))}
        onClick={() => setOpen(offered)}
      >
        {run.cancelRequested ? words.cancel.sending : words.cancel.open}
      </Button>
      {open && <CancelDialog run={run} onClose={() => setOpen(false)} />}
    </>
  )
}

export function CancelDialog({ run, ...dialog }: RunDialogProps) {
  return (
    <StopDialog
      words={words.cancel}
      reasonMissing={null}
      send={(reason) => api.cancel(run.id, reason === '' ? {} : { reason })}
      {...dialog}
    >
      {words.cancel.before}
      {!run.dryRun && (
        <>
          {words.cancel.stays}
          {run.branch ? <code>{run.branch.name}</code> : words.cancel.noBranch}.
        </>
      )}
    </StopDialog>
  )
}
