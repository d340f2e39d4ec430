/** A retry over HTTP: the next attempt of the same Run, with the events of the earlier ones kept; and what it starts from. */
import { z } from 'zod'

import { BASE_MOVED_MAX, RetryRequest, RunBaseBody, RunBody } from '../../contracts/api.ts'
import { RunId } from '../../contracts/ids.ts'
import { GATES_BYPASS } from '../../domain/assign-policy.ts'
import { toRunBody } from '../../domain/view.ts'
import { commandOf } from '../idempotency.ts'
import { ProblemError } from '../problem.ts'
import { route } from '../route.ts'
import type { Route } from '../route.ts'
import { personOf } from './access.ts'
import { requireRepositoryAdmin, requireStarter } from './admins.ts'
import { asking, doings, readableRun } from './answers.ts'
import type { ApiPorts } from './ports.ts'

const Params = z.strictObject({ id: RunId })

export function retryRoutes(ports: ApiPorts): Route[] {
  return [base(ports), retry(ports)]
}

function base(ports: ApiPorts): Route {
  return route({
    method: 'GET',
    path: '/api/runs/:id/base',
    access: 'read',
    summary: 'How far the base branch has moved since the attempt started',
    params: Params,
    answer: RunBaseBody,
    async handle({ who, params }) {
      const { repository, baseRef: ref, baseSha: sha } = await readableRun(ports, who, params.id)
      if (sha === null) return { json: { ref, sha, head: null, moved: null } satisfies RunBaseBody }
      ports.access.count(who)
      const head = await asking(ports.github.head(repository, ref))
      const between = head === null || head === sha ? null : await asking(ports.github.compare(repository, sha, head))
      const moved = head === sha ? 0 : between && Math.min(between.commits.length, BASE_MOVED_MAX)
      return { json: { ref, sha, head, moved } satisfies RunBaseBody }
    },
  })
}

function retry(ports: ApiPorts): Route {
  return route({
    method: 'POST',
    path: '/api/runs/:id/retry',
    access: 'write',
    summary: 'Opens the next attempt of a Run that failed or was cancelled',
    description:
      'The next attempt of a Run without gates has none either, so it needs admin access as `gate=none` did.',
    params: Params,
    body: RetryRequest,
    example: { instructions: 'Keep it small.' },
    status: 202,
    answer: RunBody,
    idempotent: true,
    problems: ['not_allowed_now'],
    async handle({ who, req, log, params, body }) {
      if (who.kind === 'anonymous') throw new ProblemError('unauthenticated')
      const run = await readableRun(ports, who, params.id)
      const act = { action: 'run.retry', target: `run:${run.id}`, issue: run.issue.number } as const
      const caller = { who, req, log }
      await requireStarter(ports, caller, run.repository, act, doings.retry)
      if (run.gatesOff) {
        const deed = { ...act, action: GATES_BYPASS, why: null }
        await requireRepositoryAdmin(ports, caller, run.repository, deed, doings.retryWithoutGates)
      }
      const told = body.instructions === undefined ? {} : { instructions: body.instructions }
      const asked = { ip: req.socket.remoteAddress, command: commandOf(who, req) }
      const answer = await ports.retry(run.id, personOf(who), { ...asked, ...told })
      if (!('refused' in answer)) return { json: toRunBody(answer, ports.urls) }
      throw new ProblemError('not_allowed_now', { detail: answer.message, runId: run.id })
    },
  })
}
