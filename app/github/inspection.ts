/** Questions about the App itself, for checking an installation: who it is, what it was granted, what GitHub delivered. */
import type { Clients } from './client.ts'
import { orNull } from './error-mapping.ts'

const DELIVERIES_MAX = 30
const INSTALLATIONS_MAX = 100
/** Per installation: a check is a look at the first ones, not an inventory. */
const REPOSITORIES_MAX = 20
const OPEN_PULLS_MAX = 100

interface At {
  owner: string
  name: string
  installationId: number
}

export interface InspectedInstallation {
  id: number
  account: string
  url: string
  suspended: boolean
  permissions: Record<string, string>
}

export type Inspection = ReturnType<typeof inspectionOf>

/** Every rejection is a `GitHubError`. */
export function inspectionOf(clients: Clients) {
  const { app } = clients
  return {
    /** `clock` is GitHub's own time at its answer, in ms since the epoch. */
    whoWeAre: () =>
      app(async (octokit, signal) => {
        const { data, headers } = await octokit.rest.apps.getAuthenticated({ request: { signal } })
        if (!data) throw new Error('GitHub answered without an App.')
        const { login = '', type = '' } = (data.owner ?? {}) as { login?: string; type?: string }
        return {
          slug: data.slug ?? '',
          name: data.name,
          owner: { login, isOrganization: type === 'Organization' },
          permissions: { ...data.permissions } as Record<string, string>,
          events: data.events,
          clock: Date.parse(headers.date ?? ''),
        }
      }),

    hookUrl: () =>
      app(async (octokit, signal) => {
        const { data } = await octokit.rest.apps.getWebhookConfigForApp({ request: { signal } })
        return data.url ?? null
      }),

    /** Newest first. */
    latestDeliveries: () =>
      app(async (octokit, signal) => {
        const request = { per_page: DELIVERIES_MAX, request: { signal } }
        const { data } = await octokit.rest.apps.listWebhookDeliveries(request)
        return data.map(({ id, guid, event, status_code: statusCode, duration: seconds }) => ({
          id,
          guid,
          event,
          statusCode,
          seconds,
          ok: statusCode >= 200 && statusCode < 300,
        }))
      }),

    redeliver: (id: number) =>
      app(async (octokit, signal) => {
        await octokit.rest.apps.redeliverWebhookDelivery({ delivery_id: id, request: { signal } })
      }),

    installations: () =>
      app(async (octokit, signal): Promise<InspectedInstallation[]> => {
        const { data } = await octokit.rest.apps.listInstallations({ per_page: INSTALLATIONS_MAX, request: { signal } })
        return data.map(({ id, account, html_url: url, suspended_at: suspendedAt, permissions }) => ({
          id,
          account: account && 'login' in account ? account.login : '',
          url,
          suspended: Boolean(suspendedAt),
          permissions: { ...permissions } as Record<string, string>,
        }))
      }),

    ...inRepositories(clients),
  }
}

function inRepositories({ as }: Clients) {
  return {
    repositoriesOf: (installationId: number) =>
      as(installationId, async (octokit, signal) => {
        const request = { per_page: REPOSITORIES_MAX, request: { signal } }
        const { data } = await octokit.rest.apps.listReposAccessibleToInstallation(request)
        return data.repositories.map((repository) => ({
          owner: repository.owner.login,
          name: repository.name,
          defaultBranch: repository.default_branch,
          installationId,
        }))
      }),

    hasFile: ({ owner, name, installationId }: At, path: string) =>
      as(installationId, async (octokit, signal) => {
        const request = { owner, repo: name, path, request: { signal } }
        return (await orNull(octokit.rest.repos.getContent(request))) !== null
      }),

    /** The newest open pull request from a branch of the repository itself that begins so; null when there is none. */
    openPullFrom: ({ owner, name, installationId }: At, branchPrefix: string) =>
      as(installationId, async (octokit, signal) => {
        const request = { owner, repo: name, state: 'open', per_page: OPEN_PULLS_MAX, request: { signal } } as const
        const { data } = await octokit.rest.pulls.list(request)
        const ours = data.find(({ head, base }) => head.ref.startsWith(branchPrefix) && head.repo?.id === base.repo.id)
        return ours ? { number: ours.number, url: ours.html_url } : null
      }),
  }
}
