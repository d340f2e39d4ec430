/** Has a Run that waits for its turn looked at now. What still holds it back is named, and not overruled. */
import { Button, type ButtonProps } from '@primer/react'
import { useMutation, useQueryClient } from '@tanstack/react-query'

import type { RunBody } from '#contracts/api.ts'

import { api } from '../api.ts'
import { useCommands } from '../commands/registry.ts'
import { takeRun } from '../queries.ts'
import { waitingWords } from '../words/waiting.ts'
import { announceNow } from './Announcer.tsx'
import { Problem } from './Problem.tsx'
import { refusing, useWhyNot } from './Refusal.tsx'
import css from './PauseRun.module.css'

const text = waitingWords.advance

/** Nothing for a Run that does not wait. */
export function AdvanceRun({ run, size = 'medium' }: { run: RunBody; size?: NonNullable<ButtonProps['size']> }) {
  const client = useQueryClient()
  const act = useMutation({
    mutationFn: () => api.advance(run.id),
    onSuccess: (changed) => {
      takeRun(client, changed)
      announceNow(text.announce)
    },
  })
  const why = useWhyNot(run, 'advance')
  const waits = run.waitingFor !== null && !run.cancelRequested
  const go = () => void (act.isPending || act.mutate())
  useCommands(waits && why === null ? [{ id: 'run.advance', title: text.title, run: go }] : [])
  if (!waits) return null
  return (
    <>
      <Button size={size} {...refusing(run, why)} onClick={() => why === null && go()}>
        {text.title}
      </Button>
      {act.error && (
        <div className={css.problem}>
          <Problem title={text.failed} error={act.error} />
        </div>
      )}
    </>
  )
}
