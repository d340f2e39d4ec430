/**
 * Ending Runs at once: one, or all of a repository, or all there are (S002-070 to S002-078). A kill is recorded and
 * answered; the death of the sandbox follows within seconds and stands in the ledger. The same kill again does nothing
 * more and gets the same answer.
 */
import { z } from 'zod'

import { KillAllBody, KillAllRequest, KillRequest, RunBody } from '../../contracts/api.ts'
import { RunId } from '../../contracts/ids.ts'
import { runStatuses, isTerminal } from '../../contracts/status.ts'
import type { RepositoryRef } from '../../domain/events.ts'
import type { Asked } from '../../domain/inputs.ts'
import type { Run } from '../../domain/run.ts'
import { commandOf } from '../idempotency.ts'
import { toRunBody } from '../../domain/view.ts'
import { ProblemError } from '../problem.ts'
import { route } from '../route.ts'
import type { Route } from '../route.ts'
import { record, requireAdminOf, requireRepositoryAdmin } from './admins.ts'
import type { Caller } from './admins.ts'
import { doings, readableRun } from './answers.ts'
import type { ApiPorts } from './ports.ts'

const PAGE = 100
/** Live Runs that one kill of all looks at; far above what one installation can have at once. */
const KILL_ALL_RUNS_MAX = 10_000
const PARALLEL_KILLS_MAX = 16
const TRIES_MAX = 3
const live = runStatuses.filter((status) => !isTerminal(status))

export function killRoutes(ports: ApiPorts): Route[] {
  return [killOne(ports), killAll(ports)]
}

function killOne(ports: ApiPorts): Route {
  return route({
    method: 'POST',
    path: '/api/runs/:id/kill',
    access: 'write',
    summary: 'Ends the Run and its sandbox at once; for admins of its repository',
    params: z.strictObject({ id: RunId }),
    body: KillRequest,
    example: { reason: 'It writes nonsense' },
    status: 202,
    answer: RunBody,
    idempotent: true,
    problems: ['run_ended'],
    async handle({ who, req, log, params, body }) {
      const run = await readableRun(ports, who, params.id)
      const why = body.reason ?? null
      const deed = { action: 'run.kill', target: `run:${run.id}`, why }
      const { by, audit } = await requireRepositoryAdmin(ports, { who, req, log }, run.repository, deed, doings.kill)
      const asked = { ip: req.socket.remoteAddress, command: commandOf(who, req) }
      const answer = await kill(ports, run, by, why, asked)
      // One that changes the Run is on record by the engine.
      if (answer.outcome !== 'killed') await audit(answer.outcome)
      if (answer.outcome === 'ended') {
        const detail = `Run ${run.id} has ended already, so there is nothing to kill.`
        throw new ProblemError('run_ended', { detail, runId: run.id })
      }
      return { json: toRunBody(answer.run, ports.urls) }
    },
  })
}

function killAll(ports: ApiPorts): Route {
  return route({
    method: 'POST',
    path: '/api/runs/kill-all',
    access: 'write',
    summary: 'Ends all Runs of a repository, or all there are; the latter turns the kill switch on first',
    body: KillAllRequest,
    example: { scope: { repository: 'acme/shop' }, reason: 'A bad prompt' },
    status: 202,
    answer: KillAllBody,
    idempotent: true,
    async handle({ who, req, log, body }) {
      const caller: Caller = { who, req, log }
      const why = body.reason ?? null
      const named = body.scope === 'all' ? undefined : body.scope.repository
      const deed = { action: 'run.kill_all', why }
      const { repositories, ...admitted } = await requireAdminOf(ports, caller, named, deed, 'killing all its runs')
      // First, so that nothing new is taken on behind the back of what is being ended.
      const switched = repositories
        ? null
        : await switchOn(ports, caller, admitted.by, why).catch((e: unknown) => ({ e }))
      const { hit, failed } = await killLive(ports, caller, repositories, admitted.by, why)
      await admitted.audit(failed.length > 0 ? 'incomplete' : hit.length > 0 ? 'killed' : 'nothing_live')
      if (switched) throw unswitched(switched.e)
      const runs = hit.map((run) => toRunBody(run, ports.urls))
      return { json: { runs, failed, killSwitch: repositories === null } satisfies KillAllBody }
    },
  })
}

async function switchOn(ports: ApiPorts, caller: Caller, by: string, why: string | null): Promise<null> {
  const { changed } = await ports.killSwitch.setSwitch({ on: true, by, reason: why, at: ports.now() })
  const deed = { action: 'kill_switch.on', target: 'kill_switch', why }
  await record(ports, caller, deed, 'allowed', changed ? 'changed' : 'unchanged')
  return null
}

/** A switch that could not be flipped spares no Run that could be killed, but the caller has to know. */
const unswitched = (cause: unknown): ProblemError =>
  new ProblemError('unavailable', {
    reason: 'kill_switch',
    detail: 'The kill switch could not be turned on, so new Runs may start. Ask again at once.',
    headers: { 'retry-after': '1' },
    cause,
  })

/** Kills page by page; one Run that fails does not spare the others. */
async function killLive(
  ports: ApiPorts,
  caller: Caller,
  repositories: readonly RepositoryRef[] | null,
  by: string,
  why: string | null,
): Promise<{ hit: Run[]; failed: string[] }> {
  const hit: Run[] = []
  const failed: string[] = []
  const killOfAll = async (run: Run): Promise<void> => {
    try {
      const answer = await kill(ports, run, by, why, { ip: caller.req.socket.remoteAddress })
      if (answer.outcome !== 'ended') hit.push(answer.run)
      const deed = { action: 'run.kill', target: `run:${run.id}`, why, repository: run.repository }
      if (answer.outcome !== 'killed') await record(ports, caller, deed, 'allowed', answer.outcome)
    } catch (error) {
      caller.log.error({ runId: run.id, error: (error as Error).name }, 'kill failed')
      failed.push(run.id)
    }
  }
  for await (const page of pagesOfLive(ports, repositories)) {
    const queue = [...page]
    const work = async (): Promise<void> => {
      for (let run = queue.shift(); run; run = queue.shift()) await killOfAll(run)
    }
    await Promise.all(Array.from({ length: PARALLEL_KILLS_MAX }, work))
  }
  return { hit, failed }
}

async function* pagesOfLive({ runs }: ApiPorts, repositories: readonly RepositoryRef[] | null): AsyncGenerator<Run[]> {
  const repositoryIds = repositories && repositories.map(({ id }) => id)
  let after: { createdAt: number; id: string } | undefined
  for (let seen = 0; seen < KILL_ALL_RUNS_MAX; seen += PAGE) {
    const page = await runs.list({ statuses: live, repositoryIds, limit: PAGE, ...(after ? { after } : {}) })
    if (page.length > 0) yield page
    if (page.length < PAGE) return
    after = page.at(-1)!
  }
}

type Killed = { outcome: 'killed' | 'repeated'; run: Run } | { outcome: 'ended' }

/** `repeated`: it is being killed already, or it died of that. A write that fails is tried again at once. */
export async function kill(
  ports: Pick<ApiPorts, 'submit' | 'runs' | 'now'>,
  { id }: Pick<Run, 'id'>,
  by: string,
  reason: string | null,
  { ip, command }: Asked,
): Promise<Killed> {
  for (let tries = 1; ; tries++) {
    try {
      const answer = await ports.submit(id, { type: 'kill', by, reason, via: 'api', command, at: ports.now() }, ip)
      if (!('refused' in answer)) return { outcome: 'killed', run: answer }
      const run = (await ports.runs.load(id))?.run
      const dying = run && (run.reason === 'kill' || (!isTerminal(run.status) && run.stop?.kind === 'kill'))
      return dying ? { outcome: 'repeated', run } : { outcome: 'ended' }
    } catch (error) {
      if (tries >= TRIES_MAX) throw error
    }
  }
}
