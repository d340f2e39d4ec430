/** What the E2B stand-in remembers: sandboxes with their time-to-live, and the faults that a test ordered. */
import { randomBytes } from 'node:crypto'

import type { components } from 'e2b'

import { startMachine } from './machine.ts'
import type { Machine } from './machine.ts'

export type FaultOp = 'create' | 'kill' | 'pause' | 'list' | 'get' | 'timeout' | 'connect' | 'exec' | 'files' | 'health'

export interface Fault {
  op: FaultOp
  /** The HTTP status of the answer; null when there is none. */
  status: number | null
  /** How many calls fail; 1 unless told. */
  times?: number
  /** Seconds, sent as `Retry-After`. */
  retryAfter?: number
  /** Fails only after doing what was asked for: the answer is lost, the effect is not. */
  applied?: boolean
}

export interface SandboxState {
  id: string
  templateId: string
  metadata: Record<string, string>
  envVars: Record<string, string>
  startedAt: Date
  endsAt: Date
  state: 'running' | 'paused' | 'gone'
  endedBy: 'kill' | 'ttl' | 'dispose' | null
  /** As it came with the create. */
  network: { allowInternetAccess: boolean | null; allowOut: string[]; denyOut: string[] }
}

export interface LiveSandbox extends SandboxState {
  readonly token: string
  readonly machine: Machine
  timer: { cancel(): void } | null
}

/** Time for the stand-in, so that a test can let a lifetime pass without waiting for it. */
export interface StandInTime {
  now(): number
  after(ms: number, act: () => void): { cancel(): void }
}

export const realTime: StandInTime = {
  now: () => Date.now(),
  after(ms, act) {
    const timer = setTimeout(act, ms)
    timer.unref()
    return { cancel: () => clearTimeout(timer) }
  },
}

const TTL_SECONDS_DEFAULT = 15
const SANDBOXES_MAX = 1_000

export interface StandInState {
  readonly sandboxes: Map<string, LiveSandbox>
  now(): number
  create(body: components['schemas']['NewSandboxV2']): LiveSandbox
  live(id: string): LiveSandbox | null
  setTtl(sandbox: LiveSandbox, seconds: number): void
  /** A paused one has no lifetime, and its processes stand still. */
  pause(sandbox: LiveSandbox): void
  resume(sandbox: LiveSandbox): void
  end(sandbox: LiveSandbox, by: 'kill' | 'ttl' | 'dispose'): void
  order(fault: Fault): void
  /** The fault that this call meets, if any; counts it. */
  meet(op: FaultOp): Fault | null
  /** Called whenever a sandbox appears or ends. */
  onChange(listener: () => void): () => void
}

export function standInState(time: StandInTime): StandInState {
  const sandboxes = new Map<string, LiveSandbox>()
  const faults: (Fault & { left: number })[] = []
  const listeners = new Set<() => void>()
  const changed = () => listeners.forEach((listener) => listener())
  const end: StandInState['end'] = (sandbox, by) => {
    if (sandbox.state === 'gone') return
    sandbox.timer?.cancel()
    Object.assign(sandbox, { state: 'gone', endedBy: by })
    sandbox.machine.destroy()
    changed()
  }
  const setTtl: StandInState['setTtl'] = (sandbox, seconds) => {
    sandbox.timer?.cancel()
    const now = time.now()
    if (sandbox.endsAt === sandbox.startedAt) sandbox.startedAt = new Date(now)
    sandbox.endsAt = new Date(now + seconds * 1_000)
    sandbox.timer = time.after(seconds * 1_000, () => end(sandbox, 'ttl'))
  }
  const resume: StandInState['resume'] = (sandbox) => {
    if (sandbox.state !== 'paused') return
    sandbox.state = 'running'
    sandbox.machine.freeze(false)
    changed()
  }
  const pause: StandInState['pause'] = (sandbox) => {
    sandbox.timer?.cancel()
    sandbox.state = 'paused'
    sandbox.machine.freeze(true)
    changed()
  }
  return {
    pause,
    resume,
    sandboxes,
    now: () => time.now(),
    setTtl,
    end,
    create(body) {
      if (sandboxes.size >= SANDBOXES_MAX) throw new Error('The stand-in holds no more sandboxes.')
      const id = `i${randomBytes(9).toString('hex')}`
      const envVars = body.envVars ?? {}
      const now = new Date(time.now())
      const network = {
        allowInternetAccess: body.allow_internet_access ?? null,
        allowOut: body.network?.allowOut ?? [],
        denyOut: body.network?.denyOut ?? [],
      }
      const sandbox: LiveSandbox = {
        id,
        templateId: body.templateID,
        metadata: body.metadata ?? {},
        envVars,
        startedAt: now,
        endsAt: now,
        state: 'running',
        endedBy: null,
        network,
        token: randomBytes(16).toString('hex'),
        machine: startMachine(id, envVars),
        timer: null,
      }
      setTtl(sandbox, body.timeout ?? TTL_SECONDS_DEFAULT)
      sandboxes.set(id, sandbox)
      changed()
      return sandbox
    },
    live(id) {
      const sandbox = sandboxes.get(id)
      return sandbox === undefined || sandbox.state === 'gone' ? null : sandbox
    },
    order: (fault) => void faults.push({ ...fault, left: fault.times ?? 1 }),
    meet(op) {
      const fault = faults.find((each) => each.op === op && each.left > 0)
      if (fault === undefined) return null
      fault.left -= 1
      return fault
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
