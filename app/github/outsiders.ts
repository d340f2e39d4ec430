/**
 * What people without write access may cost. Anybody may comment on a public repository, and an installation's limits are
 * everybody's: "no access" is believed for a minute, and those who have none are answered a few times in it. That
 * somebody has access is never remembered (trust.md row 31).
 */
import type { RepositoryRef } from '../domain/events.ts'
import { smallMemory } from './small-memory.ts'
import type { IssueEvent } from './translate.ts'

/** Who was just given access waits so long at most. */
export const REFUSAL_MS_MAX = 60_000
/** Of one person in one repository, while the refusal is remembered. */
export const REFUSED_REACTIONS_MAX = 5
/** Issues on which one person is told so meanwhile. */
const REFUSED_ISSUES_MAX = 5
/** What everybody may ask, of one person in one repository a minute; whoever may write asks on. */
export const QUESTIONS_A_MINUTE_MAX = 5
const MINUTE_MS = 60_000
/** People of repositories that are remembered, on each replica. */
const PEOPLE_MAX = 10_000

/** One person's refusal in one repository. */
export interface Refusal {
  at: number
  repository: RepositoryRef
  /** 👎 that were given since. */
  reactions: number
  /** May see a private repository, and is told in words; null until GitHub was asked. */
  collaborator: boolean | null
  /** GitHub said that the App is not theirs. */
  notOwner: boolean
  /** Issues on which they were told. */
  told: Set<number>
}

export function outsiders(now: () => number) {
  const refusals = smallMemory<string, Refusal>(PEOPLE_MAX)
  const questions = smallMemory<string, { at: number; triggers: Set<string> }>(PEOPLE_MAX)
  const keyOf = (repositoryId: number, personId: number): string => `${repositoryId} ${personId}`
  return {
    /** The refusal of this person that still counts. */
    refusal(repositoryId: number, personId: number): Refusal | null {
      const found = refusals.get(keyOf(repositoryId, personId))
      return found && now() - found.at < REFUSAL_MS_MAX ? found : null
    },

    refuse(repository: RepositoryRef, personId: number): void {
      // Of several that asked at once the first one counts, with what was answered since.
      if (this.refusal(repository.id, personId)) return
      const fresh: Refusal = {
        at: now(),
        repository,
        reactions: 0,
        collaborator: null,
        notOwner: false,
        told: new Set(),
      }
      refusals.set(keyOf(repository.id, personId), fresh)
    },

    /** Whether this is one of the first questions of that person in this minute. The same one again is no other. */
    mayAsk({ id }: RepositoryRef, { by, trigger }: IssueEvent): boolean {
      const key = keyOf(id, by.id)
      let asked = questions.get(key)
      if (!asked || now() - asked.at >= MINUTE_MS) questions.set(key, (asked = { at: now(), triggers: new Set() }))
      if (asked.triggers.size < QUESTIONS_A_MINUTE_MAX) asked.triggers.add(trigger)
      return asked.triggers.has(trigger)
    },
  }
}

/** Whether a person is still told on this issue that they may not, in words. */
export const isToBeTold = ({ told }: Refusal, issue: number): boolean =>
  told.size < REFUSED_ISSUES_MAX && !told.has(issue)
