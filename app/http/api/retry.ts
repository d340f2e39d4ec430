/** A retry over HTTP: the next attempt of the same Run, with the events of the earlier ones kept. */
import { z } from 'zod'

import { RunBody } from '../../contracts/api.ts'
import { RunId } from '../../contracts/ids.ts'
import { toRunBody } from '../../domain/view.ts'
import { ProblemError } from '../problem.ts'
import { route } from '../route.ts'
import type { Route } from '../route.ts'
import { personOf } from './access.ts'
import { requireWriter } from './admins.ts'
import { readableRun } from './answers.ts'
import type { ApiPorts } from './ports.ts'

export function retryRoutes(ports: ApiPorts): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/runs/:id/retry',
      access: 'write',
      summary: 'Opens the next attempt of a Run that failed or was cancelled',
      params: z.strictObject({ id: RunId }),
      body: z.strictObject({}),
      status: 202,
      answer: RunBody,
      idempotent: true,
      problems: ['not_allowed_now'],
      async handle({ who, req, log, params }) {
        if (who.kind === 'anonymous') throw new ProblemError('unauthenticated')
        const run = await readableRun(ports, who, params.id)
        const act = { action: 'run.retry', target: `run:${run.id}`, issue: run.issue.number } as const
        await requireWriter(ports, { who, req, log }, run.repository, act, 'retry this Run')
        const answer = await ports.retry(run.id, personOf(who), req.socket.remoteAddress)
        if (!('refused' in answer)) return { json: toRunBody(answer, ports.urls) }
        throw new ProblemError('not_allowed_now', { detail: answer.message, runId: run.id })
      },
    }),
  ]
}
