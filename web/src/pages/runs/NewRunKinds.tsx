/** The second step of a new Run: where and how it works. Both are the server's to say, and shown as it has them. */
import type { FormEvent } from 'react'

import { newRunWords as text } from '../../words/new-run.ts'
import { Kinds, sandboxKinds } from '../repository/Kinds.tsx'
import type { Connected } from './NewRunRepository.tsx'
import css from './Runs.module.css'

const workflows = text.workflows.map((each) => ({ ...each, chosen: each.why === null, why: each.why ?? '' }))

export function KindsStep({ connected, onNext }: { connected: Connected; onNext: () => void }) {
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onNext()
  }
  return (
    <form onSubmit={submit} className={css.dialog}>
      <Kinds name="sandbox" legend={text.sandbox} kinds={sandboxKinds(connected.repository.sandboxes)} />
      <Kinds name="workflow" legend={text.workflow} kinds={workflows} />
    </form>
  )
}
