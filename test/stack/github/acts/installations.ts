/** Installing the App, and everything that owners do to an installation afterwards. */
import { nodeId } from '../ids.ts'
import type { InstallationRecord, RepositoryRecord, UserRecord } from '../records.ts'
import type { Permissions } from '../types.ts'
import { iso, userView } from '../views/common.ts'
import type { Json } from '../views/common.ts'
import { installationView, shortRepositoryView } from '../views/repository.ts'
import type { World } from '../world.ts'

export function install(
  world: World,
  account: UserRecord,
  repositories: readonly RepositoryRecord[] | 'all',
  by: UserRecord,
): InstallationRecord {
  if (!world.registered) throw new Error('The App is not registered yet, so nobody can install it.')
  const known = world.installationOn(account.id)
  if (known) return addRepositories(world, known, repositories, by)
  const at = world.now()
  const installation: InstallationRecord = {
    id: world.ids.take('installation'),
    accountId: account.id,
    createdAt: at,
    updatedAt: at,
    permissions: { ...world.ourApp.permissions },
    events: world.ourApp.events,
    selection: repositories === 'all' ? 'all' : 'selected',
    repositoryIds: new Set(repositories === 'all' ? [] : repositories.map((r) => r.id)),
    suspendedAt: null,
    suspendedById: null,
    deleted: false,
  }
  world.installations.set(installation.id, installation)
  emitInstallation(world, installation, 'created', by, { requester: null })
  return installation
}

function addRepositories(
  world: World,
  installation: InstallationRecord,
  repositories: readonly RepositoryRecord[] | 'all',
  by: UserRecord,
): InstallationRecord {
  const all = [...world.repositories.values()].filter((r) => r.ownerId === installation.accountId)
  const added = (repositories === 'all' ? all : repositories).filter((r) => !world.covers(installation, r))
  if (repositories === 'all') installation.selection = 'all'
  for (const repository of added) installation.repositoryIds.add(repository.id)
  if (added.length > 0) emitRepositories(world, installation, 'added', added, by)
  return installation
}

export function removeRepository(
  world: World,
  installation: InstallationRecord,
  repository: RepositoryRecord,
  by: UserRecord,
): void {
  if (installation.selection === 'all') {
    for (const other of world.repositoriesOf(installation)) installation.repositoryIds.add(other.id)
    installation.selection = 'selected'
  }
  installation.repositoryIds.delete(repository.id)
  emitRepositories(world, installation, 'removed', [repository], by)
}

export function setSuspended(world: World, installation: InstallationRecord, suspended: boolean, by: UserRecord): void {
  installation.suspendedAt = suspended ? world.now() : null
  installation.suspendedById = suspended ? by.id : null
  emitInstallation(world, installation, suspended ? 'suspend' : 'unsuspend', by)
}

export function uninstall(world: World, installation: InstallationRecord, by: UserRecord): void {
  emitInstallation(world, installation, 'deleted', by)
  installation.deleted = true
}

export function setPermissions(
  world: World,
  installation: InstallationRecord,
  permissions: Permissions,
  by: UserRecord,
): void {
  installation.permissions = { ...permissions }
  installation.updatedAt = world.now()
  emitInstallation(world, installation, 'new_permissions_accepted', by)
}

function payloadView(world: World, installation: InstallationRecord): Json {
  // REST shows ISO times here; payloads too since 2021 (before that, epoch seconds).
  return {
    ...installationView(world, installation),
    created_at: iso(installation.createdAt),
    updated_at: iso(installation.updatedAt),
    account: userView(world, world.userById(installation.accountId)),
  }
}

function emitInstallation(
  world: World,
  installation: InstallationRecord,
  action: string,
  by: UserRecord,
  extra: Json = {},
): void {
  const repositories = world.repositoriesOf(installation).map(shortRepositoryView)
  const data = { installation: payloadView(world, installation), repositories, ...extra }
  world.emit({ name: 'installation', action, repository: null, sender: by, data, installation })
}

function emitRepositories(
  world: World,
  installation: InstallationRecord,
  action: 'added' | 'removed',
  repositories: readonly RepositoryRecord[],
  by: UserRecord,
): void {
  const changed = repositories.map(shortRepositoryView)
  const data = {
    installation: payloadView(world, installation),
    repository_selection: installation.selection,
    repositories_added: action === 'added' ? changed : [],
    repositories_removed: action === 'removed' ? changed : [],
    requester: null,
  }
  world.emit({ name: 'installation_repositories', action, repository: null, sender: by, data, installation })
}

export function addRepository(
  world: World,
  owner: UserRecord,
  wanted: { name: string; private?: boolean | undefined; description?: string | undefined; gitDir: string },
): RepositoryRecord {
  const fullName = `${owner.login}/${wanted.name}`
  if (world.findRepository(fullName)) throw new Error(`There is a repository ${fullName} already.`)
  const id = world.ids.take('repository')
  const repository: RepositoryRecord = {
    id,
    nodeId: nodeId('R', id),
    ownerId: owner.id,
    owner: owner.login,
    name: wanted.name,
    fullName,
    private: wanted.private ?? false,
    archived: false,
    description: wanted.description ?? null,
    defaultBranch: 'main',
    gitDir: wanted.gitDir,
    createdAt: world.now(),
    pushedAt: world.now(),
    collaborators: new Map(),
    labels: [],
    lastNumber: 0,
  }
  world.repositories.set(id, repository)
  return repository
}
