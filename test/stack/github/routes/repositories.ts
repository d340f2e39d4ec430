/** Repositories, their people, and dispatching events to their workflows. */
import { roleOfPrincipal } from '../access.ts'
import { actorOf } from '../auth.ts'
import { notFound, unprocessable } from '../errors.ts'
import type { RepositoryRole, UserRecord } from '../records.ts'
import { listAnswer, noContent, ok, onRepository, reads, text, writes } from '../route.ts'
import type { RepositoryCall, Routes } from '../route.ts'
import { userView } from '../views/common.ts'
import type { Json } from '../views/common.ts'
import { fullRepositoryView } from '../views/repository.ts'

const CLIENT_PAYLOAD_CHARS_MAX = 65_535

/** The old four words, which know neither triage nor maintain. */
const legacy: Record<RepositoryRole, string> = {
  read: 'read',
  triage: 'read',
  write: 'write',
  maintain: 'write',
  admin: 'admin',
}

function collaboratorView({ world }: RepositoryCall, user: UserRecord, role: RepositoryRole | null): Json {
  const level = role === null ? -1 : ['read', 'triage', 'write', 'maintain', 'admin'].indexOf(role)
  const permissions = {
    admin: level >= 4,
    maintain: level >= 3,
    push: level >= 2,
    triage: level >= 1,
    pull: level >= 0,
  }
  return { ...userView(world, user), permissions, role_name: role ?? 'none' }
}

function permission(call: RepositoryCall) {
  const user = call.world.findUser(call.params['username'] ?? '')
  if (!user) throw notFound()
  // Apps' bots are nobody's collaborators: what they may do is a matter of their installation.
  const role = user.type === 'Bot' ? null : call.world.roleOf(user, call.repository)
  return ok({
    permission: role === null ? 'none' : legacy[role],
    user: collaboratorView(call, user, role),
    role_name: role ?? 'none',
  })
}

function collaborators(call: RepositoryCall): { user: UserRecord; role: RepositoryRole }[] {
  const { world, repository } = call
  const owner = world.userById(repository.ownerId)
  const invited = [...repository.collaborators].flatMap(([login, role]) => {
    const user = world.findUser(login)
    return user ? [{ user, role }] : []
  })
  return owner.type === 'User' ? [{ user: owner, role: 'admin' as const }, ...invited] : invited
}

function dispatch(call: RepositoryCall) {
  const { world, repository, body } = call
  const payload = (body['client_payload'] ?? {}) as Json
  if (JSON.stringify(payload).length > CLIENT_PAYLOAD_CHARS_MAX) throw unprocessable('client_payload is too large.')
  const actor = actorOf(world, call.principal)
  world.emit({
    name: 'repository_dispatch',
    action: text(body['event_type']),
    repository,
    sender: actor.user,
    // The one event besides workflow_dispatch that starts workflows even when a job's own token sent it.
    startsWorkflows: true,
    data: { branch: repository.defaultBranch, client_payload: payload },
  })
  return noContent
}

export const repositoryRoutes: Routes = {
  'GET /repos/{owner}/{repo}': onRepository(reads('metadata'), (call) => {
    const role = roleOfPrincipal(call.world, call.principal, call.repository) ?? 'read'
    return ok(fullRepositoryView(call.world, call.repository, role))
  }),
  'GET /repos/{owner}/{repo}/collaborators': onRepository(
    { ...reads('metadata'), role: 'write', evenPublic: true },
    (call) => listAnswer(call, collaborators(call), ({ user, role }) => collaboratorView(call, user, role)),
  ),
  'GET /repos/{owner}/{repo}/collaborators/{username}': onRepository(
    { ...reads('metadata'), evenPublic: true },
    (call) => {
      const login = (call.params['username'] ?? '').toLowerCase()
      if (!collaborators(call).some(({ user }) => user.login.toLowerCase() === login)) throw notFound()
      return noContent
    },
  ),
  'GET /repos/{owner}/{repo}/collaborators/{username}/permission': onRepository(
    { ...reads('metadata'), evenPublic: true },
    permission,
  ),
  'POST /repos/{owner}/{repo}/dispatches': onRepository(writes('contents'), dispatch),
}
