/** Why the reader may not press a Run's buttons: the sentence stands next to them, and each of them refers to it. */
import { useQuery } from '@tanstack/react-query'

import type { RunActionsBody, RunBody } from '#contracts/api.ts'
import { isTerminal } from '#contracts/status.ts'

import { runActionsQuery } from '../queries.ts'
import css from './Refusal.module.css'

export type RunAction = keyof RunActionsBody

const idOf = (runId: string): string => `refusal-${runId}`

/** Why the reader's access does not let them do it; null where it does, or where that is not known. */
export function useWhyNot(run: RunBody, action: RunAction): string | null {
  return useQuery(runActionsQuery(run.id)).data?.[action].why ?? null
}

/** The attributes of a button that refuses; `Refusal` has to stand next to it. */
export const refusing = (run: RunBody, why: string | null) =>
  why === null ? {} : ({ inactive: true, 'aria-describedby': idOf(run.id) } as const)

/** One sentence for all buttons that the Run's state offers; nothing where each of them may be pressed. */
export function Refusal({ run, actions = offered(run) }: { run: RunBody; actions?: readonly RunAction[] }) {
  const { data } = useQuery(runActionsQuery(run.id))
  const cancelling = run.cancelRequested && !isTerminal(run.status)
  // A Run that is being cancelled can be killed, and nothing else.
  const pressed = actions.filter((action) => !cancelling || action === 'kill')
  const why = pressed.map((action) => data?.[action].why).find((sentence) => typeof sentence === 'string')
  if (!why) return null
  return (
    <p id={idOf(run.id)} className={css.why}>
      {why}
    </p>
  )
}

function offered({ status, waitingFor }: RunBody): readonly RunAction[] {
  if (status === 'succeeded') return []
  if (waitingFor) return ['cancel', 'advance']
  return isTerminal(status) ? ['retry'] : ['cancel', 'pause']
}
