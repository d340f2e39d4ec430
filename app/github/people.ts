/** Who may do what where. Asked of GitHub each time: a role from a webhook or an hour ago proves nothing. */
import type { RepositoryRef } from '../domain/events.ts'
import type { Clients } from './client.ts'
import { orNull } from './error-mapping.ts'
import { GitHubError } from './errors.ts'
import { roles } from './port.ts'
import type { GitHubPort, Role } from './port.ts'
import { smallMemory } from './small-memory.ts'

/** How long a look-up by name alone is believed. Pages ask by name, so it is less than a minute. */
const REPOSITORY_MS_MAX = 30_000
const REPOSITORIES_MAX = 100
/** GitHub has no role for an App's bot, which is nobody's collaborator; who is listed may have agents work, and no more. */
const ROLE_OF_LISTED_BOTS: Role = 'write'

export function peopleOf(
  { app, as }: Clients,
  allowedBots: readonly string[] = [],
): Pick<GitHubPort, 'permissionOf' | 'isCollaborator' | 'repository'> {
  const known = smallMemory<string, { ref: RepositoryRef; at: number }>(REPOSITORIES_MAX)

  const throughInstallation = (owner: string, name: string, installationId: number): Promise<RepositoryRef | null> =>
    as(installationId, async (octokit, signal) => {
      const answer = await orNull(octokit.rest.repos.get({ owner, repo: name, request: { signal } }))
      if (!answer) return null
      const { id, private: isPrivate, default_branch: defaultBranch } = answer.data
      return {
        id,
        owner: answer.data.owner.login,
        name: answer.data.name,
        private: isPrivate,
        defaultBranch,
        installationId,
      }
    }).catch((error: unknown) => {
      // No token to be had: the installation is gone or suspended.
      if (error instanceof GitHubError && (error.kind === 'not_found' || error.kind === 'forbidden')) return null
      throw error
    })

  return {
    permissionOf: ({ owner, name, installationId }, login, userId) =>
      as(installationId, async (octokit, signal) => {
        if (allowedBots.includes(login.toLowerCase())) {
          const account = await orNull(octokit.rest.users.getByUsername({ username: login, request: { signal } }))
          return account?.data.type === 'Bot' && account.data.id === userId ? ROLE_OF_LISTED_BOTS : 'none'
        }
        const request = { owner, repo: name, username: login, request: { signal } }
        const answer = await orNull(octokit.rest.repos.getCollaboratorPermissionLevel(request))
        if (!answer || answer.data.user?.id !== userId) return 'none'
        return roleOf(answer.data.role_name, answer.data.permission)
      }),

    isCollaborator: ({ owner, name, installationId }, login) =>
      as(installationId, async (octokit, signal) => {
        const request = { owner, repo: name, username: login, request: { signal } }
        return (await orNull(octokit.rest.repos.checkCollaborator(request))) !== null
      }),

    async repository(owner, name, installationId) {
      if (installationId !== undefined) return throughInstallation(owner, name, installationId)
      const key = `${owner}/${name}`.toLowerCase()
      const cached = known.get(key)
      if (cached && Date.now() - cached.at < REPOSITORY_MS_MAX) return cached.ref
      const installation = await app((octokit, signal) =>
        orNull(octokit.rest.apps.getRepoInstallation({ owner, repo: name, request: { signal } })),
      )
      if (!installation || installation.data.suspended_at) return null
      const ref = await throughInstallation(owner, name, installation.data.id)
      if (ref) known.set(key, { ref, at: Date.now() })
      return ref
    },
  }
}

/** A custom role has a name of its own; `permission` then tells the nearest of the four old levels. */
function roleOf(roleName: string | undefined, permission: string): Role {
  return roles.find((role) => role === roleName) ?? roles.find((role) => role === permission) ?? 'none'
}
