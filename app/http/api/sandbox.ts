/** Where a Run is executed, how long that may last, and whether the reader may end it. */
import { z } from 'zod'

import { SandboxBody } from '../../contracts/api.ts'
import { RunId } from '../../contracts/ids.ts'
import { isTerminal } from '../../contracts/status.ts'
import type { Run } from '../../domain/run.ts'
import { route } from '../route.ts'
import type { Identity, Route } from '../route.ts'
import { doings, needs, readableRun } from './answers.ts'
import type { ApiPorts } from './ports.ts'

export function sandboxRoute(ports: ApiPorts): Route {
  return route({
    method: 'GET',
    path: '/api/runs/:id/sandbox',
    access: 'read',
    summary: "The Run's sandbox: its kind, state, age and limits",
    params: z.strictObject({ id: RunId }),
    answer: SandboxBody,
    async handle({ who, params }) {
      const run = await readableRun(ports, who, params.id)
      const { sandbox, clocks } = run
      const why = await whyNoKill(ports, who, run)
      const iso = (at: number | undefined) => (at === undefined ? null : new Date(at).toISOString())
      const json: SandboxBody = {
        provider: sandbox?.provider ?? run.sandboxProvider,
        id: sandbox?.id ?? null,
        isolation: sandbox?.isolation ?? null,
        state: sandbox?.state ?? 'none',
        requestedAt: iso(sandbox?.requestedAt),
        endsAt: sandbox?.state === 'live' ? iso(sandbox.endsAt) : null,
        limits: {
          acquireMs: clocks.acquireMs,
          agentMs: clocks.agentMs,
          runMs: clocks.runMs,
          ttlMs: sandbox?.ttlMs ?? null,
        },
        kill: { allowed: why === null, why },
      }
      return { json }
    },
  })
}

/** The sentence next to the button, so that nobody presses one that will refuse. */
async function whyNoKill({ access }: ApiPorts, who: Identity, run: Run): Promise<string | null> {
  if (isTerminal(run.status)) return 'This run has ended, so there is nothing to kill.'
  // Who cannot be asked about is told so by the button itself.
  const may = await access.may(who, 'admin', run.repository).catch(() => true)
  return may ? null : needs('admin', run.repository, doings.kill)
}
