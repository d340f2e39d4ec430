/** Starting a Run from the list: the button, and its dialog once somebody asks for it. */
import { Button } from '@primer/react'
import { lazy, Suspense, useState } from 'react'

import { newRunWords } from '../../words/new-run.ts'

const NewRunDialog = lazy(() => import('./NewRunDialog.tsx').then((module) => ({ default: module.NewRunDialog })))

export function NewRun() {
  const [open, setOpen] = useState(false)
  return (
    // One box: where the dialog stands in the page must not move the button.
    <div>
      <Button onClick={() => setOpen(true)}>{newRunWords.title}</Button>
      {open && (
        <Suspense>
          <NewRunDialog onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </div>
  )
}
