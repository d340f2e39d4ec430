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
  readonly kind: StopKind | 'pause'
  constructor(kind: StopKind | 'pause', detail: string) {
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
  /** Fires at the wish to pause: the agent finishes its step early. Nothing else takes notice before a checkpoint. */
  readonly pausing: AbortSignal
  /** Fires when the agent had its time for that: its step is ended, and done again later. */
  readonly pauseOver: AbortSignal
  readonly stop: { kind: StopKind; detail: string } | null
  /** The runner is about to kill us: everything that remains has to be short. */
  readonly hurried: boolean
  ask(kind: StopKind, detail: string): void
  /** The app's word in an answer or on the control stream. */
  wanted(value: Wanted): void
  hurry(): void
  /** Between phases and between an agent's steps: stops, and also pauses. @throws Stopped */
  checkpoint(): void
  /** Where there is nothing to come back to: stops, but goes on through a pause. @throws Stopped */
  obey(): void
  close(): void
}

export function createSteering(graceMs: Record<'cancel' | 'hurried' | 'pause', number>): Steering {
  const soft = new AbortController()
  const hard = new AbortController()
  const killed = new AbortController()
  const pausing = new AbortController()
  const pauseOver = new AbortController()
  let stop: Steering['stop'] = null
  let hurried = false
  let grace: NodeJS.Timeout | undefined
  let pauseGrace: NodeJS.Timeout | undefined
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
    graceEnds(hurried ? graceMs.hurried : graceMs.cancel)
  }
  const obey = (): void => {
    if (stop) throw new Stopped(stop.kind, stop.detail)
  }
  const pause = (): void => {
    if (pausing.signal.aborted) return
    pausing.abort()
    pauseGrace = setTimeout(() => pauseOver.abort(), graceMs.pause)
  }
  return {
    pausing: pausing.signal,
    pauseOver: pauseOver.signal,
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
      if (value === 'pause') pause()
    },
    hurry() {
      hurried = true
      if (stop) graceEnds(graceMs.hurried)
      ask('cancel', 'The runner asked the job to stop.')
    },
    checkpoint() {
      obey()
      if (pausing.signal.aborted) throw new Stopped('pause', 'The app asked to pause.')
    },
    obey,
    close() {
      clearTimeout(grace)
      clearTimeout(pauseGrace)
    },
  }
}
