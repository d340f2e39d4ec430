/** Assigning an agent to an issue over HTTP: what the dashboard's button, programs and the command line do. */
import { randomUUID } from 'node:crypto'

import { z } from 'zod'

import { AssignRequest, RunBody } from '../../contracts/api.ts'
import { RepositoryName, RepositoryOwner } from '../../contracts/ids.ts'
import type { RequestAnswer } from '../../engine.ts'
import { issueTarget } from '../../domain/acts.ts'
import type { RunRequest } from '../../domain/change.ts'
import { issueClosedText, issueLockedText } from '../../domain/render/replies.ts'
import type { Run } from '../../domain/run.ts'
import { closest } from '../../domain/suggest.ts'
import { SwitchedOff } from '../../domain/switched-off.ts'
import { toRunBody } from '../../domain/view.ts'
import { idempotencyKeyOf, ownerOf } from '../idempotency.ts'
import { ProblemError } from '../problem.ts'
import { route } from '../route.ts'
import type { Identity, Route, RouteContext } from '../route.ts'
import { personOf } from './access.ts'
import { requireWriter } from './admins.ts'
import { asking } from './answers.ts'
import type { ApiPorts, Assigned, AssignOrder, GitHubReads } from './ports.ts'
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
        example: { agent: 'stub', instructions: 'Keep it small.' },
        idempotent: true,
        problems: ['run_live', 'not_allowed_now'],
        params: AssignParams,
        body: AssignRequest,
        handle: (context) => assign(ports, context),
      }),
  )
}

type Context = RouteContext<z.output<typeof AssignParams>, unknown, AssignRequest>

async function assign(ports: ApiPorts, { who, params, body, req, log }: Context) {
  if (who.kind === 'anonymous') throw new ProblemError('unauthenticated')
  const repository = await readableRepository(ports, who, params)
  const number = Number(params.number)
  const act = { action: 'run.assign', target: issueTarget(repository, number), issue: number } as const
  await requireWriter(ports, { who, req, log }, repository, act, 'starting a run')
  const order: AssignOrder = {
    repository,
    number,
    by: personOf(who),
    agent: body.agent ?? null,
    instructions: body.instructions ?? '',
    triggerId: triggerOf(who, idempotencyKeyOf(req)),
    ip: req.socket.remoteAddress,
  }
  const assigned = await ports.assign(order)
  if ('problem' in assigned) {
    const { problem, detail, runId } = assigned
    throw new ProblemError(problem, { detail, ...(runId === undefined ? {} : { runId }) })
  }
  if (!assigned.created && !isAnswerTo(assigned.run, order)) {
    throw new ProblemError('idempotency_mismatch', {
      detail: 'This Idempotency-Key started another Run. Send a new key with a new request.',
    })
  }
  const { run } = assigned
  return { status: 201, headers: { location: `/api/runs/${run.id}` }, json: toRunBody(run, ports.urls) }
}

/** The same key by the same caller is the same trigger, and one trigger starts at most one Run, for ever. */
function triggerOf(who: Exclude<Identity, { kind: 'anonymous' }>, key: string | null): string {
  return key === null ? `api:${randomUUID()}` : `api:${ownerOf(who)}:${key}`
}

/** Whether a Run came from a request like this one. */
function isAnswerTo(run: Run, order: AssignOrder): boolean {
  return (
    run.repository.id === order.repository.id &&
    run.issue.number === order.number &&
    run.instructions === order.instructions &&
    (order.agent === null || run.agent === order.agent)
  )
}

interface AssignerDeps {
  issue: GitHubReads['issue']
  /** Names of the agents; the first is the default. */
  agents: readonly [string, ...string[]]
  request(spec: RunRequest): Promise<RequestAnswer>
}

/** The port `assign` over GitHub and the engine. The caller has checked who asks. */
export function assigner(deps: AssignerDeps): (order: AssignOrder) => Promise<Assigned> {
  const { agents } = deps
  return async ({ repository, number, by, agent, instructions, triggerId, ip }) => {
    const chosen = agent ?? agents[0]
    if (!agents.includes(chosen)) {
      const nearest = closest(chosen, agents)
      const guess = nearest === null ? '.' : `, did you mean ${nearest}?`
      const detail = `There is no agent of that name${guess} Agents here: ${agents.join(', ')}.`
      return { problem: 'unprocessable', detail }
    }
    const found = await asking(deps.issue(repository, number))
    if (!found || found.isPullRequest) return { problem: 'not_found', detail: 'There is no such issue.' }
    const why = whyNot(found)
    if (why !== null) return { problem: 'not_allowed_now', detail: why }
    const answer = await orSwitchedOff(deps, {
      repository,
      issue: { number, title: found.title, body: found.body, url: found.url },
      trigger: { via: 'api', id: triggerId, commentId: null, url: null },
      requestedBy: by,
      agent: chosen,
      instructions,
      baseRef: repository.defaultBranch,
      ...(ip === undefined ? {} : { ip }),
    })
    if (!answer) return { problem: 'not_allowed_now', detail: SWITCHED_OFF }
    if (answer.conflict !== 'live') return { created: answer.created, run: answer.run }
    const detail = `Run ${answer.run.id} is already working on this issue. Cancel it first, or wait.`
    return { problem: 'run_live', detail, runId: answer.run.id }
  }
}

/** The request, or null while the kill switch is on. */
async function orSwitchedOff(deps: AssignerDeps, spec: RunRequest): Promise<RequestAnswer | null> {
  try {
    return await deps.request(spec)
  } catch (error) {
    if (error instanceof SwitchedOff) return null
    throw error
  }
}

/** Why nobody can assign an agent to this issue now, whoever it is; null where somebody could. */
export function whyNot({ state, locked }: { state: 'open' | 'closed'; locked: boolean }): string | null {
  if (state === 'closed') return issueClosedText
  return locked ? issueLockedText : null
}
