/** What who may do: repositories' visibility, an installation's permissions, a person's role. */
import type { Principal } from './auth.ts'
import { ApiError, notByIntegration, notFound, requiresAuthentication } from './errors.ts'
import type { RepositoryRecord, RepositoryRole } from './records.ts'
import type { AccessLevel, Permissions } from './types.ts'
import type { World } from './world.ts'

/** Any one of these permissions is enough. */
export interface Need {
  anyOf: readonly string[]
  level: 'read' | 'write'
  /** The least role of a person; default read for reading and write for writing. */
  role?: RepositoryRole
  /** Needs the permission on public repositories too (logs, artifacts). */
  evenPublic?: boolean
  /** Checks are written by apps only. */
  appsOnly?: boolean
}

const levels: Record<AccessLevel, number> = { read: 1, write: 2, admin: 3 }
const roles: readonly RepositoryRole[] = ['read', 'triage', 'write', 'maintain', 'admin']

export const atLeast = (role: RepositoryRole | null, wanted: RepositoryRole): boolean =>
  role !== null && roles.indexOf(role) >= roles.indexOf(wanted)

export function grants(permissions: Permissions, names: readonly string[], level: AccessLevel): boolean {
  return names.some((name) => {
    const granted = name === 'metadata' ? 'read' : permissions[name]
    return granted !== undefined && levels[granted] >= levels[level]
  })
}

/** The permissions that a token has on a repository; null when it is outside its reach. */
function permissionsOn(world: World, principal: Principal, repository: RepositoryRecord): Permissions | null {
  if (principal.kind === 'installation') {
    const { token, installation } = principal
    const inside = world.covers(installation, repository) && token.repositoryIds?.includes(repository.id) !== false
    return inside ? intersect(token.permissions ?? {}, installation.permissions) : null
  }
  if (principal.kind === 'job') {
    return principal.token.repositoryIds?.includes(repository.id) ? (principal.token.permissions ?? {}) : null
  }
  if (principal.kind === 'user' && principal.token.viaApp) return world.installationOf(repository)?.permissions ?? null
  return null
}

function intersect(a: Permissions, b: Permissions): Permissions {
  const both = Object.entries(a).flatMap(([name, level]) => {
    const other = b[name]
    return other ? [[name, levels[level] <= levels[other] ? level : other] as const] : []
  })
  return Object.fromEntries(both)
}

/** Throws what GitHub answers when `principal` may not do this: 401, 403 or, for what it may not even see, 404. */
export function demand(world: World, principal: Principal, repository: RepositoryRecord, need: Need): void {
  const open = !repository.private
  const reading = need.level === 'read' && open && need.evenPublic !== true
  if (principal.kind === 'none') {
    if (!open) throw notFound()
    if (!reading) throw requiresAuthentication()
    return
  }
  if (principal.kind === 'app' || principal.kind === 'client') throw notByIntegration()
  const granted = permissionsOn(world, principal, repository)
  if (principal.kind === 'user') return demandOfPerson(world, principal, repository, need, granted)
  if (granted === null && !open) throw notFound()
  if (reading) return
  if (granted === null || !grants(granted, need.anyOf, need.level)) throw notByIntegration()
  if (need.level === 'write' && repository.archived) throw archived()
}

function demandOfPerson(
  world: World,
  principal: Extract<Principal, { kind: 'user' }>,
  repository: RepositoryRecord,
  need: Need,
  granted: Permissions | null,
): void {
  const role = world.roleOf(principal.user, repository)
  if (role === null) throw notFound()
  if (need.appsOnly) throw new ApiError(403, 'You must authenticate via a GitHub App.')
  if (principal.token.viaApp) {
    if (granted === null && repository.private) throw notFound()
    const enough = granted !== null && grants(granted, need.anyOf, need.level)
    if (!enough && !(need.level === 'read' && !repository.private)) throw notByIntegration()
  }
  const wanted = need.role ?? (need.level === 'read' ? 'read' : 'write')
  if (!atLeast(role, wanted))
    throw new ApiError(403, `Must have ${wanted === 'admin' ? 'admin' : wanted} rights to Repository.`)
  if (need.level === 'write' && repository.archived) throw archived()
}

const archived = () => new ApiError(403, 'Repository was archived so is read-only.')

/** Whether a principal can see that a repository exists. */
export function visible(world: World, principal: Principal, repository: RepositoryRecord): boolean {
  return passes(world, principal, repository, { anyOf: ['metadata'], level: 'read' })
}
export function mayReadCode(world: World, principal: Principal, repository: RepositoryRecord): boolean {
  return passes(world, principal, repository, { anyOf: ['contents'], level: 'read' })
}
export function mayWriteCode(world: World, principal: Principal, repository: RepositoryRecord): boolean {
  return passes(world, principal, repository, { anyOf: ['contents'], level: 'write' })
}
export function mayWriteWorkflows(world: World, principal: Principal, repository: RepositoryRecord): boolean {
  if (principal.kind === 'user' && !principal.token.viaApp) return true
  const granted = permissionsOn(world, principal, repository)
  return granted !== null && grants(granted, ['workflows'], 'write')
}

/** Narrows a person's or an app's reach to a role, for rules such as "may comment on a locked issue". */
export function roleOfPrincipal(
  world: World,
  principal: Principal,
  repository: RepositoryRecord,
): RepositoryRole | null {
  return principal.kind === 'user' ? world.roleOf(principal.user, repository) : null
}

function passes(world: World, principal: Principal, repository: RepositoryRecord, need: Need): boolean {
  try {
    demand(world, principal, repository, need)
    return true
  } catch {
    return false
  }
}
