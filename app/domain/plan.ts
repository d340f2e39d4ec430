/** The agent's own plan: the steps that it has told of, each as it stands. */
import type { DraftEvent } from './events.ts'
import { PLAN_STEPS_MAX } from './policy.ts'

export interface PlanStep {
  step: number
  title: string
  state: 'started' | 'completed' | 'failed'
}

export function planWith(
  plan: readonly PlanStep[] = [],
  { data }: Extract<DraftEvent, { type: 'agent.progressed' }>,
): readonly PlanStep[] {
  const { step, title, state } = data
  const others = plan.filter((known) => known.step !== step)
  const steps = [...others, { step, title, state }].sort((a, b) => a.step - b.step)
  return steps.slice(0, PLAN_STEPS_MAX)
}
