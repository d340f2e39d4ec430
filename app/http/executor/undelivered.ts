/**
 * What a job left in its artifact because it could not reach us: the same signed callbacks, held to the same key, chain
 * and addressee as those that arrive by themselves. Only their age does not count: they waited for us.
 */
import { z } from 'zod'

import { parseExecutorEvent } from '../../contracts/callbacks.ts'
import { PROPOSAL_BYTES_MAX } from '../../contracts/executor.ts'
import { check, parseJson } from '../checked.ts'
import { ProblemError } from '../problem.ts'
import type { Log } from '../route.ts'
import { accept } from './callbacks.ts'
import { callerOf } from './caller.ts'
import { JWS_CHARS_MAX, sha256Hex } from './jws.ts'
import type { ExecutorDeps } from './ports.ts'

/** The readable `payload` beside the token is for people; what counts is what was signed. */
const Line = z.object({ jws: z.string().max(JWS_CHARS_MAX) })

type Deps = Pick<ExecutorDeps, 'engine' | 'publicUrl' | 'audit' | 'now'> & {
  proposals: Pick<ExecutorDeps['proposals'], 'putProposal'>
}
type Left = { lines: readonly string[]; proposals: ReadonlyMap<string, Uint8Array> }

/**
 * Takes the callbacks in their order, up to the first that is refused: what comes after it cannot follow. Rejects only
 * when our own store fails, so that the caller comes again.
 */
export async function takeUndelivered(runId: string, left: Left, deps: Deps, log: Log): Promise<void> {
  let taken = 0
  for (const line of left.lines) {
    try {
      const { jws } = check(Line, parseJson(Buffer.from(line)), 'unprocessable')
      await keepProposal(runId, jws, left.proposals, deps)
      await accept(runId, jws, deps, log, 'left')
      taken++
    } catch (error) {
      if (!(error instanceof ProblemError) || error.status >= 500) throw error
      log.warn({ runId, line: taken + 1, code: error.code, reason: error.reason }, 'undelivered_refused')
      break
    }
  }
  log.info({ runId, taken, left: left.lines.length }, 'undelivered_taken')
}

/** A signed callback that names a proposal or a checkpoint brings it along; a digest says that it is the one that was signed. */
async function keepProposal(runId: string, jws: string, proposals: Left['proposals'], deps: Deps): Promise<void> {
  const { payload } = await callerOf('left', jws, runId, '/events', deps)
  const event = parseExecutorEvent(payload)
  if (event?.type !== 'proposal.submitted' && event?.type !== 'checkpoint.saved') return
  const { digest } = event.data
  if (digest === null) return
  const body = proposals.get(digest)
  if (!body || body.length > PROPOSAL_BYTES_MAX || sha256Hex(body) !== digest) return
  await deps.proposals.putProposal(runId, digest, Buffer.from(body), deps.now())
}
