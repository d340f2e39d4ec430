/** The places of a repository in the simulation: kept beside the Runs, reached over the same network that loses answers. */
import type { KeptPlaces, PlacesStore } from '../../app/domain/places.ts'
import type { memoryStore } from '../support/memory-store.ts'
import type { Mutant } from './faults.ts'
import type { Network, Replica } from './network.ts'

/** Fewer than there are Runs at once, so that many of them wait. */
export const RUNS_AT_ONCE = 4

export interface SimPlaces {
  kept: Map<number, KeptPlaces>
}

interface Reach {
  memory: ReturnType<typeof memoryStore>
  places: SimPlaces
  network: Network
  mutant: Mutant | null
  mongoFails: () => number
}

/** As one replica reaches them; what it saw last dies with it. */
export function placesFor({ memory, places, network, mutant, mongoFails }: Reach, process: Replica): PlacesStore {
  const seen = new Map<number, KeptPlaces>()
  const ask = <T>(name: string, effect: () => T): Promise<T> =>
    network.call(process, name, effect, { fails: mongoFails() })
  const read = (repositoryId: number): KeptPlaces =>
    places.kept.get(repositoryId) ?? { version: 0, taken: [], line: [] }
  return {
    seenPlaces: (repositoryId) => seen.get(repositoryId) ?? null,
    async readPlaces(repositoryId) {
      const kept = await ask('read places', () => read(repositoryId))
      seen.set(repositoryId, kept)
      return kept
    },
    async writePlaces(repositoryId, version, next) {
      seen.delete(repositoryId)
      return ask('write places', () => {
        if (read(repositoryId).version !== version) return false
        // Whoever is told that the place is theirs, and is not written down, takes one that somebody else will have.
        const written = { ...(mutant === 'place-not-taken' ? read(repositoryId) : next), version: version + 1 }
        places.kept.set(repositoryId, written)
        seen.set(repositoryId, written)
        return true
      })
    },
    standings: (runIds) =>
      ask('standings', () => {
        const rows = runIds.flatMap((id) => memory.rows.get(id) ?? [])
        return new Map(rows.map(({ run }) => [run.id, run]))
      }),
  }
}
