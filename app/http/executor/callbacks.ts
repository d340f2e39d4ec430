/**
 * `POST /events` and `POST /heartbeat`: what a job reports, as a signed token whose payload is the event. The identity
 * of a callback is the digest of its payload, so a resend with a fresh signature is the same callback.
 */
import { z } from 'zod'

import { CallbackAnswer, parseExecutorEvent } from '../../contracts/callbacks.ts'
import { RunId } from '../../contracts/ids.ts'
import { isTerminal } from '../../contracts/status.ts'
import { RunNotFound } from '../../domain/run-store.ts'
import type { Callback } from '../../engine.ts'
import { undeliveredOf } from '../../domain/messages.ts'
import type { Run } from '../../domain/run.ts'
import { wantedOf } from '../../domain/wanted.ts'
import { ProblemError } from '../problem.ts'
import { route } from '../route.ts'
import type { Log, Route } from '../route.ts'
import { callerOf } from './caller.ts'
import { JWS_CHARS_MAX, sha256Hex, unauthenticated } from './jws.ts'
import type { ExecutorDeps } from './ports.ts'
import { problemOf, refusals } from './refusals.ts'

const base = {
  method: 'POST',
  access: 'executor',
  params: z.strictObject({ id: RunId }),
  raw: 'application/jose',
  bodyBytesMax: JWS_CHARS_MAX,
  sends: { type: 'application/jose', description: 'A compact JWS by the key of the job' },
  answer: CallbackAnswer,
  problems: refusals,
} as const

export function callbackRoutes(deps: ExecutorDeps): Route[] {
  return [
    route({
      ...base,
      path: '/api/runs/:id/events',
      summary: 'Takes one signed event of the Run’s executor',
      async handle({ params, bytes, log }) {
        return { json: answerOf(await accept(params.id, bytes.toString('latin1'), deps, log)) }
      },
    }),
    route({
      ...base,
      path: '/api/runs/:id/heartbeat',
      summary: 'Says that the Run’s executor is alive',
      async handle({ params, bytes }) {
        const { run } = await callerOf('heartbeat', bytes.toString('latin1'), params.id, '/heartbeat', deps)
        if (!isTerminal(run.status)) await deps.engine.heartbeat(run.id, deps.now())
        return { json: answerOf(run) }
      },
    }),
  ]
}

function answerOf(run: Run): CallbackAnswer {
  const messages = undeliveredOf(run)
  return { wanted: wantedOf(run), lastSeq: run.dispatch.lastSeq, ...(messages.length > 0 ? { messages } : {}) }
}

type Needed = Pick<ExecutorDeps, 'engine' | 'publicUrl' | 'audit' | 'now'>

/** Verifies a callback and has it folded; `left` is one that came by the artifact. Answers with the Run after it. */
export async function accept(
  runId: string,
  jws: string,
  deps: Needed,
  log: Log,
  way: 'event' | 'left' = 'event',
): Promise<Run> {
  const { run, binding, payload, bytes } = await callerOf(way, jws, runId, '/events', deps)
  const event = parseExecutorEvent(payload)
  if (!event)
    throw new ProblemError('unprocessable', { detail: 'This type of event is not known, or its data does not fit.' })
  const { seq, prev } = payload
  const answer = await submit(runId, deps, {
    dispatchId: run.dispatch.id,
    bind: binding.bind,
    jkt: binding.jkt,
    mark: { seq, prev, digest: sha256Hex(bytes) },
    event,
    jws,
    at: deps.now(),
  })
  if (!('refused' in answer)) return answer.run
  if (answer.refused === 'fork') {
    // One key signed two histories: a stolen key, or an executor that lost its memory. People have to know.
    const trail = { at: deps.now(), actor: `executor:${binding.bind}`, action: 'executor.callback', reason: 'fork' }
    const event = { ...trail, target: `run:${runId}`, outcome: 'refused' as const }
    log.warn({ ...event, seq }, 'security event: conflicting callback')
    await deps.audit(event).catch((error: Error) => log.error({ error: error.name }, 'audit_not_written'))
  }
  throw problemOf(answer)
}

async function submit(runId: string, deps: Needed, callback: Callback) {
  try {
    return await deps.engine.acceptCallback(runId, callback)
  } catch (error) {
    if (error instanceof RunNotFound) throw unauthenticated('unknown_run')
    throw error
  }
}
