/** A refusal of set-up: what is marked at its field is only pointed to, because the field may be out of sight. */
import { Problem } from '../../ui/Problem.tsx'
import { setupWords } from '../../words/setup.ts'
import { complaintsOf } from './complaints.ts'

export function Refused({ title, error }: { title: string; error: Error }) {
  const { at, others } = complaintsOf(error)
  if (at.size === 0) return <Problem title={title} error={error} />
  const told = [setupWords.marked([...at.keys()].join(', ')), ...others].join(' ')
  return <Problem title={title} error={new Error(told)} />
}
