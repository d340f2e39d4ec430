/**
 * Sandboxes as the provider lists them beside what Runs say of theirs: one that no Run owns costs money and holds
 * somebody's code, so it is named, and can be ended by hand before the reaper comes.
 */
import { z } from 'zod'

import { KillSandboxBody, KillSandboxRequest, SandboxList } from '../../../contracts/admin.ts'
import type { ListedSandbox } from '../../../contracts/admin.ts'
import { RunId } from '../../../contracts/ids.ts'
import { isTerminal, runStatuses, statusView } from '../../../contracts/status.ts'
import type { RepositoryRef } from '../../../domain/events.ts'
import { standingOf } from '../../../domain/orphans.ts'
import type { Run } from '../../../domain/run.ts'
import { commandOf } from '../../idempotency.ts'
import { ProblemError } from '../../problem.ts'
import { route } from '../../route.ts'
import type { Route } from '../../route.ts'
import { requireAdminOf, requireGlobalAdmin, requireRepositoryAdmin } from '../admins.ts'
import { asking } from '../answers.ts'
import { kill } from '../kill.ts'
import type { ApiPorts } from '../ports.ts'
import { iso, isoOrNull, repositoryParameter } from './overview.ts'
import type { SandboxFacts, SandboxPort } from './ports.ts'

/** Far above what one installation can have at once; beyond it the list says that it is not complete. */
const SANDBOXES_LISTED_MAX = 1_000
/** Live Runs that are asked for the sandbox that they name. */
const LIVE_RUNS_MAX = 200
const PARALLEL_LOADS_MAX = 16
const live = runStatuses.filter((status) => !isTerminal(status))

export function sandboxRoutes(ports: ApiPorts): Route[] {
  return [listed(ports), killed(ports)]
}

function listed(ports: ApiPorts): Route {
  return route({
    method: 'GET',
    path: '/api/admin/sandboxes',
    access: 'signed_in',
    summary: 'Sandboxes as the provider lists them, beside the Runs that name them',
    query: z.strictObject({ repository: repositoryParameter }),
    answer: SandboxList,
    problems: ['not_found'],
    async handle({ who, req, log, query }) {
      const deed = { action: 'sandbox.list', why: null }
      const caller = { who, req, log }
      const { repository } = await requireAdminOf(ports, caller, query.repository, deed, 'seeing its sandboxes')
      const provider = await ports.admin.sandboxes()
      const { found, complete } = await listOf(provider)
      const rows = await besideRuns(ports, found)
      const mine = rows.filter(({ run }) => !repository || run?.repository.id === repository.id)
      const unlisted = await namedByRunsOnly(ports, repository, found)
      const sandboxes = [...mine.map(({ body }) => body), ...unlisted]
      const { name, reach } = provider
      return { json: { provider: name, reach, complete, sandboxes } satisfies SandboxList }
    },
  })
}

async function listOf(provider: SandboxPort): Promise<{ found: SandboxFacts[]; complete: boolean }> {
  const found: SandboxFacts[] = []
  if (provider.reach !== 'anywhere') return { found, complete: true }
  try {
    for await (const each of provider.list()) {
      if (found.length === SANDBOXES_LISTED_MAX) return { found, complete: false }
      found.push(each)
    }
  } catch (cause) {
    const detail = 'The sandbox provider could not be asked just now. Try again in a minute.'
    throw new ProblemError('unavailable', { reason: 'sandboxes', detail, headers: { 'retry-after': '60' }, cause })
  }
  return { found, complete: true }
}

interface Row {
  body: ListedSandbox
  run: Run | null
}

async function besideRuns(ports: ApiPorts, found: readonly SandboxFacts[]): Promise<Row[]> {
  const rows: Row[] = []
  const now = ports.now()
  for (let start = 0; start < found.length; start += PARALLEL_LOADS_MAX) {
    const some = found.slice(start, start + PARALLEL_LOADS_MAX)
    const runs = await Promise.all(some.map(({ runId }) => runOf(ports, runId)))
    rows.push(...some.map((facts, index) => rowOf(facts, runs[index] ?? null, now)))
  }
  return rows
}

/** A provider's metadata is what somebody else may have written: anything but a Run's id names no Run. */
async function runOf({ runs }: Pick<ApiPorts, 'runs'>, runId: string): Promise<Run | null> {
  if (!RunId.safeParse(runId).success) return null
  return (await runs.load(runId))?.run ?? null
}

function rowOf(facts: SandboxFacts, run: Run | null, now: number): Row {
  const startedAt = facts.startedAt.getTime()
  const body: ListedSandbox = {
    id: facts.id,
    state: standingOf({ id: facts.id, attemptId: facts.attemptId, startedAt }, run, now),
    startedAt: iso(startedAt),
    endsAt: isoOrNull(facts.endsAt?.getTime() ?? null),
    run: run && runBodyOf(run),
  }
  return { body, run }
}

function runBodyOf({ id, repository, issue, status, reason }: Run): NonNullable<ListedSandbox['run']> {
  const view = { ...statusView(status, reason) }
  return { id, repository: `${repository.owner}/${repository.name}`, issue: issue.number, title: issue.title, view }
}

/** What live Runs name and the provider does not list. */
async function namedByRunsOnly(
  { runs }: ApiPorts,
  repository: RepositoryRef | null,
  found: readonly SandboxFacts[],
): Promise<ListedSandbox[]> {
  const ids = new Set(found.map(({ id }) => id))
  const repositoryIds = repository ? [repository.id] : null
  const alive = await runs.list({ statuses: live, repositoryIds, limit: LIVE_RUNS_MAX })
  return alive.flatMap((run): ListedSandbox[] => {
    const { sandbox } = run
    if (!sandbox || sandbox.state !== 'live' || (sandbox.id !== null && ids.has(sandbox.id))) return []
    const { id, requestedAt, endsAt } = sandbox
    return [{ id, state: 'unlisted', startedAt: iso(requestedAt), endsAt: isoOrNull(endsAt), run: runBodyOf(run) }]
  })
}

function killed(ports: ApiPorts): Route {
  return route({
    method: 'POST',
    path: '/api/admin/sandboxes/:id/kill',
    access: 'signed_in',
    summary: 'Ends a sandbox at once, and with it its Run where that is at work',
    params: z.strictObject({ id: z.string().regex(/^[\w-]{1,100}$/) }),
    body: KillSandboxRequest,
    example: { reason: 'It has no Run' },
    idempotent: true,
    status: 202,
    answer: KillSandboxBody,
    async handle({ who, req, log, params, body }) {
      const caller = { who, req, log }
      const why = body.reason
      const deed = { action: 'sandbox.kill', target: `sandbox:${params.id}`, why }
      // A look at the provider's list is many requests, and its limits are those of the Runs.
      ports.access.count(who)
      const provider = await ports.admin.sandboxes()
      const facts = (await listOf(provider)).found.find(({ id }) => id === params.id)
      const owner = facts ? await runOf(ports, facts.runId) : null
      // Whoever may not read its repository learns no more than of a sandbox that is not there.
      const run = owner && (await ports.access.mayList(who, 'read', owner.repository)) ? owner : null
      // What is not there, or of nobody's Run, is for those who administer everything.
      const { by, audit } = run
        ? await requireRepositoryAdmin(ports, caller, run.repository, deed, 'killing its sandboxes')
        : await requireGlobalAdmin(ports, caller, deed)
      if (!facts) {
        const detail = 'The provider lists no such sandbox of this Deckhand. It may be gone already.'
        throw new ProblemError('not_found', { detail })
      }
      const sandbox = { id: facts.id, attemptId: facts.attemptId, startedAt: facts.startedAt.getTime() }
      if (run && standingOf(sandbox, run, ports.now()) === 'in_use') {
        const { outcome } = await kill(ports, run, by, why, {
          ip: req.socket.remoteAddress,
          command: commandOf(who, req),
        })
        await audit(`run_${outcome}`)
        if (outcome !== 'ended') return { json: { killed: 'run', runId: run.id } }
      }
      await asking(provider.destroy(facts.id), 'The sandbox provider')
      await audit('killed')
      return { json: { killed: 'sandbox', runId: run?.id ?? null } satisfies KillSandboxBody }
    },
  })
}
