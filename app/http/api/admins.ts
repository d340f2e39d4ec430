/**
 * What only admins may do, and the record of it. Every try is written down with who, what and why, the refused ones
 * too (S002-076); a record that cannot be written is an error in the log and never holds up a kill. What people with
 * write access do is on record by the engine (`domain/acts.ts`); who lacks it is, here.
 */
import type { IncomingMessage } from 'node:http'

import { refusedAct } from '../../domain/acts.ts'
import type { Act } from '../../domain/acts.ts'
import type { RepositoryRef } from '../../domain/events.ts'
import type { AuditEvent } from '../../store/audit.ts'
import { ProblemError } from '../problem.ts'
import type { Identity, Log } from '../route.ts'
import { administersAll, personOf } from './access.ts'
import { asking, lacking, needs } from './answers.ts'
import type { ApiPorts } from './ports.ts'

export interface Caller {
  who: Identity
  req: IncomingMessage
  log: Log
}

/** What is asked for: `target` is `run:<id>`, `repository:<owner>/<name>` or a word for everything. */
interface Deed {
  action: string
  target: string
  why: string | null
  /** Where it happens, for the trail that the repository's own admins read. */
  repository?: RepositoryRef | null
  issue?: number
}

interface Admitted {
  /** As the ledger names them. */
  by: string
  /** Records that it was done; `outcome` is a low-cardinality word. */
  audit: (outcome: string) => Promise<void>
}

type Ports = Pick<ApiPorts, 'access' | 'audit' | 'now'>

type ActOf = Pick<Act, 'action' | 'target' | 'issue'>

/** For what changes a Run: refuses with a sentence for people, and records it. `doing` as in `requireAccess`. */
export async function requireWriter(
  ports: Ports,
  caller: Caller,
  repository: RepositoryRef,
  act: ActOf,
  doing: string,
): Promise<void> {
  const allowed = await asking(ports.access.may(caller.who, 'write', repository))
  if (!allowed) throw await refusedWriter(ports, caller, repository, act, doing)
}

/** The same for what starts a Run; see `Access.mayStart`. */
export async function requireStarter(
  ports: Ports,
  caller: Caller,
  repository: RepositoryRef,
  act: ActOf,
  doing: string,
): Promise<void> {
  const allowed = await asking(ports.access.mayStart(caller.who, repository))
  if (!allowed) throw await refusedWriter(ports, caller, repository, act, doing)
}

async function refusedWriter(
  ports: Ports,
  { who, req, log }: Caller,
  repository: RepositoryRef,
  act: ActOf,
  doing: string,
): Promise<ProblemError> {
  if (who.kind !== 'anonymous') {
    const ip = req.socket.remoteAddress
    const { login } = personOf(who)
    const refused = { ...act, login, repository, ip, reason: 'needs_write', via: 'api', at: ports.now() } as const
    await written(ports, refusedAct(refused), log)
  }
  return lacking('write', repository, doing)
}

/** Admins of one repository: maintain or admin on GitHub, an admin of this installation, or a token's role. */
export async function requireRepositoryAdmin(
  ports: Ports,
  caller: Caller,
  repository: RepositoryRef,
  deed: Deed,
  doing: string,
): Promise<Admitted> {
  const allowed = await asking(ports.access.may(caller.who, 'admin', repository))
  return admitted(ports, caller, { repository, ...deed }, allowed, needs('admin', repository, doing))
}

/** Admins of everything; see `administersAll`. */
export function requireGlobalAdmin(ports: Ports, caller: Caller, deed: Deed): Promise<Admitted> {
  return admitted(ports, caller, deed, administersAll(caller.who), 'Only an admin of this Deckhand may do this.')
}

/**
 * Who may do it for what they named: a repository (`owner/name`) by its admins, everything (undefined) by global ones.
 * A repository that is hidden from the caller does not exist. By what we know of ourselves: a kill must not wait for
 * GitHub to say where a repository is. `repositories` are all of that name that the caller administers; `repository` is the
 * youngest of them, or null for everything.
 */
export async function requireAdminOf(
  ports: Ports,
  caller: Caller,
  named: string | undefined,
  deed: Omit<Deed, 'target'> & { target?: string },
  doing: string,
): Promise<Admitted & { repository: RepositoryRef | null; repositories: RepositoryRef[] | null }> {
  if (named === undefined) {
    const admin = await requireGlobalAdmin(ports, caller, { target: 'everything', ...deed })
    return { ...admin, repository: null, repositories: null }
  }
  const [owner = '', name = ''] = named.split('/')
  const visible = await ports.access.readableNamed(caller.who, owner, name, 'now')
  const may = await Promise.all(visible.map((each) => asking(ports.access.may(caller.who, 'admin', each))))
  const repositories = visible.filter((_, at) => may[at])
  const repository = repositories.at(-1) ?? visible.at(-1)
  if (!repository) throw new ProblemError('not_found')
  const target = `repository:${repository.owner}/${repository.name}`
  const admin = await requireRepositoryAdmin(ports, caller, repository, { target, ...deed }, doing)
  return { ...admin, repository, repositories }
}

async function admitted(ports: Ports, caller: Caller, deed: Deed, allowed: boolean, detail: string): Promise<Admitted> {
  const { who } = caller
  if (who.kind === 'anonymous') throw new ProblemError('unauthenticated')
  if (!allowed) {
    await record(ports, caller, deed, 'refused', 'needs_admin')
    throw new ProblemError('forbidden', { reason: 'needs_admin', detail })
  }
  return { by: personOf(who).login, audit: (outcome) => record(ports, caller, deed, 'allowed', outcome) }
}

/** Also for the single deeds of a greater one. */
export async function record(
  { audit, now }: Pick<ApiPorts, 'audit' | 'now'>,
  { who, req, log }: Caller,
  { action, target, why, repository, issue }: Deed,
  outcome: 'allowed' | 'refused',
  reason: string,
): Promise<void> {
  const actor = who.kind === 'person' ? `person:${who.login}` : who.kind === 'token' ? `token:${who.name}` : 'anonymous'
  const ip = req.socket.remoteAddress
  const where = repository ? { repository: `${repository.owner}/${repository.name}` } : {}
  const event = {
    at: now(),
    actor,
    action,
    target,
    outcome,
    reason,
    why,
    via: 'api' as const,
    ...where,
    ...(issue === undefined ? {} : { issue }),
    ...(ip === undefined ? {} : { ip }),
  }
  await written({ audit }, event, log)
}

async function written({ audit }: Pick<ApiPorts, 'audit'>, event: AuditEvent, log: Log): Promise<void> {
  await audit(event).catch((error: Error) => log.error({ ...event, error: error.name }, 'audit_not_written'))
}
