/** Before there is an App: making one from a manifest's code, and finding out whether given values belong to one. */
import { App } from '@octokit/app'
import type { Logger } from 'probot'

import { octokitClass } from './client.ts'
import { hasStatus, orNull, toGitHubError } from './error-mapping.ts'

const CALL_MS_MAX = 10_000

export interface RegisteredApp {
  id: number
  slug: string
  name: string
  url: string
  owner: { login: string; isPerson: boolean }
}

export interface ConvertedApp extends RegisteredApp {
  privateKey: string
  webhookSecret: string
  clientId: string
  clientSecret: string
}

interface AppAnswer {
  id: number
  slug?: string
  name: string
  html_url: string
  owner: object | null
}

/** Rejects with a `GitHubError` when GitHub cannot be asked. */
export function registrationOf(options: { apiUrl: string; log: Logger }) {
  const Octokit = octokitClass(options)
  const anonymous = new Octokit()
  return {
    /** Whether a public App or an account has this slug; private Apps are seen by GitHub's own page only. */
    slugTaken: (slug: string) =>
      asked(async (request) => {
        const app = await orNull(anonymous.rest.apps.getBySlug({ app_slug: slug, request }))
        return app !== null || (await orNull(anonymous.rest.users.getByUsername({ username: slug, request }))) !== null
      }),

    /** Null: GitHub does not know the code, because it is older than an hour or was used. */
    convert: (code: string) =>
      asked(async (request): Promise<ConvertedApp | null> => {
        const answer = await orNull(anonymous.rest.apps.createFromManifest({ code, request }))
        if (answer === null) return null
        const { pem, webhook_secret, client_id, client_secret, ...app } = answer.data
        return {
          ...registered(app),
          privateKey: pem,
          webhookSecret: webhook_secret ?? '',
          clientId: client_id,
          clientSecret: client_secret,
        }
      }),

    /** Null: GitHub does not take this key for this App. */
    verify: (appId: number, privateKey: string) =>
      asked(async (request): Promise<RegisteredApp | null> => {
        const { octokit } = new App({ appId, privateKey, Octokit })
        try {
          const { data } = await octokit.rest.apps.getAuthenticated({ request })
          return data && registered(data)
        } catch (error) {
          if (hasStatus(error, 401, 403, 404)) return null
          throw error
        }
      }),
  }
}

async function asked<T>(ask: (request: { signal: AbortSignal; retries: number }) => Promise<T>): Promise<T> {
  try {
    return await ask({ signal: AbortSignal.timeout(CALL_MS_MAX), retries: 0 })
  } catch (error) {
    throw toGitHubError(error, Date.now())
  }
}

function registered({ id, slug = '', name, html_url: url, owner }: AppAnswer): RegisteredApp {
  const { login = '', type = '' } = (owner ?? {}) as { login?: string; type?: string }
  return { id, slug, name, url, owner: { login, isPerson: type === 'User' } }
}
