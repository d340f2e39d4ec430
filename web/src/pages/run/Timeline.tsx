/** The steps of a Run, each with its state in words, what it did and how long it took. */
import {
  CheckCircleFillIcon,
  CircleIcon,
  DotFillIcon,
  type Icon,
  PauseIcon,
  SkipIcon,
  SyncIcon,
  XCircleFillIcon,
} from '@primer/octicons-react'
import { Link, useSearch } from '@tanstack/react-router'
import { type ReactNode, type Ref, useEffect, useRef, useState } from 'react'

import type { RunBody } from '#contracts/api.ts'

import { useCommands } from '../../commands/registry.ts'
import type { Step, StepState, SubStep } from '../../timeline.ts'
import { JumpToLatest, useSide } from '../../ui/JumpToLatest.tsx'
import { Took } from '../../ui/Time.tsx'
import { words } from '../../words.ts'
import { runTabWords } from '../../words/run-tabs.ts'
import facts from './RunFacts.module.css'
import { StepLinks } from './StepLinks.tsx'
import css from './Timeline.module.css'

const icons: Record<StepState, Icon> = {
  todo: CircleIcon,
  active: SyncIcon,
  paused: PauseIcon,
  done: CheckCircleFillIcon,
  failed: XCircleFillIcon,
  cancelled: SkipIcon,
  skipped: DotFillIcon,
}

/** Each step has an address, leads to what it is about, and hides or shows what it consists of. */
export function Timeline({ run, steps }: { run: RunBody; steps: readonly Step[] }) {
  const { step: wanted } = useSearch({ from: '/runs/$id' })
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set())
  const [newest, setNewest] = useState<HTMLElement | null>(null)
  const newestKey = steps.findLast(({ startedAtMs }) => startedAtMs !== null)?.key
  const side = useSide(newest)
  useCommands([
    { id: 'timeline.expand', title: runTabWords.changes.expandAll, keys: 'e', run: () => setClosed(new Set()) },
    {
      id: 'timeline.collapse',
      title: runTabWords.changes.collapseAll,
      keys: 'w',
      run: () => setClosed(new Set(steps.map(({ key }) => key))),
    },
  ])
  return (
    <div className={css.timeline}>
      <ol className={css.steps}>
        {steps.map((step) => (
          <StepItem
            key={step.key}
            run={run}
            step={step}
            open={!closed.has(step.key)}
            wanted={step.key === wanted}
            newest={step.key === newestKey ? setNewest : undefined}
            onToggle={() => setClosed((now) => toggled(now, step.key))}
          />
        ))}
      </ol>
      <JumpToLatest
        side={side}
        place="window"
        onJump={() => {
          newest?.scrollIntoView({ block: 'center' })
          // The button goes, and the focus must not go with it.
          newest?.focus({ preventScroll: true })
        }}
      />
    </div>
  )
}

type Newest = Ref<HTMLDivElement> | undefined

interface StepItemProps {
  run: RunBody
  step: Step
  open: boolean
  wanted: boolean
  /** Takes the line of what was begun last; undefined where that is in another step. */
  newest: Newest
  onToggle: () => void
}

function StepItem({ run, step, open, wanted, newest, onToggle }: StepItemProps) {
  const place = useRef<HTMLLIElement>(null)
  useEffect(() => {
    if (wanted) place.current?.scrollIntoView({ block: 'center' })
  }, [wanted])
  const judged = run.dryRun && step.key === 'publish' && step.state !== 'skipped'
  const title = judged ? words.judge : words.steps[step.key]
  const inParts = open && step.children.length > 0
  return (
    <li ref={place} className={css.step} data-step={step.key} data-state={step.state} data-wanted={wanted}>
      <Line
        ref={inParts ? undefined : newest}
        state={step.state}
        title={
          <Link
            to="/runs/$id"
            params={{ id: run.id }}
            search={{ step: step.key }}
            resetScroll={false}
            className={`${css.link} ${facts.link}`}
          >
            {title}
          </Link>
        }
        detail={step.detail}
        links={<StepLinks run={run} step={step} />}
        from={step.startedAtMs}
        to={step.endedAtMs}
      />
      {step.children.length > 0 && (
        <>
          <button type="button" className={css.toggle} aria-expanded={open} onClick={onToggle}>
            {words.timeline.parts(step.children.length)}
          </button>
          {open && <SubSteps steps={step.children} newest={newest} />}
        </>
      )}
    </li>
  )
}

function toggled(closed: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const next = new Set(closed)
  if (!next.delete(key)) next.add(key)
  return next
}

function SubSteps({ steps, newest }: { steps: readonly SubStep[]; newest: Newest }) {
  return (
    <ol className={css.children}>
      {steps.map((step, index) => (
        <li key={`${index} ${step.title}`} className={css.child} data-state={step.state}>
          <Line
            ref={index === steps.length - 1 ? newest : undefined}
            state={step.state}
            title={step.title}
            from={step.startedAtMs}
            to={step.endedAtMs}
          />
        </li>
      ))}
    </ol>
  )
}

interface LineProps {
  /** Of the newest line, which can be jumped to. */
  ref?: Newest
  state: StepState
  title: ReactNode
  detail?: string | null
  links?: ReactNode
  from: number | null
  to: number | null
}

function Line({ ref, state, title, detail, links, from, to }: LineProps) {
  const Glyph = icons[state]
  return (
    <div ref={ref} className={css.line} tabIndex={ref ? -1 : undefined}>
      <span className={css.icon}>
        <Glyph aria-label={words.stepStates[state]} className={state === 'active' ? css.turning : undefined} />
      </span>
      <span className={css.what}>
        <span className={css.title}>{title}</span>
        {detail && <span className={css.detail}>{detail}</span>}
        {state === 'skipped' && <span className={css.detail}>{words.stepStates.skipped}</span>}
        {links}
      </span>
      {from !== null && (
        <span className={css.took}>
          <Took from={from} to={to} />
        </span>
      )}
    </div>
  )
}
