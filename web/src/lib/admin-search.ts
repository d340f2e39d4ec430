/** What addresses of the admin pages may say: whose, which filters, and the place of a page. */
import { deliveryStates } from '#contracts/admin.ts'

export const adminParts = ['overview', 'queue', 'sandboxes', 'webhooks', 'audit', 'kill-switch'] as const
export type AdminPart = (typeof adminParts)[number]

export interface AdminSearch {
  repository?: string
  /** Of webhooks. */
  state?: string
  delivery?: string
  /** Of the audit trail. */
  actor?: string
  action?: string
  target?: string
  outcome?: string
  after?: string
}

const TEXT_CHARS_MAX = 200
const REPOSITORY = /^[A-Za-z0-9-]{1,39}\/[A-Za-z0-9._-]{1,100}$/

/** The part that a path names; the overview has no name of its own there. */
export function partOf(path: string | undefined): AdminPart | null {
  if (path === undefined) return 'overview'
  return adminParts.find((part) => part === path && part !== 'overview') ?? null
}

/** Anything that could not be a filter is left out. */
export function parseAdminSearch(search: Record<string, unknown>): AdminSearch {
  const found: AdminSearch = {}
  const { repository, state, outcome } = search
  if (typeof repository === 'string' && REPOSITORY.test(repository)) found.repository = repository
  if (deliveryStates.some((known) => known === state)) found.state = String(state)
  if (outcome === 'allowed' || outcome === 'refused') found.outcome = outcome
  for (const name of ['delivery', 'actor', 'action', 'target', 'after'] as const) {
    const value = search[name]
    if (typeof value === 'string' && value !== '' && value.length <= TEXT_CHARS_MAX) found[name] = value
  }
  return found
}
