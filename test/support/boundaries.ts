/**
 * The boundaries at which an app may die while it works on a Run: every request that it gets or makes for the Run, each
 * before it arrives and after it was answered but before the answer was heard. Which there are is seen, not listed.
 */
import { z } from 'zod'

import type { Cluster } from './cluster.ts'
import type { Gate, Hold, Passing } from './gate.ts'

export interface Boundary {
  side: 'front' | 'github'
  /** What the request is, without the numbers of one Run. */
  key: string
  when: Hold['when']
}

export const nameOf = ({ key, when }: Boundary): string => `${when} ${key}`

const Webhook = z.object({
  action: z.literal('created'),
  comment: z.object({ body: z.string().startsWith('/assign-agent') }),
  repository: z.object({ full_name: z.string() }),
})
const Dispatch = z.object({ client_payload: z.object({ run_id: z.string() }) })
const Content = z.object({ content: z.string() })
const Event = z.object({ type: z.string() })

interface Seen {
  key: string
  /** `owner/name` of the Run's repository: a story gives each of its Runs one of its own. */
  repository: string
}

/** What a request to GitHub's API is about; null when it is not about a repository. */
function seenAtGitHub({ method, path, body }: Passing): Seen | null {
  const [, repository, rest] = /^\/api\/v3\/repos\/([^/]+\/[^/?]+)([^?]*)/.exec(path) ?? []
  if (repository === undefined || rest === undefined) return null
  const place = rest
    .replace(/[0-9a-f]{40}/, '{sha}')
    .replace(/heads(\/|%2F)agent.*/, 'heads/{branch}')
    .replace(/\/\d+/g, '/{n}')
  // A reaction is told by what it says; a blob by nothing.
  const content = rest.endsWith('/reactions') ? Content.safeParse(parse(body)).data?.content : undefined
  return { repository, key: `${method} ${place}${content ? ` ${content}` : ''}` }
}

/** What a request to the app is about; null for streams, heartbeats, logs and all that a Run could do without. */
function seenAtFront(cluster: Cluster, { method, path, body }: Passing): Seen | null {
  if (path === '/api/github/webhooks') {
    const webhook = Webhook.safeParse(parse(body)).data
    return webhook ? { repository: webhook.repository.full_name, key: 'webhook' } : null
  }
  const [, runId, what] = /^\/api\/runs\/([^/]+)\/(bind|events|proposals)\b/.exec(path) ?? []
  if (runId === undefined || what === undefined || method === 'GET') return null
  const repository = repositoryOf(cluster.github, runId)
  if (repository === null) return null
  const type = what === 'events' ? Event.safeParse(parse(decode(body))).data?.type : undefined
  return { repository, key: `${method} ${what}${type ? ` ${type}` : ''}` }
}

/** Where a Run belongs, as its dispatch said. */
function repositoryOf({ passed }: Gate, runId: string): string | null {
  for (const { path, body } of passed) {
    const [, repository] = /^\/api\/v3\/repos\/([^/]+\/[^/]+)\/dispatches$/.exec(path) ?? []
    if (repository && Dispatch.safeParse(parse(body)).data?.client_payload.run_id === runId) return repository
  }
  return null
}

const decode = (jws: string): string => Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString('utf8')

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const seen = (cluster: Cluster, side: Boundary['side'], passing: Passing): Seen | null =>
  side === 'github' ? seenAtGitHub(passing) : seenAtFront(cluster, passing)

/** Every boundary of the Run that a repository had so far, in the order in which it came to them. */
export function boundariesOf(cluster: Cluster, repository: string): Boundary[] {
  const sides = ['front', 'github'] as const
  const requests = sides
    .flatMap((side) =>
      cluster[side].passed.map((passing) => ({ side, at: passing.at, ...seen(cluster, side, passing) })),
    )
    .filter((each) => each.repository === repository)
    .toSorted((a, b) => a.at - b.at)
  const kinds = new Map(requests.map(({ side, key }) => [`${side} ${key!}`, { side, key: key! }]))
  return [...kinds.values()].flatMap((kind) => {
    const before = { ...kind, when: 'before' as const }
    // Nothing happened at GitHub when something was only read.
    return kind.key.startsWith('GET ') ? [before] : [before, { ...kind, when: 'after' as const }]
  })
}

/** Holds the next request of this repository's Run that is at the boundary. */
export function holdAt(cluster: Cluster, repository: string, { side, key, when }: Boundary): Hold {
  return cluster[side].hold((passing) => {
    const found = seen(cluster, side, passing)
    return found?.key === key && found.repository === repository
  }, when)
}

/** Lets nothing of a repository's Run pass while it is told to: so a Run waits where it is to die. */
export function blockWhile(cluster: Cluster, repository: string, told: () => boolean): void {
  for (const side of ['front', 'github'] as const) {
    cluster[side].block((passing) => told() && seen(cluster, side, passing)?.repository === repository)
  }
}

/** When the first request of this repository's Run after `since` came through; null while there is none. */
export function signAfter(cluster: Cluster, repository: string, since: number): number | null {
  const sides = ['front', 'github'] as const
  const signs = sides.flatMap((side) =>
    cluster[side].passed.filter((each) => each.at > since && seen(cluster, side, each)?.repository === repository),
  )
  return signs.length === 0 ? null : Math.min(...signs.map(({ at }) => at))
}
