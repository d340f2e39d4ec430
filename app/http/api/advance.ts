/**
 * Has a Run that waits for its turn looked at now. What holds it back is not overruled: who asks is told what it is, and
 * the Run starts by itself when it is gone.
 */
import { z } from 'zod'

import { RunBody } from '../../contracts/api.ts'
import { RunId } from '../../contracts/ids.ts'
import { inLineText, notWaitingText, stillBlockedText, stoppedAlreadyText } from '../../domain/render/replies.ts'
import { toRunBody } from '../../domain/view.ts'
import { ProblemError } from '../problem.ts'
import { route } from '../route.ts'
import type { Route } from '../route.ts'
import { requireWriter } from './admins.ts'
import { asking, doings, readableRun } from './answers.ts'
import type { ApiPorts } from './ports.ts'

const Params = z.strictObject({ id: RunId })
/** Tools of the same kind send fields of their own, none of which would overrule anything here. */
const Anything = z.looseObject({})

export function advanceRoute(ports: ApiPorts): Route {
  return route({
    method: 'POST',
    path: '/api/runs/:id/advance',
    access: 'write',
    summary: 'Has a Run that waits for its turn looked at now; refused while something still holds it back',
    params: Params,
    body: Anything,
    status: 202,
    answer: RunBody,
    problems: ['not_allowed_now'],
    async handle({ who, req, log, params }) {
      const { id, repository, issue } = await readableRun(ports, who, params.id)
      const act = { action: 'run.advance', target: `run:${id}`, issue: issue.number } as const
      await requireWriter(ports, { who, req, log }, repository, act, doings.advance)
      const refuse = (detail: string) => new ProblemError('not_allowed_now', { detail, runId: id })
      const run = await ports.advance(id)
      if (!run?.waits) throw refuse(notWaitingText(id))
      if (run.stop) throw refuse(stoppedAlreadyText(run))
      if (run.waits.position !== null) throw refuse(inLineText(id, run.waits.position))
      const issues = await asking(ports.github.openBlockers(repository, issue.number))
      if (issues.length > 0) throw refuse(stillBlockedText(id, issues))
      return { status: 202, json: toRunBody(run, ports.urls) }
    },
  })
}
