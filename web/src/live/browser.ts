/** Time, chance and connections of a real browser, in a page as in a worker. */
import type { Source, World } from './stream.ts'

export const browserWorld: World = {
  now: () => Date.now(),
  chance: () => Math.random(),
  after: (delayMs, then) => {
    const timer = setTimeout(then, delayMs)
    return () => clearTimeout(timer)
  },
}

/** A fresh `EventSource` does not know the last id, so it is said in the address. */
export function openSource(topics: readonly string[], after: string | null): Source {
  const query = new URLSearchParams({ topics: topics.join(','), ...(after === null ? {} : { after }) })
  return new EventSource(`/api/stream?${query.toString()}`)
}
