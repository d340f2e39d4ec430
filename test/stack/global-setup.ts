/**
 * One mongod for a whole vitest run. Several projects may name this file: the first call starts it, the last one to
 * finish ends it. Tests take a database of their own from it through `mongo/test-database.ts`.
 */
import type { TestProject } from 'vitest/node'

import { startMongo } from './mongo/start.ts'
import type { Mongo } from './mongo/start.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Of the run's replica set, without a database. */
    mongoUri: string
  }
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
  project.provide('mongoUri', (await use.mongo).uri())
  return async () => {
    use.users -= 1
    if (use.users > 0) return
    shared.deckhandMongo = undefined
    await (await use.mongo)[Symbol.asyncDispose]()
  }
}
