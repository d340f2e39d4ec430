/** Rows that do not move under whoever reads them: new Runs wait behind a button until they are asked for. */
import { Button } from '@primer/react'
import { useEffect, useRef, useState } from 'react'

import type { RunBody, RunList } from '#contracts/api.ts'

import { arrange, type Arranged } from '../../live/apply.ts'
import { announce } from '../../ui/Announcer.tsx'
import { words } from '../../words.ts'
import { RunsTable } from '../RunsTable.tsx'
import css from './SteadyRuns.module.css'

export interface Steady extends Arranged {
  /** Shows what waits, and gives the first row of it the focus: what was pressed for it is gone then. */
  show: () => void
}

/** Give the component that uses it a key of what the list is of: another list must not be arranged into this one. */
export function useSteadyRuns(list: RunList): Steady {
  const [shown, setShown] = useState<readonly RunBody[]>(list.runs)
  const { rows, waiting } = arrange(shown, list)
  const take = () => setShown(list.runs)
  const first = useRef<string | null>(null)
  const show = () => {
    first.current = list.runs.find(({ id }) => rows.every((row) => row.id !== id))?.id ?? null
    take()
  }
  useEffect(() => {
    if (first.current === null) return
    document.querySelector<HTMLElement>(`tr[data-run="${CSS.escape(first.current)}"] th a`)?.focus()
    first.current = null
  }, [shown])
  // Where nothing is left to be read, nothing can move: what is there now is shown at once, and stays from then on.
  if (list.runs.length > 0 && (shown.length === 0 || rows.length === 0)) take()
  return { rows, waiting, show }
}

/** The table of a list's newest Runs, with nothing that narrows it. */
export function SteadyRuns({ list }: { list: RunList }) {
  const { rows, waiting, show } = useSteadyRuns(list)
  return (
    <>
      {waiting > 0 && <NewRuns count={waiting} onShow={show} />}
      <RunsTable runs={rows} />
    </>
  )
}

export function NewRuns({ count, onShow }: { count: number; onShow: () => void }) {
  // Said once, when they begin to wait: that there are more of them is no news.
  useEffect(() => announce(words.runs.fresh(count)), [])
  return (
    <div className={css.fresh}>
      <span>{words.runs.fresh(count)}</span>
      <Button size="small" onClick={onShow}>
        {words.runs.show}
      </Button>
    </div>
  )
}
