/** A database of its own for every test, on the mongod of the vitest run. */
import { randomUUID } from 'node:crypto'

import { mongo } from 'mongoose'
import { inject, onTestFinished } from 'vitest'

const SERVER_SELECTION_MS = 10_000

/** Connection string of an empty database; call it inside a test, at whose end the database is dropped. */
export function testDatabase(): string {
  const uri = databaseUri()
  onTestFinished(() => dropDatabase(uri))
  return uri
}

/** The same for `beforeAll`: whoever asks drops it. */
export function databaseUri(): string {
  const url = new URL(inject('mongoUri'))
  url.pathname = `/t_${randomUUID().replaceAll('-', '')}`
  return url.href
}

export async function dropDatabase(uri: string): Promise<void> {
  const client = new mongo.MongoClient(uri, { serverSelectionTimeoutMS: SERVER_SELECTION_MS })
  try {
    await client.db().dropDatabase()
  } finally {
    await client.close()
  }
}
