/** The steps of a Run, each with its state in words, what it did and how long it took. */
import {
  CheckCircleFillIcon,
  CircleIcon,
  DotFillIcon,
  type Icon,
  SkipIcon,
  SyncIcon,
  XCircleFillIcon,
} from '@primer/octicons-react'

import type { Step, StepState, SubStep } from '../../timeline.ts'
import { Took } from '../../ui/Time.tsx'
import { words } from '../../words.ts'
import css from './Timeline.module.css'

const icons: Record<StepState, Icon> = {
  todo: CircleIcon,
  active: SyncIcon,
  done: CheckCircleFillIcon,
  failed: XCircleFillIcon,
  cancelled: SkipIcon,
  skipped: DotFillIcon,
}

export function Timeline({ steps }: { steps: readonly Step[] }) {
  return (
    <ol className={css.steps}>
      {steps.map((step) => (
        <li key={step.key} className={css.step} data-step={step.key} data-state={step.state}>
          <Line
            state={step.state}
            title={words.steps[step.key]}
            detail={step.detail}
            from={step.startedAtMs}
            to={step.endedAtMs}
          />
          {step.children.length > 0 && <SubSteps steps={step.children} />}
        </li>
      ))}
    </ol>
  )
}

function SubSteps({ steps }: { steps: readonly SubStep[] }) {
  return (
    <ol className={css.children}>
      {steps.map((step, index) => (
        <li key={`${index} ${step.title}`} className={css.child} data-state={step.state}>
          <Line state={step.state} title={step.title} detail={null} from={step.startedAtMs} to={step.endedAtMs} />
        </li>
      ))}
    </ol>
  )
}

interface LineProps {
  state: StepState
  title: string
  detail: string | null
  from: number | null
  to: number | null
}

function Line({ state, title, detail, from, to }: LineProps) {
  const Glyph = icons[state]
  return (
    <div className={css.line}>
      <span className={css.icon}>
        <Glyph aria-label={words.stepStates[state]} className={state === 'active' ? css.turning : undefined} />
      </span>
      <span className={css.what}>
        <span className={css.title}>{title}</span>
        {detail && <span className={css.detail}>{detail}</span>}
        {state === 'skipped' && <span className={css.detail}>{words.stepStates.skipped}</span>}
      </span>
      {from !== null && (
        <span className={css.took}>
          <Took from={from} to={to} />
        </span>
      )}
    </div>
  )
}
