/** What can be done with several Runs of the list at once: the bar over it, and the dialogs that ask first. */
import { Button } from '@primer/react'
import { lazy, Suspense, useId, useState } from 'react'

import type { RunBody } from '#contracts/api.ts'
import { isTerminal } from '#contracts/status.ts'

import { useFocusAfter } from '../../ui/PageTitle.tsx'
import { isRetriable } from '../../ui/RetryRun.tsx'
import { runsWords } from '../../words/runs.ts'
import css from './Runs.module.css'

const text = runsWords.selection
const SelectionDialog = lazy(() =>
  import('./SelectionDialog.tsx').then((module) => ({ default: module.SelectionDialog })),
)

export interface Selection {
  chosen: ReadonlySet<string>
  toggle: (id: string) => void
  clear: () => void
}

export function useSelection(): Selection {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  return {
    chosen,
    toggle: (id) =>
      setChosen((now) => (now.has(id) ? new Set([...now].filter((other) => other !== id)) : new Set([...now, id]))),
    clear: () => setChosen(new Set()),
  }
}

const acts = {
  cancel: (run: RunBody) => !isTerminal(run.status) && !run.cancelRequested,
  retry: isRetriable,
} as const
export type SelectionAct = keyof typeof acts

/** Of what was selected only what is still in the list counts. Nothing while nothing is. */
export function SelectedRuns({ runs, selection }: { runs: readonly RunBody[]; selection: Selection }) {
  const why = useId()
  const [asking, setAsking] = useState<{ act: SelectionAct; runs: readonly RunBody[] } | null>(null)
  const selected = runs.filter(({ id }) => selection.chosen.has(id))
  const shown = selected.length > 0 || asking !== null
  // Its buttons, and the dialog that they open, may have had the focus.
  useFocusAfter(shown)
  if (!shown) return null
  const button = (act: SelectionAct) => {
    const fitting = selected.filter(acts[act])
    const none = fitting.length === 0
    return (
      <Button
        size="small"
        inactive={none}
        {...(none ? { 'aria-describedby': `${why}-${act}` } : {})}
        onClick={() => !none && setAsking({ act, runs: fitting })}
      >
        {text[act].open}
      </Button>
    )
  }
  return (
    <div role="group" aria-label={text.label} className={css.selected}>
      <strong>{text.selected(selected.length)}</strong>
      {button('cancel')}
      {button('retry')}
      <Button size="small" variant="invisible" onClick={selection.clear}>
        {text.clear}
      </Button>
      {(['cancel', 'retry'] as const).map(
        (act) =>
          !selected.some(acts[act]) && (
            <span key={act} id={`${why}-${act}`} className={css.why}>
              {text.none[act]}
            </span>
          ),
      )}
      {asking && (
        <Suspense>
          <SelectionDialog {...asking} onDone={selection.clear} onClose={() => setAsking(null)} />
        </Suspense>
      )}
    </div>
  )
}
