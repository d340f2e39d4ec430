/**
 * What others want of this job: the app (control stream, answers to callbacks), the runner (signals) and the clock.
 * A cancel is cooperative, with a grace; a kill is not. Everything that can wait takes one of the signals from here.
 */
import type { Wanted } from '#contracts/callbacks.ts'

/** `refused`: the app takes no more reports of this dispatch, so the Run is over or belongs to somebody else. */
export type StopKind = 'cancel' | 'deadline' | 'kill' | 'refused'
const weight: Record<StopKind, number> = { cancel: 1, deadline: 1, kill: 2, refused: 2 }

export class Stopped extends Error {
  override readonly name = 'Stopped'
  readonly kind: StopKind
  constructor(kind: StopKind, detail: string) {
    super(detail)
    this.kind = kind
  }
}

export interface Steering {
  /** Fires at the first wish to stop: finish at the next checkpoint. */
  readonly soft: AbortSignal
  /** Fires when the grace is over: end the processes. */
  readonly hard: AbortSignal
  /** Fires at a kill or a refusal: nothing matters but the sandbox's end. */
  readonly killed: AbortSignal
  readonly stop: { kind: StopKind; detail: string } | null
  /** The runner is about to kill us: everything that remains has to be short. */
  readonly hurried: boolean
  ask(kind: StopKind, detail: string): void
  /** The app's word in an answer or on the control stream. */
  wanted(value: Wanted): void
  hurry(): void
  /** Between phases and between an agent's steps. @throws Stopped */
  checkpoint(): void
  close(): void
}

/** @param onPause hears that the app wants a pause, which this version goes on through. */
export function createSteering(cancelGraceMs: number, hurriedGraceMs: number, onPause: () => void): Steering {
  const soft = new AbortController()
  const hard = new AbortController()
  const killed = new AbortController()
  let stop: Steering['stop'] = null
  let hurried = false
  let grace: NodeJS.Timeout | undefined
  const graceEnds = (ms: number): void => {
    clearTimeout(grace)
    grace = setTimeout(() => hard.abort(), ms)
  }
  const ask = (kind: StopKind, detail: string): void => {
    if (stop && weight[kind] <= weight[stop.kind]) return
    stop = { kind, detail }
    if (weight[kind] === 2) {
      for (const each of [soft, hard, killed]) each.abort()
      return
    }
    soft.abort()
    graceEnds(hurried ? hurriedGraceMs : cancelGraceMs)
  }
  return {
    soft: soft.signal,
    hard: hard.signal,
    killed: killed.signal,
    get stop() {
      return stop
    },
    get hurried() {
      return hurried
    },
    ask,
    wanted(value) {
      if (value === 'cancel') ask('cancel', 'The app asked to cancel.')
      if (value === 'kill') ask('kill', 'The app asked to kill.')
      if (value === 'pause') onPause()
    },
    hurry() {
      hurried = true
      if (stop) graceEnds(hurriedGraceMs)
      ask('cancel', 'The runner asked the job to stop.')
    },
    checkpoint() {
      if (stop) throw new Stopped(stop.kind, stop.detail)
    },
    close: () => clearTimeout(grace),
  }
}
