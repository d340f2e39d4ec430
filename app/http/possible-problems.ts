/**
 * Which refusals a route may answer with: those that follow from its kind, which the server itself gives, and those
 * that it names. The API description tells them all, and tests hold every answer to it.
 */
import { problems } from '../contracts/problems.ts'
import type { ProblemCode } from '../contracts/problems.ts'
import type { Access, Route } from './route.ts'

const byAccess: Record<Access, readonly ProblemCode[]> = {
  probe: [],
  public: ['unauthenticated', 'setup_needed'],
  signed_in: ['unauthenticated', 'forbidden', 'too_many_requests', 'setup_needed'],
  read: ['unauthenticated', 'not_found', 'too_many_requests', 'setup_needed'],
  write: ['unauthenticated', 'forbidden', 'not_found', 'too_many_requests', 'setup_needed'],
  admin: ['unauthenticated', 'forbidden', 'too_many_requests', 'setup_needed'],
  executor: ['callback_unauthenticated', 'callback_forbidden', 'unprocessable', 'setup_needed'],
  github: ['unauthenticated', 'setup_needed'],
}
/** Whatever a route does: parameters that it does not know, our own faults, a database that is away. */
const always: readonly ProblemCode[] = ['bad_request', 'internal', 'unavailable']
const ofBodies: readonly ProblemCode[] = ['unsupported_media_type', 'payload_too_large', 'request_timeout']
const withoutCookies: ReadonlySet<Access> = new Set(['executor', 'github', 'probe'])

/** In the order of their statuses, each once. */
export function problemsOf(route: Route): ProblemCode[] {
  const { access, method, params, body, raw, sends, idempotent } = route
  const all: ProblemCode[] = [...always, ...byAccess[access], ...(route.problems ?? [])]
  if (method !== 'GET' && !withoutCookies.has(access)) all.push('cross_site')
  if (params && access !== 'executor') all.push('not_found')
  if (body || raw || sends || access === 'github') all.push(...ofBodies)
  if (body || sends?.schema) all.push('unprocessable')
  if (idempotent) all.push('idempotency_in_progress', 'idempotency_mismatch')
  return [...new Set(all)].sort((a, b) => problems[a].status - problems[b].status)
}
