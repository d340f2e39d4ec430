/** What a repository may ask for, as the settings say it. */
import type { Config } from '../config.ts'
import { dayStart } from '../domain/admission.ts'
import type { Obstacle } from '../domain/admission.ts'
import { LINE_MAX, isLineFull } from '../domain/places.ts'
import type { Stores } from './stores.ts'

/** Why a repository takes no more Runs now; null where it does. */
export function obstacles({ runsPerDayMax: max }: Config, { runSearch, places }: Stores, now: () => number) {
  return async (what: 'new' | 'again', repositoryId: number): Promise<Obstacle | null> => {
    const isCounted = what === 'new' && max > 0
    if (isCounted && (await runSearch.madeSince(repositoryId, dayStart(now()), max)) >= max) {
      return { code: 'quota_used', max }
    }
    return (await isLineFull(places, repositoryId)) ? { code: 'line_full', max: LINE_MAX } : null
  }
}
