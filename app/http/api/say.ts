/** `POST /api/runs/{id}/prompt`: tells the agent of a Run something while it works, as `/agent say` does. */
import { z } from 'zod'

import { PromptRequest, RunBody } from '../../contracts/api.ts'
import { RunId } from '../../contracts/ids.ts'
import { idempotencyKeyOf, nameOfWish } from '../idempotency.ts'
import { ProblemError } from '../problem.ts'
import { route } from '../route.ts'
import type { Route } from '../route.ts'
import { personOf } from './access.ts'
import { requireWriter } from './admins.ts'
import { acted, doings, readableRun } from './answers.ts'
import type { ApiPorts } from './ports.ts'

export function sayRoute(ports: ApiPorts): Route {
  return route({
    method: 'POST',
    path: '/api/runs/:id/prompt',
    access: 'write',
    summary: 'Tells the agent of a Run something, which it reads before its next step',
    description:
      'The message waits with the Run: its ledger says when it was sent (`message.sent`), when the job had it (`message.delivered`) and when the agent took it (`message.seen`). A paused Run hands it over when it is resumed.',
    params: z.strictObject({ id: RunId }),
    body: PromptRequest,
    example: { prompt: 'Use tabs.' },
    status: 202,
    answer: RunBody,
    idempotent: true,
    problems: ['run_ended', 'not_allowed_now'],
    async handle({ who, req, log, params, body }) {
      if (who.kind === 'anonymous') throw new ProblemError('unauthenticated')
      const run = await readableRun(ports, who, params.id)
      const deed = { action: 'run.prompt', target: `run:${run.id}`, issue: run.issue.number } as const
      await requireWriter(ports, { who, req, log }, run.repository, deed, doings.prompt)
      const id = nameOfWish(who, idempotencyKeyOf(req))
      const said = { type: 'say', id, by: personOf(who).login, text: body.prompt, via: 'api' } as const
      const answer = await ports.submit(run.id, { ...said, at: ports.now() }, req.socket.remoteAddress)
      return acted(answer, run.id, ports.urls)
    },
  })
}
