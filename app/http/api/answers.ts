/** What the routes of the API share: the refusals that say what to do, and answers that need not be sent twice. */
import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

import type { RepositoryRef } from '../../domain/events.ts'
import type { Run } from '../../domain/run.ts'
import { ProblemError } from '../problem.ts'
import type { Answer, Identity } from '../route.ts'
import type { Access, Need } from './access.ts'
import type { RunReads } from './ports.ts'

const IF_NONE_MATCH_CHARS_MAX = 1_000

/** JSON with an ETag: 304 when the caller has it already. */
export function conditional(req: IncomingMessage, json: unknown): Answer {
  const headers = { 'cache-control': 'private, no-cache', vary: 'authorization, cookie, accept' }
  const etag = etagOf(JSON.stringify(json))
  if (hasAlready(req, etag)) return { status: 304, headers: { ...headers, etag } }
  return { json, headers: { ...headers, etag } }
}

export function etagOf(text: string): string {
  return `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`
}

export function hasAlready(req: IncomingMessage, etag: string): boolean {
  const given = (req.headers['if-none-match'] ?? '').slice(0, IF_NONE_MATCH_CHARS_MAX)
  return given.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag)
}

/** The Run, for somebody who may read it. To everybody else it does not exist (trust.md row 23). */
export async function readableRun(
  { runs, access }: { runs: Pick<RunReads, 'load'>; access: Access },
  who: Identity,
  id: string,
): Promise<Run> {
  const found = await runs.load(id)
  const may = await access.mayRead(who, found?.run.repository ?? null, id)
  if (!found || !may) throw new ProblemError('not_found')
  return found.run
}

/** Refuses with a sentence for people. `can` is what they would do: "cancel this Run". */
export async function requireAccess(
  access: Access,
  who: Identity,
  need: Need,
  repository: RepositoryRef,
  can: string,
): Promise<void> {
  if (await asking(access.may(who, need, repository))) return
  throw new ProblemError('forbidden', { reason: `needs_${need}`, detail: needs(need, repository, can) })
}

/** The same sentence where the page says why a button is disabled. */
export function needs(need: Need, { owner, name }: RepositoryRef, can: string): string {
  return `You can read ${owner}/${name}, but to ${can} you need ${need} access.`
}

/** GitHub being away is not the caller's fault, and not ours. */
export async function asking<T>(question: Promise<T>): Promise<T> {
  try {
    return await question
  } catch (cause) {
    throw new ProblemError('unavailable', {
      reason: 'github',
      detail: 'GitHub could not be asked just now. Try again in a minute.',
      headers: { 'retry-after': '60' },
      cause,
    })
  }
}
