/** Pause and Resume of a Run: one button for whichever can be done now, and the truth while a pause is not reached. */
import { PauseIcon, PlayIcon } from '@primer/octicons-react'
import { Button } from '@primer/react'
import { useMutation, useQueryClient } from '@tanstack/react-query'

import type { RunBody } from '#contracts/api.ts'

import { api } from '../api.ts'
import { useCommands } from '../commands/registry.ts'
import { takeRun } from '../queries.ts'
import { words } from '../words.ts'
import { announceNow } from './Announcer.tsx'
import { Problem } from './Problem.tsx'
import { refusing, useWhyNot } from './Refusal.tsx'
import css from './PauseRun.module.css'

/** Nothing while the Run is queued, publishing, being stopped, or over. */
export function PauseRun({ run }: { run: RunBody }) {
  const client = useQueryClient()
  const paused = run.status === 'paused'
  const act = useMutation({
    mutationFn: () => (paused ? api.resume(run.id) : api.pause(run.id)),
    onSuccess: (changed) => {
      takeRun(client, changed)
      announceNow(paused ? words.pause.resumes : words.pause.asked)
    },
  })
  const works = run.status === 'running' && run.phase !== 'publishing'
  const why = useWhyNot(run, paused ? 'resume' : 'pause')
  const possible = !run.cancelRequested && (paused || (works && run.pause === null))
  const offered = possible && why === null
  const title = paused ? words.pause.resume : words.pause.pause
  const go = () => void (act.isPending || act.mutate())
  useCommands(offered ? [{ id: 'run.pause', title, keys: 'p', run: go }] : [])
  if (run.cancelRequested || (!paused && !works)) return null
  return (
    <>
      {/* It stays where it is while the pause is not reached, so that the focus stays, too. */}
      <Button
        leadingVisual={paused ? PlayIcon : PauseIcon}
        inactive={!possible}
        {...refusing(run, why)}
        onClick={() => offered && go()}
      >
        {possible ? title : words.pause.pausing}
      </Button>
      {act.error && (
        <div className={css.problem}>
          <Problem title={paused ? words.pause.resumeFailed : words.pause.pauseFailed} error={act.error} />
        </div>
      )}
    </>
  )
}
