/**
 * Getting a sandbox from E2B within one deadline: what may pass is tried again, what cannot is not, and whatever a
 * create of unknown outcome may have left behind is looked for and killed without holding up the answer.
 */
import { randomUUID } from 'node:crypto'

import type { Sandbox as SdkSandbox } from 'e2b'

import { REQUEST_TIMEOUT_MS, problemOf } from './e2b-client.ts'
import type { E2bClient, E2bProblem } from './e2b-client.ts'
import { SandboxAcquireError } from './provider.ts'
import type { AcquireSpec } from './provider.ts'

export const ACQUIRE_TRIES_MAX = 8
const BACKOFF_FIRST_MS = 500
const BACKOFF_MS_MAX = 8_000
/** When a sandbox of unknown outcome is looked for, counted from the moment its create failed. */
export const ORPHAN_LOOKS_MS = [500, 2_000, 10_000, 30_000] as const
const ORPHANS_MAX = 20

export interface Orphans {
  /** Starts looking, in the background, for what this attempt left; `keep` is the sandbox that was got in the end. */
  look(spec: AcquireSpec, keep: string | null): void
  /** A sandbox that came after its time. */
  late(sandboxId: string): void
  settle(withinMs: number): Promise<{ killed: string[]; pending: boolean }>
}

export interface OrphanActions {
  /** Ids of the sandboxes with this attempt in their metadata. */
  find(spec: AcquireSpec): Promise<string[]>
  kill(sandboxId: string): Promise<void>
}

export function orphanSearch({ clock }: Pick<E2bClient, 'clock'>, actions: OrphanActions): Orphans {
  const killed = new Set<string>()
  const open = new Set<Promise<void>>()
  const track = (work: Promise<void>) => {
    open.add(work)
    void work.finally(() => open.delete(work))
  }
  const kill = async (id: string) => {
    try {
      await actions.kill(id)
      killed.add(id)
    } catch {
      // The next look finds it again; after the last, its lifetime and the app's reaper end it.
    }
  }
  const search = async (spec: AcquireSpec, keep: string | null) => {
    const failedAt = clock.now()
    for (const lookMs of ORPHAN_LOOKS_MS) {
      await clock.delay(failedAt + lookMs - clock.now(), { background: true })
      const found = await actions.find(spec).catch(() => [])
      for (const id of found.slice(0, ORPHANS_MAX)) if (id !== keep) await kill(id)
    }
  }
  return {
    look: (spec, keep) => track(search(spec, keep)),
    late: (id) => track(kill(id)),
    async settle(withinMs) {
      const bound = new AbortController()
      await Promise.race([Promise.all(open), clock.delay(withinMs, { signal: bound.signal })])
      bound.abort()
      return { killed: [...killed], pending: open.size > 0 }
    },
  }
}

/** Creates a sandbox and makes it `ready`. Rejects with `SandboxAcquireError` only. */
export async function acquireE2b<T>(
  client: E2bClient,
  orphans: Orphans,
  spec: AcquireSpec,
  ready: (sandbox: SdkSandbox, timeoutMs: number) => Promise<T>,
): Promise<T> {
  const { clock } = client
  const deadline = clock.now() + spec.acquireTimeoutMs
  let unknown = false
  let last: E2bProblem = {
    reason: 'sandbox_acquire_timeout',
    passing: false,
    unknown: false,
    detail: 'No time was left.',
  }
  for (let tried = 0; tried < ACQUIRE_TRIES_MAX && clock.now() < deadline; tried++) {
    const tryId = randomUUID()
    const made = await create(client, orphans, spec, deadline, tryId, ready)
    if ('value' in made) {
      if (unknown) orphans.look(spec, made.sandboxId)
      return made.value
    }
    const { problem } = made
    unknown ||= problem.unknown
    // What E2B said tells more than a last try that our own clock cut short.
    if (problem.reason !== 'sandbox_acquire_timeout' || !last.passing) last = problem
    if (!problem.passing || spec.signal?.aborted) break
    const waitMs = Math.max(backoffMs(tried, client.random()), client.retryAfterMs(tryId) ?? 0)
    if (clock.now() + waitMs >= deadline) break
    await clock.delay(waitMs, { signal: spec.signal })
  }
  if (unknown) orphans.look(spec, null)
  throw new SandboxAcquireError(last.reason, `E2B gave no sandbox: ${last.detail}`)
}

type Made<T> = { value: T; sandboxId: string } | { problem: E2bProblem }

async function create<T>(
  client: E2bClient,
  orphans: Orphans,
  spec: AcquireSpec,
  deadline: number,
  tryId: string,
  ready: (sandbox: SdkSandbox, timeoutMs: number) => Promise<T>,
): Promise<Made<T>> {
  const leftMs = () => deadline - client.clock.now()
  const left = leftMs()
  let sandbox: SdkSandbox
  try {
    sandbox = await client.call(
      left,
      async (sdk, signal) => {
        const made = await sdk.Sandbox.create(spec.template ?? 'base', {
          ...client.options(left, signal, tryId),
          ...createOptions(spec),
        })
        if (signal.aborted) orphans.late(made.sandboxId)
        return made
      },
      spec.signal,
    )
  } catch (error) {
    return { problem: problemOf(error) }
  }
  try {
    const value = await ready(sandbox, Math.min(leftMs(), REQUEST_TIMEOUT_MS))
    return { value, sandboxId: sandbox.sandboxId }
  } catch (error) {
    // It exists but is of no use; the next try must not find itself beside it.
    orphans.late(sandbox.sandboxId)
    const problem = problemOf(error)
    return { problem: { ...problem, passing: problem.reason === 'sandbox_provider_error' } }
  }
}

/** `timeoutMs` is the sandbox's lifetime here; the metadata go with the create itself, so that half of one is found. */
function createOptions({ owner, runId, attemptId, env = {}, network, ttlMs }: AcquireSpec) {
  const base = { timeoutMs: ttlMs, metadata: { owner, runId, attemptId }, envs: env }
  if (network === 'none') return { ...base, allowInternetAccess: false }
  if (typeof network === 'object') return { ...base, network: { allowOut: network.allow, denyOut: ['0.0.0.0/0'] } }
  return base
}

/** Exponential with jitter between half and the whole, so that many jobs that failed together do not come together. */
function backoffMs(tried: number, chance: number): number {
  return Math.min(BACKOFF_FIRST_MS * 2 ** tried, BACKOFF_MS_MAX) * (0.5 + chance / 2)
}
