/** Killing a Run's sandbox: never one click, always with a reason. */
import { Button } from '@primer/react'
import { useState } from 'react'

import type { RunBody } from '#contracts/api.ts'

import { api } from '../api.ts'
import { useNow } from '../lib/clock.ts'
import { words } from '../words.ts'
import css from './KillRun.module.css'
import { Refusal, refusing, useWhyNot } from './Refusal.tsx'
import { type RunDialogProps, StopDialog } from './StopDialog.tsx'

/** A cancel that is not heard within this time may need more than patience (surfaces.md 2.10). */
const OFFER_AFTER_MS = 15_000
const KILLING = ['kill'] as const

export function KillDialog({ run, ...dialog }: RunDialogProps) {
  return (
    <StopDialog
      words={words.kill}
      reasonMissing={words.kill.reasonMissing}
      send={(reason) => api.kill(run.id, { reason })}
      {...dialog}
    >
      {words.kill.lost}
    </StopDialog>
  )
}

/** Shows up when the Run was asked to stop at `askedAt` and is still there; who may not kill it reads why. */
export function KillOffer({ run, askedAt }: { run: RunBody; askedAt: string }) {
  const nowMs = useNow()
  const [open, setOpen] = useState(false)
  const why = useWhyNot(run, 'kill')
  if (nowMs - Date.parse(askedAt) < OFFER_AFTER_MS) return null
  return (
    <div className={css.offer}>
      <Button
        size="small"
        variant={why === null ? 'danger' : 'default'}
        {...refusing(run, why)}
        onClick={() => setOpen(why === null)}
      >
        {words.kill.open}
      </Button>
      <Refusal run={run} actions={KILLING} />
      {open && <KillDialog run={run} onClose={() => setOpen(false)} />}
    </div>
  )
}
