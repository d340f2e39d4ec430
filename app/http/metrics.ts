/** `GET /metrics` in Prometheus' text format. It holds no name of a repository or person, but it shows the whole house. */
import { ProblemError } from './problem.ts'
import { route } from './route.ts'
import type { Identity, Route } from './route.ts'

export interface Exposition {
  type: string
  text: string
}

/** For admins, and for programs whose token covers every repository. */
export function metricsRoute(expose: () => Promise<Exposition>): Route {
  return route({
    method: 'GET',
    path: '/metrics',
    access: 'signed_in',
    summary: 'Metrics for Prometheus',
    produces: ['text/plain'],
    async handle({ who }) {
      if (!mayRead(who)) {
        throw new ProblemError('forbidden', {
          detail: 'Metrics are for admins and for tokens of all repositories (*/*).',
        })
      }
      const { type, text } = await expose()
      return { content: { type, data: text } }
    },
  })
}

function mayRead(who: Identity): boolean {
  if (who.kind === 'person') return who.admin
  return who.kind === 'token' && (who.role === 'admin' || who.repositoryGlob === '*/*')
}
