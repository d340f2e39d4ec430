/** Pause and resume over HTTP: the same Run, whose job ends at a checkpoint and is later followed by another one. */
import { z } from 'zod'

import { RunBody } from '../../contracts/api.ts'
import { RunId } from '../../contracts/ids.ts'
import type { Asked, Refusal } from '../../domain/inputs.ts'
import type { Run } from '../../domain/run.ts'
import { commandOf } from '../idempotency.ts'
import { ProblemError } from '../problem.ts'
import { route } from '../route.ts'
import type { Route } from '../route.ts'
import { personOf } from './access.ts'
import { requireWriter } from './admins.ts'
import { acted, doings, readableRun } from './answers.ts'
import type { ApiPorts } from './ports.ts'

type Act = (runId: string, by: string, asked: Asked) => Promise<Run | Refusal>

export function pauseRoutes(ports: ApiPorts): Route[] {
  const pause: Act = (id, by, { ip, command }) =>
    ports.submit(id, { type: 'pause', by, via: 'api', command, at: ports.now() }, ip)
  const resume: Act = (id, by, asked) => ports.resume(id, by, asked)
  return [
    steering(ports, 'pause', 'Asks the Run to pause at its next checkpoint', pause),
    steering(ports, 'resume', 'Goes on with a paused Run from its checkpoint', resume),
  ]
}

function steering(ports: ApiPorts, verb: 'pause' | 'resume', summary: string, act: Act): Route {
  return route({
    method: 'POST',
    path: `/api/runs/:id/${verb}`,
    access: 'write',
    summary,
    params: z.strictObject({ id: RunId }),
    body: z.strictObject({}),
    status: 202,
    answer: RunBody,
    idempotent: true,
    problems: ['run_ended', 'not_allowed_now'],
    async handle({ who, req, log, params }) {
      if (who.kind === 'anonymous') throw new ProblemError('unauthenticated')
      const run = await readableRun(ports, who, params.id)
      const deed = { action: `run.${verb}`, target: `run:${run.id}`, issue: run.issue.number } as const
      await requireWriter(ports, { who, req, log }, run.repository, deed, doings[verb])
      const asked = { ip: req.socket.remoteAddress, command: commandOf(who, req) }
      const answer = await act(run.id, personOf(who).login, asked)
      return acted(answer, run.id, ports.urls)
    },
  })
}
