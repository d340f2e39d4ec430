/** Whose this App is: the account that registered it, or, where that is an organization, the organization's owners. */
import type { Clients } from './client.ts'
import { orNull } from './error-mapping.ts'
import { GitHubError } from './errors.ts'
import type { GitHubPort } from './port.ts'

/**
 * The App's own account counts, and not every account that it is installed on: a public App can be installed by
 * strangers, who would otherwise administer everybody's Runs.
 */
export function ownersOf({ app, as }: Clients): Pick<GitHubPort, 'appSlug' | 'ownsApp'> {
  return {
    appSlug: () =>
      app(async (octokit, signal) => {
        const { data } = await octokit.rest.apps.getAuthenticated({ request: { signal } })
        return data?.slug ?? String(data?.id)
      }),

    async ownsApp(login, userId) {
      const { data } = await app((octokit, signal) => octokit.rest.apps.getAuthenticated({ request: { signal } }))
      const owner = data?.owner
      if (!owner || !('login' in owner)) return false
      if (owner.id === userId) return true
      if (owner.type !== 'Organization') return false
      const org = owner.login
      const installation = await app((octokit, signal) =>
        orNull(octokit.rest.apps.getOrgInstallation({ org, request: { signal } })),
      )
      if (!installation || installation.data.suspended_at) return false
      return as(installation.data.id, async (octokit, signal) => {
        const request = { org, username: login, request: { signal } }
        const answer = await orNull(octokit.rest.orgs.getMembershipForUser(request))
        if (!answer || answer.data.user?.id !== userId) return false
        return answer.data.role === 'admin' && answer.data.state === 'active'
      }).catch((error: unknown) => {
        // Without the optional permission `members: read` GitHub tells nobody's role.
        if (error instanceof GitHubError && error.kind === 'forbidden') return false
        throw error
      })
    },
  }
}
