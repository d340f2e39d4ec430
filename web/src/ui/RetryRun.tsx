/** Asking for the next attempt of a Run that failed or was cancelled. */
import { Button } from '@primer/react'
import { lazy, Suspense, useEffect, useRef, useState } from 'react'

import type { RunBody } from '#contracts/api.ts'

import { useCommands } from '../commands/registry.ts'
import { runTabWords } from '../words/run-tabs.ts'
import { focusTitle } from './PageTitle.tsx'
import { refusing, useWhyNot } from './Refusal.tsx'

const text = runTabWords.retry
export const RetryDialog = lazy(() => import('./RetryDialog.tsx').then((module) => ({ default: module.RetryDialog })))

export const isRetriable = ({ status }: RunBody): boolean => status === 'failed' || status === 'cancelled'

/** The button; nothing where there is nothing to try again. */
export function RetryRun({ run }: { run: RunBody }) {
  const [open, setOpen] = useState(false)
  const why = useWhyNot(run, 'retry')
  const over = isRetriable(run)
  const offered = over && why === null
  useCommands(offered ? [{ id: 'run.retry', title: text.open, keys: 'r', run: () => setOpen(true) }] : [])
  const shown = over || open
  const retried = useRef(false)
  // The button goes with what could be tried again. Whoever only reads keeps the focus where it is.
  useEffect(() => {
    if (shown || !retried.current) return
    retried.current = false
    focusTitle()
  }, [shown])
  if (!shown) return null
  return (
    <>
      <Button {...refusing(run, why)} onClick={() => setOpen(offered)}>
        {text.open}
      </Button>
      {open && (
        <Suspense>
          <RetryDialog run={run} onDone={() => (retried.current = true)} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  )
}
