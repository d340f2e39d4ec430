/**
 * `POST /bind`: a job proves that it is the one that was dispatched, and gets everything that it needs. The first job to
 * bind has the Run; whoever comes after it is told so (trust.md facts 3 and rows 11 to 16).
 */
import { z } from 'zod'

import { BindAnswer, BindRequest, Checkpoint, PROPOSAL_BYTES_MAX, providerNames } from '../../contracts/executor.ts'
import { RunId } from '../../contracts/ids.ts'
import type { AgentReading } from '../../contracts/onboarding.ts'
import { isTerminal } from '../../contracts/status.ts'
import { jobCan } from '../../domain/abilities.ts'
import { attemptIdOf, instructionsOf } from '../../domain/attempts.ts'
import { messagesToBegin } from '../../domain/messages.ts'
import { reasonText } from '../../domain/render/reasons.ts'
import type { Run } from '../../domain/run.ts'
import { wantedOf } from '../../domain/wanted.ts'
import { parseJson } from '../checked.ts'
import { ProblemError } from '../problem.ts'
import { route } from '../route.ts'
import type { Log, Route } from '../route.ts'
import { sameSecret, unauthenticated, verifyProof } from './jws.ts'
import { judgeClaims, oidcVerifier } from './oidc.ts'
import type { JobClaims, VerifyOidc } from './oidc.ts'
import type { ExecutorDeps } from './ports.ts'
import { problemOf, refusals } from './refusals.ts'

/** Room for a token that is far too long, so that it is refused as a token (trust.md row 11). */
const BIND_BYTES_MAX = 2 * 1024 * 1024
const RETRY_AFTER_SECONDS = '1'
/** What an agent gets at least that was paused when its time was nearly over. */
const AGENT_MS_MIN = 1_000

export function bindRoute(deps: ExecutorDeps): Route {
  const verifyOidc = oidcVerifier(deps.oidc.issuer, deps.now)
  return route({
    method: 'POST',
    path: '/api/runs/:id/bind',
    access: 'executor',
    summary: 'Binds a job to the Run that it was dispatched for',
    params: z.strictObject({ id: RunId }),
    raw: 'application/json',
    bodyBytesMax: BIND_BYTES_MAX,
    sends: { type: 'application/json', schema: BindRequest },
    answer: BindAnswer,
    problems: refusals,
    async handle({ params, bytes, log }) {
      return { json: await bind(params.id, requestOf(bytes), { deps, verifyOidc, log }) }
    },
  })
}

interface World {
  deps: ExecutorDeps
  verifyOidc: VerifyOidc
  log: Log
}

function requestOf(bytes: Buffer): BindRequest {
  const parsed = BindRequest.safeParse(parseJson(bytes))
  if (parsed.success) return parsed.data
  const { issues } = parsed.error
  if (issues.some(({ code, path }) => code === 'too_big' && path[0] !== 'abilities'))
    throw unauthenticated('token_too_long')
  const errors = issues.slice(0, 10).map(({ path, message }) => ({ path: path.join('.'), message }))
  throw new ProblemError('unprocessable', { errors })
}

async function bind(runId: string, request: BindRequest, world: World): Promise<BindAnswer> {
  const { deps } = world
  const audience = `${deps.publicUrl}/runs/${runId}`
  const payload = await world.verifyOidc(request.oidc, audience)
  const key = await verifyProof(request.proof, {
    audience: `${deps.publicUrl}/api/runs/${runId}/bind`,
    oidc: request.oidc,
    nowSeconds: Math.floor(deps.now() / 1000),
  })
  const run = await deps.engine.load(runId)
  // From here on the caller is a job of GitHub Actions; a Run that is not there is not told from one that is not its.
  if (!run) return refuse(runId, 'unknown_run', null, world)
  const repository = await deps.executorRepository(run)
  const judged = judgeClaims(payload, { ...deps.oidc, audience, repository })
  if ('refused' in judged) return refuse(runId, judged.refused, null, world)
  const { claims } = judged
  const known = sameSecret(request.nonce, deps.nonceFor(request.dispatchId))
  if (!known || request.dispatchId !== run.dispatch.id) return refuse(runId, 'nonce', claims, world)
  if (run.baseSha === null) {
    // The job was faster than GitHub's answer to our dispatch.
    throw comeAgain('The dispatch is not recorded yet. Try again.')
  }
  // A job that waited at GitHub while the switch was thrown asks again for as long as it waits for its bind.
  if (run.dispatch.binding === null && (await deps.switchedOff().catch(() => true))) {
    throw comeAgain('The kill switch is on: no job begins.')
  }
  const bound = await submit(run, request, claims, key, world)
  const reading = await deps.reading(bound)
  if (reading && !jobCan(bound, 'reading')) return endTooOld(bound, claims, world)
  await audited(runId, 'allowed', null, claims, world)
  return answerOf(bound, run.baseSha, reading, deps)
}

const comeAgain = (detail: string): ProblemError =>
  new ProblemError('unavailable', { detail, headers: { 'retry-after': RETRY_AFTER_SECONDS } })

async function submit(
  run: Run,
  { dispatchId, abilities }: BindRequest,
  claims: JobClaims,
  key: { x: string; thumbprint: string },
  world: World,
): Promise<Run> {
  const { deps } = world
  const binding = {
    bind: `${claims.run_id}.${claims.run_attempt}.${claims.check_run_id}`,
    workflowRunId: Number(claims.run_id),
    runAttempt: Number(claims.run_attempt),
    checkRunId: Number(claims.check_run_id),
    jkt: key.thumbprint,
    publicKeyX: key.x,
    trust: 'oidc' as const,
    workflowSha: claims.job_workflow_sha,
    ...(abilities ? { abilities } : {}),
  }
  const bound = await deps.engine.submit(run.id, { type: 'bind', dispatchId, binding, at: deps.now() })
  if ('refused' in bound) {
    await audited(run.id, 'refused', bound.refused, claims, world)
    throw problemOf(bound)
  }
  // The same job again, after the end: there is nothing left for which it would need a token.
  if (isTerminal(bound.status)) throw new ProblemError('run_ended', { runId: run.id })
  if (bound.status === 'paused') {
    throw new ProblemError('not_allowed_now', { detail: 'The Run is paused: this job is done.', runId: run.id })
  }
  return bound
}

/**
 * Without what admins want read the agent must not begin, and this job's action would not understand it. The Run ends
 * before the job is answered, so that people read why where they look.
 */
async function endTooOld(run: Run, claims: JobClaims, world: World): Promise<never> {
  const reason = 'action_too_old'
  const outcome = { type: 'refused' as const, data: { reason, detail: null } } as const
  await world.deps.engine.submit(run.id, { type: 'outcome', outcome, at: world.deps.now() })
  await audited(run.id, 'refused', reason, claims, world)
  const { cause, remedy } = reasonText(reason, null)
  throw new ProblemError('unprocessable', { detail: `${cause} ${remedy}`, reason: `bind_${reason}`, runId: run.id })
}

/** Says no without saying why; the reason goes to the audit trail. */
async function refuse(runId: string, reason: string, claims: JobClaims | null, world: World): Promise<never> {
  await audited(runId, 'refused', reason, claims, world)
  throw new ProblemError('callback_forbidden', { reason: `bind_${reason}` })
}

async function audited(
  runId: string,
  outcome: 'allowed' | 'refused',
  reason: string | null,
  claims: JobClaims | null,
  { deps, log }: World,
): Promise<void> {
  const actor = claims ? `job:${claims.repository}/${claims.run_id}.${claims.run_attempt}` : 'job'
  const event = { at: deps.now(), actor, action: 'executor.bind', target: `run:${runId}`, outcome, reason }
  // A trail that cannot be written must not stop a job; the log has the same line.
  await deps.audit(event).catch((error: Error) => log.error({ ...event, error: error.name }, 'audit_not_written'))
}

async function answerOf(
  run: Run,
  baseSha: string,
  reading: AgentReading | null,
  deps: ExecutorDeps,
): Promise<BindAnswer> {
  const { id, owner, name } = run.repository
  const runDeadlineAt = run.runDeadlineAt ?? deps.now() + run.clocks.runMs
  const { digest, ...issue } = run.issue
  const messages = messagesToBegin(run)
  return {
    runId: run.id,
    attempt: run.attempt,
    bind: run.dispatch.binding!.bind,
    lastSeq: run.dispatch.lastSeq,
    lastDigest: run.dispatch.lastDigest,
    wanted: wantedOf(run),
    repository: {
      id,
      owner,
      name,
      private: run.repository.private,
      cloneUrl: `${deps.githubUrl}/${owner}/${name}.git`,
    },
    base: { ref: run.baseRef, sha: baseSha },
    issue: { ...issue, digest },
    instructions: instructionsOf(run),
    requestedBy: run.requestedBy.login,
    agent: { name: run.agent, timeoutMs: Math.max(AGENT_MS_MIN, run.clocks.agentMs - (run.checkpoint?.workedMs ?? 0)) },
    sandbox: {
      provider: providerOf(run.sandboxProvider),
      isolation: deps.sandbox.isolation,
      owner: deps.sandbox.owner,
      attemptId: attemptIdOf(run),
      ttlMs: ttlOf(run, runDeadlineAt - deps.now()),
      acquireTimeoutMs: run.clocks.acquireMs,
    },
    limits: {
      heartbeatMs: run.clocks.heartbeatMs,
      heartbeatLostMs: run.clocks.heartbeatLostMs,
      runDeadlineAt: new Date(runDeadlineAt).toISOString(),
      proposalBytesMax: PROPOSAL_BYTES_MAX,
    },
    ...(await resumeOf(run, deps)),
    ...(messages.length > 0 ? { messages } : {}),
    ...(reading ? { reading } : {}),
    token: await deps.readToken(run.repository),
  }
}

/**
 * Where the paused job left off. A checkpoint that the store does not have leaves the sandbox to go on in; without
 * either a job would skip the steps that are done and lose what they made.
 */
async function resumeOf(run: Run, { proposals }: ExecutorDeps): Promise<Pick<BindAnswer, 'resume'>> {
  const { checkpoint, sandbox } = run
  const sandboxId = sandbox?.state === 'paused' ? sandbox.id : null
  if (!checkpoint && sandboxId === null) return {}
  const digest = checkpoint?.digest ?? null
  const bytes = digest === null ? null : await proposals.getProposal(run.id, digest)
  const stored = bytes && Checkpoint.safeParse(parseJson(bytes))
  const bundleBase64 = stored?.success ? stored.data.bundleBase64 : null
  if (bundleBase64 === null && sandboxId === null) {
    const what =
      digest === null
        ? 'Only the sandbox had the work of this Run so far, and it is gone.'
        : 'The checkpoint of this Run is not one.'
    throw new ProblemError('unprocessable', { detail: `${what} Cancel it and try again.` })
  }
  return { resume: { step: checkpoint?.step ?? 0, sandboxId, bundleBase64 } }
}

/**
 * How long the provider keeps the sandbox without another word. Heartbeats renew it. What only the runner reaches has
 * to end soon after the last one, because nobody else can end it (R5); elsewhere it is the last resort past the Run.
 */
function ttlOf({ clocks, sandboxProvider }: Run, runLeftMs: number): number {
  const untilTheEnd = Math.max(0, runLeftMs) + clocks.sandboxMarginMs
  return sandboxProvider === 'local' ? Math.min(clocks.heartbeatLostMs + clocks.heartbeatMs, untilTheEnd) : untilTheEnd
}

function providerOf(name: string): BindAnswer['sandbox']['provider'] {
  const provider = providerNames.find((each) => each === name)
  if (!provider) throw new Error(`The sandbox provider ${name} is not one that the executor knows`)
  return provider
}
