/** The permissions of a job's `GITHUB_TOKEN` and whether it may ask for an OIDC token. */
import { isMap } from './parser.ts'
import type { Node } from './parser.ts'

type Level = 'none' | 'read' | 'write'
export type JobPermissions = Record<string, Level>

const scopes = [
  'actions',
  'attestations',
  'checks',
  'contents',
  'deployments',
  'discussions',
  'id-token',
  'issues',
  'models',
  'packages',
  'pages',
  'pull-requests',
  'repository-projects',
  'security-events',
  'statuses',
] as const

/** What a repository with GitHub's restricted default gives a workflow that says nothing. */
export const defaultPermissions: JobPermissions = { contents: 'read', packages: 'read' }

/** Reads `permissions:`; what a mapping does not name is `none`. Undefined when the key is absent. */
export function readPermissions(node: Node | undefined): JobPermissions | undefined {
  if (node === undefined) return undefined
  if (node === 'read-all') return all('read')
  if (node === 'write-all') return all('write')
  if (!isMap(node)) return {}
  return Object.fromEntries(Object.entries(node).map(([scope, level]) => [scope, level as Level]))
}

/** GitHub's complaint about a called workflow that asks for more than its caller has; null when it does not. */
export function excess(job: string, wanted: JobPermissions, allowed: JobPermissions): string | null {
  const rank: Record<Level, number> = { none: 0, read: 1, write: 2 }
  const over = Object.entries(wanted).filter(([scope, level]) => rank[level] > rank[allowed[scope] ?? 'none'])
  if (over.length === 0) return null
  const list = (read: (scope: string, level: Level) => Level) =>
    over.map(([scope, level]) => `${scope}: ${read(scope, level)}`).join(', ')
  return (
    `The nested job '${job}' is requesting '${list((_, level) => level)}', ` +
    `but is only allowed '${list((scope) => allowed[scope] ?? 'none')}'.`
  )
}

/** As the REST API names them; `id-token` is no permission of the token. */
export function tokenPermissions(permissions: JobPermissions): Record<string, 'read' | 'write'> {
  const granted = Object.entries(permissions).filter(([scope, level]) => level !== 'none' && scope !== 'id-token')
  const named = granted.map(([scope, level]) => [scope.replaceAll('-', '_'), level] as const)
  return { metadata: 'read', ...(Object.fromEntries(named) as Record<string, 'read' | 'write'>) }
}

function all(level: Level): JobPermissions {
  return Object.fromEntries(scopes.map((scope) => [scope, scope === 'id-token' && level === 'read' ? 'none' : level]))
}
