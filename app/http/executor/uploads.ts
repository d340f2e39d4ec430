/** `PUT /proposals/{digest}` and `POST /logs`: what a job hands over besides its events. Who it is comes before the body. */
import { z } from 'zod'

import { LogAnswer, LogLine, LOG_LINES_PER_POST_MAX, Proposal, PROPOSAL_BYTES_MAX } from '../../contracts/executor.ts'
import { RunId, Sha256Hex } from '../../contracts/ids.ts'
import { isTerminal } from '../../contracts/status.ts'
import type { Run } from '../../domain/run.ts'
import { wantedOf } from '../../domain/wanted.ts'
import { mediaType, readChunks, requireIdentityEncoding } from '../body.ts'
import { check, parseJson } from '../checked.ts'
import { ProblemError } from '../problem.ts'
import { route } from '../route.ts'
import type { Route, RouteContext } from '../route.ts'
import { bearerOf } from './caller.ts'
import { sha256Hex, unauthenticated } from './jws.ts'
import type { ExecutorDeps } from './ports.ts'

/** The last lines come after the end of the Run, but not for ever. */
const LOGS_AFTER_END_MS_MAX = 10 * 60_000
const LOG_POST_BYTES_MAX = 4 * 1024 * 1024

/** The same whether it was stored now or before. */
const ProposalAnswer = z.strictObject({ digest: Sha256Hex, bytes: z.int().min(0) })

export function uploadRoutes(deps: ExecutorDeps): Route[] {
  return [
    route({
      method: 'PUT',
      path: '/api/runs/:id/proposals/:digest',
      access: 'executor',
      summary: 'Stores what the agent made, under its digest',
      params: z.strictObject({ id: RunId, digest: Sha256Hex }),
      bodyBytesMax: PROPOSAL_BYTES_MAX,
      sends: { type: 'application/json', schema: Proposal },
      answer: ProposalAnswer,
      others: [{ status: 201, description: 'Stored now', answer: ProposalAnswer }],
      problems: ['run_ended', 'not_allowed_now', 'gone', 'too_many_requests'],
      handle: ({ params, req }) => putProposal(params, req, deps),
    }),
    route({
      method: 'POST',
      path: '/api/runs/:id/logs',
      access: 'executor',
      summary: 'Appends lines to the Run’s log',
      params: z.strictObject({ id: RunId }),
      bodyBytesMax: LOG_POST_BYTES_MAX,
      sends: { type: 'application/x-ndjson', description: 'One `LogLine` a line' },
      problems: ['gone', 'expected_seq'],
      answer: LogAnswer,
      handle: ({ params, req }) => postLogs(params.id, req, deps),
    }),
  ]
}

type Req = RouteContext['req']

async function bodyOf(req: Req, type: string, bytesMax: number): Promise<Buffer> {
  requireIdentityEncoding(req)
  if (mediaType(req) !== type) throw new ProblemError('unsupported_media_type', { detail: `Send ${type}.` })
  const chunks = await readChunks(req, { bytesMax })
  return Buffer.concat(chunks)
}

async function putProposal({ id, digest }: { id: string; digest: string }, req: Req, deps: ExecutorDeps) {
  const { run, payload } = await bearerOf(req, id, `/proposals/${digest}`, deps)
  if (payload.digest !== digest) throw unauthenticated('digest')
  refuseLate(run, deps.now())
  const body = await bodyOf(req, 'application/json', PROPOSAL_BYTES_MAX)
  if (sha256Hex(body) !== digest) {
    throw new ProblemError('unprocessable', { detail: 'The body has another digest than the address names.' })
  }
  const stored = await deps.proposals.putProposal(id, digest, body, deps.now())
  if (stored === 'full') throw new ProblemError('too_many_requests', { detail: 'This Run has handed over enough.' })
  return { status: stored === 'stored' ? 201 : 200, json: { digest, bytes: body.length } }
}

/** Nothing is taken any more of a Run that has ended or paused, is being killed or is past its deadline. */
function refuseLate(run: Run, now: number): void {
  if (isTerminal(run.status)) throw new ProblemError('run_ended')
  if (run.status === 'paused') throw new ProblemError('not_allowed_now', { detail: 'This Run is paused.' })
  if (run.stop?.kind === 'kill') throw new ProblemError('callback_forbidden', { reason: 'only_destroyed' })
  if (run.runDeadlineAt !== null && now > run.runDeadlineAt) throw new ProblemError('gone')
}

async function postLogs(id: string, req: Req, deps: ExecutorDeps) {
  const { run } = await bearerOf(req, id, '/logs', deps)
  const now = deps.now()
  if (run.endedAt !== null && now > run.endedAt + LOGS_AFTER_END_MS_MAX) throw new ProblemError('gone')
  const lines = linesOf(await bodyOf(req, 'application/x-ndjson', LOG_POST_BYTES_MAX))
  const { next, gap } = await deps.logs.appendLogs(id, run.dispatch.id, lines, now)
  if (gap) throw new ProblemError('expected_seq', { detail: `Line ${next} comes first.`, expectedSeq: next })
  return { json: { next, wanted: wantedOf(run) } }
}

/** One JSON object a line, numbered without a gap. What looks like a line break inside of one is a character of it. */
function linesOf(body: Buffer): LogLine[] {
  const lines: LogLine[] = []
  for (let from = 0; from < body.length;) {
    const found = body.indexOf(0x0a, from)
    const to = found === -1 ? body.length : found
    if (to > from) lines.push(check(LogLine, parseJson(body.subarray(from, to)), 'unprocessable'))
    if (lines.length > LOG_LINES_PER_POST_MAX) throw uneven(`At most ${LOG_LINES_PER_POST_MAX} lines go in one post.`)
    from = to + 1
  }
  const [first] = lines
  if (!first) throw uneven('There is no line.')
  if (lines.some(({ n }, index) => n !== first.n + index)) throw uneven('The lines are not numbered without a gap.')
  return lines
}

function uneven(detail: string): ProblemError {
  return new ProblemError('unprocessable', { detail })
}
