/** Gets the sandbox, and gives it back: the two ends of everything that happens in between. */
import { DETAIL_CHARS_MAX } from '#contracts/callbacks.ts'
import { race, realClock } from '#sandboxes/clock.ts'
import { SandboxAcquireError } from '#sandboxes/provider.ts'
import type { AcquireFailure, Sandbox, SandboxProvider } from '#sandboxes/provider.ts'

import { providerSettings } from './inputs.ts'
import { clip, msSince } from './stage.ts'
import type { Stage } from './stage.ts'
import { backoffMs, wait } from './timing.ts'

/** No agent needs the network so far: what was read in an issue must not be able to send anything away (trust.md row 43). */
const NETWORK = 'none'
/** How often the provider is asked to bring one paused sandbox back. */
const ATTACH_TRIES_MAX = 8
/** E2B takes no shorter one. */
const LIFETIME_MS_MIN = 1_000

/** No sandbox could be had. It has been reported already. */
export class NoSandbox extends Error {
  override readonly name = 'NoSandbox'
}

/** The paused one where there is one, else a new one. @throws NoSandbox, or Stopped when a wish to stop came first. */
export async function acquireSandbox(stage: Stage): Promise<Sandbox> {
  const start = performance.now()
  return (await bringBack(stage, start)) ?? (await makeSandbox(stage, msSince(start)))
}

/** Null when it is not to be had, and the checkpoint has the work. */
async function bringBack(stage: Stage, start: number): Promise<Sandbox | null> {
  const { run, world, held } = stage
  const { provider: name, isolation, ttlMs, acquireTimeoutMs } = run.sandbox
  const id = run.resume?.sandboxId
  if (!id) return null
  const stored = run.resume?.bundleBase64 !== null
  const provider = await world.providerFor(name, providerSettings(world.inputs.environment, isolation))
  // A new one has to be had in the same time.
  const back = await attach(stage, provider, { id, ttlMs, untilMs: start + acquireTimeoutMs / (stored ? 2 : 1) })
  if ('sandbox' in back && back.sandbox) {
    held.sandbox = back.sandbox
    held.attached = true
    world.commands.saveState('sandbox', JSON.stringify({ provider: name, id, isolation }))
    const ms = msSince(start)
    stage.report({ type: 'sandbox.resumed', data: { sandboxId: id, ttlMs, ms } })
    stage.say('info', `The paused sandbox ${id} (${name}) is back after ${ms} ms.`)
    return held.sandbox
  }
  const unknown = 'problem' in back ? back.problem : null
  if (!stored) {
    // What may still be there is not ours to destroy: the app ends it with the Run.
    const lost =
      unknown === null
        ? 'The paused sandbox is gone, and only it had the work so far.'
        : `The paused sandbox could not be brought back, and only it has the work so far: ${unknown}`
    throw failed(stage, new SandboxAcquireError('sandbox_provider_error', lost), start)
  }
  const why = unknown === null ? 'is gone' : `could not be brought back (${unknown})`
  stage.say('warn', `The paused sandbox ${id} ${why}; a new one goes on from the checkpoint.`)
  if (unknown !== null) {
    // It is not to run beside the new one. Where that fails too, the app finds it in the provider's list.
    const leftMs = acquireTimeoutMs - msSince(start)
    await race(realClock, leftMs / 2, stage.link.steering.soft, () => provider.destroy(id))
  }
  return null
}

/**
 * Tries again while the provider fails: that says nothing of the sandbox. Null when it is gone; `problem` when nobody
 * knows. @throws Stopped
 */
async function attach(
  { world, link }: Stage,
  provider: SandboxProvider,
  { id, ttlMs, untilMs }: { id: string; ttlMs: number; untilMs: number },
): Promise<{ sandbox: Sandbox | null } | { problem: string }> {
  const { soft } = link.steering
  let problem = 'The provider did not answer in time.'
  for (let tries = 1; tries <= ATTACH_TRIES_MAX; tries++) {
    const tried = await race(realClock, untilMs - performance.now(), soft, () => provider.attach(id, ttlMs))
    if (tried.kind === 'value') return { sandbox: tried.value }
    link.steering.obey()
    if (tried.kind !== 'error') break
    problem = (tried.error as Error).message
    await wait(Math.min(backoffMs(world.timing, tries), untilMs - performance.now()), soft)
  }
  return { problem }
}

async function makeSandbox(stage: Stage, spentMs: number): Promise<Sandbox> {
  const { run, world, link, held } = stage
  const { provider: name, attemptId, ttlMs, owner, isolation } = run.sandbox
  const acquireTimeoutMs = run.sandbox.acquireTimeoutMs - spentMs
  stage.report({ type: 'sandbox.requested', data: { provider: name, attemptId } })
  // No sandbox before the app knows of it: whatever becomes of this job, somebody looks for what it may have begun.
  await stage.told()
  link.steering.obey()
  const start = performance.now()
  try {
    const provider = await world.providerFor(name, providerSettings(world.inputs.environment, isolation))
    const signal = link.steering.soft
    const limits = { ttlMs, acquireTimeoutMs, signal, network: NETWORK } as const
    held.sandbox = await provider.acquire({ owner, runId: run.runId, attemptId, ...limits })
  } catch (error) {
    link.steering.obey()
    throw failed(stage, error as Error, start)
  }
  const { id: sandboxId, isolation: reached } = held.sandbox
  world.commands.saveState('sandbox', JSON.stringify({ provider: name, id: sandboxId, isolation }))
  const data = { provider: name, sandboxId, isolation: reached, ttlMs, ms: msSince(start) }
  stage.report({ type: 'sandbox.acquired', data })
  stage.say('info', `Sandbox ${sandboxId} (${name}, isolation: ${reached}) is up after ${data.ms} ms.`)
  return held.sandbox
}

function failed(stage: Stage, error: Error, start: number): NoSandbox {
  const reason: AcquireFailure = error instanceof SandboxAcquireError ? error.reason : 'sandbox_provider_error'
  const detail = clip(error.message || error.name, DETAIL_CHARS_MAX)
  const { provider } = stage.run.sandbox
  stage.report({ type: 'sandbox.acquire_failed', data: { provider, reason, detail, ms: msSince(start) } })
  return new NoSandbox(`No sandbox could be had from ${provider}: ${detail}`, { cause: error })
}

/**
 * How a heartbeat renews the sandbox's lifetime. One that was given until after the Run's end keeps that end, however
 * often it is renewed (R5); a shorter one lasts as long again.
 */
export function renewal(ttlMs: number, deadlineAt: number, boundAt: number): (now: number) => number {
  const afterTheEndMs = ttlMs - (deadlineAt - boundAt)
  return (now) => (afterTheEndMs > 0 ? Math.max(LIFETIME_MS_MIN, deadlineAt + afterTheEndMs - now) : ttlMs)
}

/**
 * Destroys the sandbox and reports it; tries again for `destroyMsMax`. A second call while one is under way joins it.
 * What cannot be destroyed stays recorded for the post step, and the app reaps it by its own means.
 */
export function sandboxRelease(stage: Stage): () => Promise<void> {
  let release: Promise<void> | null = null
  return () => {
    if (!stage.held.sandbox) return Promise.resolve()
    release ??= destroy(stage, stage.held.sandbox)
    return release
  }
}

async function destroy(stage: Stage, sandbox: Sandbox): Promise<void> {
  const { timing, commands } = stage.world
  const start = performance.now()
  for (let tries = 1; ; tries++) {
    try {
      await sandbox.destroy()
      break
    } catch (error) {
      const pauseMs = backoffMs(timing, tries)
      if (msSince(start) + pauseMs > timing.destroyMsMax || stage.link.steering.hurried) {
        const text = `${(error as Error).message}. Its lifetime ends it; the app reaps it too.`
        commands.warning('The sandbox could not be destroyed', stage.world.redactor.redact(text))
        return
      }
      await wait(pauseMs)
    }
  }
  commands.saveState('sandbox', '')
  stage.report({ type: 'sandbox.destroyed', data: { sandboxId: sandbox.id, ms: msSince(start) } })
}
