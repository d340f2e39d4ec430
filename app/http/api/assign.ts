/** Assigning an agent to an issue over HTTP: what the dashboard's button, programs and the command line do. */
import { randomUUID } from 'node:crypto'

import { z } from 'zod'

import { AssignRequest, RunBody } from '../../contracts/api.ts'
import { RepositoryName, RepositoryOwner } from '../../contracts/ids.ts'
import type { RequestAnswer } from '../../engine.ts'
import { issueTarget } from '../../domain/acts.ts'
import { parseAssignFields } from '../../domain/assign-options.ts'
import type { AssignOptions, CommandProblem } from '../../domain/assign-options.ts'
import { NotAdmitted, nextDayStart } from '../../domain/admission.ts'
import {
  GATES_BYPASS,
  assignProblems,
  isForMaintainers,
  placeProblems,
  runOptionsOf,
} from '../../domain/assign-policy.ts'
import type { RunRequest } from '../../domain/change.ts'
import type { RepositoryRef } from '../../domain/events.ts'
import type { Clocks } from '../../domain/policy.ts'
import { issueClosedText, issueLockedText, notAdmittedText, problemText } from '../../domain/render/replies.ts'
import type { Run } from '../../domain/run.ts'
import { SwitchedOff } from '../../domain/switched-off.ts'
import { toRunBody } from '../../domain/view.ts'
import { idempotencyKeyOf, ownerOf } from '../idempotency.ts'
import { ProblemError } from '../problem.ts'
import { route } from '../route.ts'
import type { Identity, Route, RouteContext } from '../route.ts'
import { personOf } from './access.ts'
import { record, requireStarter } from './admins.ts'
import type { Caller } from './admins.ts'
import { asking, doings } from './answers.ts'
import type { ApiPorts, Assigned, AssignOrder, GitHubReads, NotAssigned } from './ports.ts'
import { readableRepository } from './repository.ts'

export const AssignParams = z.strictObject({
  owner: RepositoryOwner,
  repo: RepositoryName,
  number: z.string().regex(/^[1-9]\d{0,9}$/),
})

export const SWITCHED_OFF = 'An admin has switched all agents off. Try again when they are on.'

/** Both addresses: the one of this API, and the short one that other tools of the kind use. */
export function assignRoutes(ports: ApiPorts): Route[] {
  return ['/api/repos/:owner/:repo/issues/:number/assign-agent', '/issues/:owner/:repo/:number/assign-agent'].map(
    (path) =>
      route({
        method: 'POST',
        path,
        access: 'write',
        summary: 'Assigns an agent to an issue',
        status: 201,
        answer: RunBody,
        example: { agent: 'stub', instructions: 'Keep it small.', timeout: '30m', draft: true },
        idempotent: true,
        problems: ['run_live', 'not_allowed_now', 'quota_used'],
        params: AssignParams,
        body: AssignRequest,
        handle: (context) => assign(ports, context),
      }),
  )
}

type Context = RouteContext<z.output<typeof AssignParams>, unknown, AssignRequest>

async function assign(ports: ApiPorts, { who, params, body, req, log }: Context) {
  if (who.kind === 'anonymous') throw new ProblemError('unauthenticated')
  const caller = { who, req, log }
  const repository = await readableRepository(ports, who, params)
  const number = Number(params.number)
  const act = { action: 'run.assign', target: issueTarget(repository, number), issue: number } as const
  await requireStarter(ports, caller, repository, act, doings.start)
  const { agent, options, problems } = parseAssignFields(body)
  const order: AssignOrder = {
    repository,
    number,
    by: personOf(who),
    agent,
    instructions: body.instructions ?? '',
    options,
    problems,
    mayAdminister: isForMaintainers(options) && (await mayAdminister(ports, caller, repository, number, options)),
    triggerId: triggerOf(who, idempotencyKeyOf(req)),
    ip: req.socket.remoteAddress,
  }
  const assigned = await ports.assign(order)
  if ('problem' in assigned) {
    const { problem, ...facts } = assigned
    throw new ProblemError(problem, problem === 'forbidden' ? { reason: 'needs_admin', ...facts } : facts)
  }
  const { run, created } = assigned
  if (!created && !isAnswerTo(run, order, ports.settings.clocks)) {
    throw new ProblemError('idempotency_mismatch', {
      detail: 'This Idempotency-Key started another Run. Send a new key with a new request.',
    })
  }
  return { status: 201, headers: { location: `/api/runs/${run.id}` }, json: toRunBody(run, ports.urls) }
}

/** A refusal of `gate=none` is on record, as it is for a comment. */
async function mayAdminister(
  ports: ApiPorts,
  caller: Caller,
  repository: RepositoryRef,
  issue: number,
  { gate }: AssignOptions,
): Promise<boolean> {
  if (await asking(ports.access.may(caller.who, 'admin', repository))) return true
  const target = `repository:${repository.owner}/${repository.name}`
  const refused = { action: GATES_BYPASS, target, why: null, repository, issue }
  if (gate === 'none') await record(ports, caller, refused, 'refused', 'needs_admin')
  return false
}

/** The same key by the same caller is the same trigger, and one trigger starts at most one Run, for ever. */
function triggerOf(who: Exclude<Identity, { kind: 'anonymous' }>, key: string | null): string {
  return key === null ? `api:${randomUUID()}` : `api:${ownerOf(who)}:${key}`
}

/** Whether a Run came from a request like this one; `usual` are the clocks of who sets none. */
function isAnswerTo(run: Run, order: AssignOrder, usual: Clocks): boolean {
  const wish = runOptionsOf(order.options ?? {}, order.repository)
  const clocks = { ...usual, ...wish.clocks }
  return (
    run.repository.id === order.repository.id &&
    run.issue.number === order.number &&
    run.instructions === order.instructions &&
    (order.agent === null || run.agent === order.agent) &&
    run.baseRef === wish.baseRef &&
    (run.draft ?? false) === wish.draft &&
    (run.dryRun ?? false) === wish.dryRun &&
    (run.gatesOff ?? false) === wish.gatesOff &&
    (run.priority ?? 'normal') === wish.priority &&
    run.clocks.runMs === clocks.runMs &&
    run.clocks.agentMs === clocks.agentMs
  )
}

interface AssignerDeps {
  issue: GitHubReads['issue']
  /** Whether the repository has a branch of this name. */
  isBranch: (repository: RepositoryRef, branch: string) => Promise<boolean>
  /** Names of the agents; the first is the default. */
  agents: readonly [string, ...string[]]
  /** The cap of `timeout`. */
  timeoutMsMax: number
  request(spec: RunRequest): Promise<RequestAnswer>
  now(): number
}

/** The port `assign` over GitHub and the engine. The caller has checked who asks. */
export function assigner(deps: AssignerDeps): (order: AssignOrder) => Promise<Assigned> {
  return async (order) => {
    const { repository, number, by, agent, instructions, options = {}, triggerId, ip } = order
    const problems = await problemsOf(deps, order)
    if (problems.length > 0) return refusalOf(problems)
    const found = await asking(deps.issue(repository, number))
    if (!found || found.isPullRequest) return { problem: 'not_found', detail: 'There is no such issue.' }
    const why = whyNot(found)
    if (why !== null) return { problem: 'not_allowed_now', detail: why }
    const answer = await orRefusal(deps, {
      repository,
      issue: { number, title: found.title, body: found.body, url: found.url },
      trigger: { via: 'api', id: triggerId, commentId: null, url: null },
      requestedBy: by,
      agent: agent ?? deps.agents[0],
      instructions,
      isBlocked: found.isBlocked,
      ...runOptionsOf(options, repository),
      ...(ip === undefined ? {} : { ip }),
    })
    if ('problem' in answer) return answer
    if (answer.conflict !== 'live') return { created: answer.created, run: answer.run }
    const detail = `Run ${answer.run.id} is already working on this issue. Cancel it first, or wait.`
    return { problem: 'run_live', detail, runId: answer.run.id }
  }
}

/** All that is wrong with the options of an order, as a comment would be told. */
async function problemsOf(
  { agents, timeoutMsMax, isBranch }: AssignerDeps,
  { repository, agent, options = {}, problems = [], mayAdminister = false }: AssignOrder,
): Promise<CommandProblem[]> {
  const { base } = options
  const baseExists = base !== undefined && (await asking(isBranch(repository, base)))
  return [
    ...problems,
    ...assignProblems(agent, options, { agents, defaultAgent: agents[0], timeoutMsMax }),
    ...placeProblems(options, repository, { baseExists, mayAdminister }),
  ]
}

/** Nothing is wrong with these but who asks for them. */
const lacksRight: ReadonlySet<CommandProblem['code']> = new Set(['gate_needs_admin', 'priority_needs_maintain'])

/** In the sentences of the reply to a comment. What only lacks the right to it is forbidden, not malformed. */
function refusalOf(problems: readonly CommandProblem[]): NotAssigned {
  const errors = problems.map((problem) => ({ path: fieldOf(problem), message: problemText(problem) }))
  const problem = problems.every(({ code }) => lacksRight.has(code)) ? 'forbidden' : 'unprocessable'
  return { problem, detail: errors.map(({ message }) => message).join(' '), errors }
}

/** The field of the request that a problem is about. */
function fieldOf(problem: CommandProblem): string {
  switch (problem.code) {
    case 'unknown_agent':
      return 'agent'
    case 'timeout_over_cap':
      return 'timeout'
    case 'base_not_found':
      return 'base'
    case 'gate_needs_admin':
      return 'gate'
    case 'priority_needs_maintain':
      return 'priority'
    case 'bad_value':
      return problem.option
    case 'not_yet':
      return problem.option.split('=')[0]!
    default:
      return ''
  }
}

/** The request, or why no Run is taken on now. */
async function orRefusal(deps: AssignerDeps, spec: RunRequest): Promise<RequestAnswer | NotAssigned> {
  try {
    return await deps.request(spec)
  } catch (error) {
    if (error instanceof SwitchedOff) return { problem: 'not_allowed_now', detail: SWITCHED_OFF }
    if (!(error instanceof NotAdmitted)) throw error
    const detail = notAdmittedText(error.obstacle)
    if (error.obstacle.code !== 'quota_used') return { problem: 'not_allowed_now', detail }
    const now = deps.now()
    const seconds = Math.ceil((nextDayStart(now) - now) / 1_000)
    return { problem: 'quota_used', detail, headers: { 'retry-after': String(seconds) } }
  }
}

/** Why nobody can assign an agent to this issue now, whoever it is; null where somebody could. */
export function whyNot({ state, locked }: { state: 'open' | 'closed'; locked: boolean }): string | null {
  if (state === 'closed') return issueClosedText
  return locked ? issueLockedText : null
}
