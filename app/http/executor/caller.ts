/**
 * Who speaks on an executor's route: the job that is bound to the Run, shown by its signature. A Run that does not
 * exist is answered like a signature that does not fit, after the same work (trust.md row 20).
 */
import { generateKeyPairSync } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

import type { z } from 'zod'

import { HeartbeatPayload, jwsTypes, RequestPayload, CallbackPayload } from '../../contracts/callbacks.ts'
import type { Binding } from '../../domain/events.ts'
import type { Run } from '../../domain/run.ts'
import { parseSigned } from '../checked.ts'
import { ProblemError } from '../problem.ts'
import { CALLBACK_AGE_MAX_SECONDS, REQUEST_AGE_MAX_SECONDS, unauthenticated, verifyJws } from './jws.ts'
import type { ExecutorDeps } from './ports.ts'

/** Its private half is thrown away at once: what is verified with it never fits. */
const NOBODYS_KEY = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }).x!

const kinds = {
  event: { typ: jwsTypes.event, schema: CallbackPayload, ageMaxSeconds: CALLBACK_AGE_MAX_SECONDS },
  /** An event that a job left behind: as old as it may be, the chain it stands in says that it is new to us. */
  left: { typ: jwsTypes.event, schema: CallbackPayload, ageMaxSeconds: Infinity },
  heartbeat: { typ: jwsTypes.heartbeat, schema: HeartbeatPayload, ageMaxSeconds: CALLBACK_AGE_MAX_SECONDS },
  request: { typ: jwsTypes.request, schema: RequestPayload, ageMaxSeconds: REQUEST_AGE_MAX_SECONDS },
} as const
type Kind = keyof typeof kinds

export interface Caller<Payload> {
  run: Run
  binding: Binding
  payload: Payload
  /** The payload's bytes as they were signed. */
  bytes: Uint8Array
}

type Needed = Pick<ExecutorDeps, 'engine' | 'publicUrl' | 'now'>

/** Verifies a token of the Run's job for exactly this URL. Throws 401, 403 (another job's) or 422 (what it says). */
export async function callerOf<K extends Kind>(
  kind: K,
  jws: string,
  runId: string,
  path: string,
  deps: Needed,
): Promise<Caller<z.infer<(typeof kinds)[K]['schema']>>> {
  // An event is written against the newest version in any case, so that whose key it has may be told from memory. All
  // else is answered from what the Run is now.
  const seen = kind === 'event' ? deps.engine.seen(runId) : null
  if (!seen) return verify(kind, jws, runId, path, deps, await deps.engine.load(runId))
  try {
    return await verify(kind, jws, runId, path, deps, seen)
  } catch (error) {
    const run = await deps.engine.load(runId)
    const known = seen.dispatch.binding?.bind === run?.dispatch.binding?.bind
    if (known) throw error
    return verify(kind, jws, runId, path, deps, run)
  }
}

async function verify<K extends Kind>(
  kind: K,
  jws: string,
  runId: string,
  path: string,
  deps: Needed,
  run: Run | null,
): Promise<Caller<z.infer<(typeof kinds)[K]['schema']>>> {
  const { typ, schema, ageMaxSeconds } = kinds[kind]
  const binding = run?.dispatch.binding ?? null
  const nowSeconds = Math.floor(deps.now() / 1000)
  const bytes = await verifyJws(jws, { x: binding?.publicKeyX ?? NOBODYS_KEY, typ, ageMaxSeconds, nowSeconds })
  if (!run || !binding) throw unauthenticated('unknown_run')
  const payload = contentOf(bytes, schema) as z.infer<(typeof kinds)[K]['schema']>
  if (payload.iss !== binding.jkt) throw unauthenticated('issuer')
  if (payload.aud !== `${deps.publicUrl}/api/runs/${runId}${path}`) throw unauthenticated('audience')
  if (payload.bind !== binding.bind) throw new ProblemError('callback_forbidden', { reason: 'foreign_job' })
  return { run, binding, payload, bytes }
}

/** The same for a request that brings its token in `Authorization`. */
export function bearerOf(req: IncomingMessage, runId: string, path: string, deps: ExecutorDeps) {
  const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/.exec(req.headers.authorization ?? '')?.[1]
  return callerOf('request', token ?? 'e30.e30.e30', runId, path, deps)
}

/** What is signed but does not fit is the executor's fault, not a stranger's: 422. */
function contentOf(bytes: Uint8Array, schema: z.ZodType): unknown {
  let json: unknown
  try {
    json = parseSigned(bytes)
  } catch (cause) {
    if (cause instanceof ProblemError && cause.code === 'unprocessable') throw cause
    throw new ProblemError('unprocessable', { detail: 'The payload is not acceptable JSON.', cause })
  }
  const parsed = schema.safeParse(json)
  if (!parsed.success) {
    const errors = parsed.error.issues.slice(0, 10).map(({ path, message }) => ({ path: path.join('.'), message }))
    throw new ProblemError('unprocessable', { errors })
  }
  return parsed.data
}
