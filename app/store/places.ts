/**
 * The places of each repository (`domain/places.ts`), one document a repository that is compared by its version when it
 * is written, and how the Runs stand that it names.
 */
import { LRUCache } from 'lru-cache'

import type { KeptPlaces, Places, PlacesStore, Standing } from '../domain/places.ts'
import type { StoreConnection } from './connect.ts'
import { isDuplicateKey } from './connect.ts'
import type { RunDocument } from './run-models.ts'

/** Some kilobytes each. */
const REPOSITORIES_REMEMBERED_MAX = 1_000
const standing = {
  status: 1,
  'run.dispatch.id': 1,
  'run.dispatch.sends': 1,
  'run.dispatch.binding': 1,
  'run.stop': 1,
  'run.waits': 1,
} as const

interface PlacesDocument extends Places {
  _id: number
  version: number
}

export function placesStore(connection: StoreConnection): PlacesStore {
  const collection = connection.collection<PlacesDocument>('places')
  const runs = connection.collection<RunDocument>('runs')
  const seen = new LRUCache<number, KeptPlaces>({ max: REPOSITORIES_REMEMBERED_MAX })
  return {
    seenPlaces: (repositoryId) => seen.get(repositoryId) ?? null,

    async readPlaces(repositoryId) {
      const found = await collection.findOne({ _id: repositoryId })
      const { version = 0, taken = [], line = [] } = found ?? {}
      const kept = { version, taken, line }
      seen.set(repositoryId, kept)
      return kept
    },

    async writePlaces(repositoryId, version, { taken, line }) {
      // Whatever comes of it, what was seen before is old now: an answer can be lost, too.
      seen.delete(repositoryId)
      const next = { version: version + 1, taken, line }
      const isWritten =
        version === 0
          ? await inserted(collection.insertOne({ _id: repositoryId, ...next }))
          : (await collection.updateOne({ _id: repositoryId, version }, { $set: next })).matchedCount === 1
      if (isWritten) seen.set(repositoryId, next)
      return isWritten
    },

    async standings(runIds) {
      if (runIds.length === 0) return new Map()
      const found = await runs.find({ _id: { $in: [...runIds] } }, { projection: standing }).toArray()
      return new Map(found.map(({ _id, status, run }): [string, Standing] => [_id, { ...run, status }]))
    },
  }
}

async function inserted(insert: Promise<unknown>): Promise<boolean> {
  try {
    await insert
    return true
  } catch (error) {
    if (isDuplicateKey(error)) return false
    throw error
  }
}
