/** Pausing the intake and resuming it: always asked for once more, and with a reason for the record. */
import { Button } from '@primer/react'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import { orders } from '../../queries/admin.ts'
import { StopDialog } from '../../ui/StopDialog.tsx'
import { adminWords } from '../../words/admin.ts'

const { pause, resume } = adminWords.killSwitch

/** `on` is how it stands now. */
export function FlipSwitch({ on }: { on: boolean }) {
  const client = useQueryClient()
  // What the dialog asks must not change under whoever reads it.
  const [asking, setAsking] = useState<'pause' | 'resume' | null>(null)
  const words = asking === 'resume' ? resume : pause
  const send = async (reason: string): Promise<null> => {
    await orders.flip(asking === 'pause', reason)
    void client.invalidateQueries({ queryKey: ['admin'] })
    return null
  }
  return (
    <>
      <Button onClick={() => setAsking(on ? 'resume' : 'pause')}>{on ? resume.open : pause.open}</Button>
      {asking !== null && (
        <StopDialog
          words={words}
          reasonMissing={asking === 'pause' ? pause.missing : null}
          send={send}
          onClose={() => setAsking(null)}
        >
          {words.text}
        </StopDialog>
      )}
    </>
  )
}
