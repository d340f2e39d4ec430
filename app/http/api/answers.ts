/** What the routes of the API share: the refusals that say what to do, and answers that need not be sent twice. */
import type { RunBody } from '../../contracts/api.ts'
import type { RepositoryRef } from '../../domain/events.ts'
import type { Refusal } from '../../domain/inputs.ts'
import type { Run } from '../../domain/run.ts'
import { toRunBody } from '../../domain/view.ts'
import type { ViewUrls } from '../../domain/view.ts'
import { ProblemError } from '../problem.ts'
import type { Identity } from '../route.ts'
import type { Access, Need } from './access.ts'
import type { RunReads } from './ports.ts'

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

/** The Run after what somebody did with it, or why it stands in the way. */
export function acted(answer: Run | Refusal, runId: string, urls: ViewUrls): { json: RunBody } {
  if (!('refused' in answer)) return { json: toRunBody(answer, urls) }
  const code = answer.refused === 'ended' ? 'run_ended' : 'not_allowed_now'
  throw new ProblemError(code, { detail: answer.message, runId })
}

/** What somebody does with a Run, or to have one, as the sentence of a refusal names it. */
export const doings = {
  start: 'starting a run',
  pause: 'pausing this run',
  resume: 'resuming this run',
  cancel: 'cancelling this run',
  retry: 'retrying this run',
  retryWithoutGates: 'retrying this run without gates',
  kill: 'killing this run',
  prompt: 'prompting this run',
  advance: 'advancing this run',
} as const

/** Refuses with a sentence for people. `doing` is what they would do: "starting a run". */
export async function requireAccess(
  access: Access,
  who: Identity,
  need: Need,
  repository: RepositoryRef,
  doing: string,
): Promise<void> {
  if (await asking(access.may(who, need, repository))) return
  throw lacking(need, repository, doing)
}

/** The refusal of somebody who may read. */
export function lacking(need: Need, repository: RepositoryRef, doing: string): ProblemError {
  return new ProblemError('forbidden', { reason: `needs_${need}`, detail: needs(need, repository, doing) })
}

/** The same sentence where the page says why a button is disabled. */
export function needs(need: Need, { name }: RepositoryRef, doing: string): string {
  return `You can read ${name}, but ${doing} needs ${need} access.`
}

/** GitHub (or another) being away is not the caller's fault, and not ours. */
export async function asking<T>(question: Promise<T>, whom = 'GitHub'): Promise<T> {
  try {
    return await question
  } catch (cause) {
    throw new ProblemError('unavailable', {
      reason: whom === 'GitHub' ? 'github' : 'provider',
      detail: `${whom} could not be asked just now. Try again in a minute.`,
      headers: { 'retry-after': '60' },
      cause,
    })
  }
}

/** How many rows a page may have. */
export function limitOf(given: string | undefined, fallback: number, max: number): number {
  const limit = Number(given ?? fallback)
  if (limit < 1 || limit > max) throw bad(`limit is a number from 1 to ${max}.`)
  return limit
}

export const bad = (detail: string): ProblemError => new ProblemError('bad_request', { detail })
