/** Gets the sandbox, and gives it back: the two ends of everything that happens in between. */
import { DETAIL_CHARS_MAX } from '#contracts/callbacks.ts'
import { SandboxAcquireError } from '#sandboxes/provider.ts'
import type { AcquireFailure, Sandbox } from '#sandboxes/provider.ts'

import { providerSettings } from './inputs.ts'
import { clip, msSince } from './stage.ts'
import type { Stage } from './stage.ts'
import { backoffMs, wait } from './timing.ts'

/** No agent needs the network so far: what was read in an issue must not be able to send anything away (trust.md row 43). */
const NETWORK = 'none'

/** No sandbox could be had. It has been reported already. */
export class NoSandbox extends Error {
  override readonly name = 'NoSandbox'
}

/** @throws NoSandbox, or Stopped when a wish to stop came first. */
export async function acquireSandbox(stage: Stage): Promise<Sandbox> {
  const { run, world, link, held } = stage
  const { provider: name, attemptId, ttlMs, acquireTimeoutMs, owner, isolation } = run.sandbox
  stage.report({ type: 'sandbox.requested', data: { provider: name, attemptId } })
  const start = performance.now()
  try {
    const provider = await world.providerFor(name, providerSettings(world.inputs.environment, isolation))
    const signal = link.steering.soft
    const limits = { ttlMs, acquireTimeoutMs, signal, network: NETWORK } as const
    held.sandbox = await provider.acquire({ owner, runId: run.runId, attemptId, ...limits })
  } catch (error) {
    link.steering.checkpoint()
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
