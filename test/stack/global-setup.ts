/**
 * One mongod for a whole vitest run. Several projects may name this file: the first call starts it, the last one to
 * finish ends it. Tests take a database of their own from it through `mongo/test-database.ts`.
 */
import { mongo } from 'mongoose'
import type { TestProject } from 'vitest/node'

import { startMongo } from './mongo/start.ts'
import type { Mongo } from './mongo/start.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Of the run's replica set, without a database. */
    mongoUri: string
  }
}

/** Stories that play on a day long ago would lose what they wrote, once a minute, to the indexes that forget what is old. */
async function keepWhatIsOld(uri: string): Promise<void> {
  const client = await mongo.MongoClient.connect(uri)
  await client.db('admin').command({ setParameter: 1, ttlMonitorEnabled: false })
  await client.close()
}

interface Shared {
  mongo: Promise<Mongo>
  users: number
}
// Vitest evaluates this module once per project, so what they share hangs on the process.
const shared = globalThis as typeof globalThis & { deckhandMongo?: Shared | undefined }

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const say = (line: string) => process.stderr.write(`${line}\n`)
  const use = (shared.deckhandMongo ??= { mongo: startMongo({ say }), users: 0 })
  use.users += 1
  const uri = (await use.mongo).uri()
  await keepWhatIsOld(uri)
  project.provide('mongoUri', uri)
  return async () => {
    use.users -= 1
    if (use.users > 0) return
    shared.deckhandMongo = undefined
    await (await use.mongo)[Symbol.asyncDispose]()
  }
}
