import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { mongo } from 'mongoose'
import { expect, inject, onTestFinished, test, vi } from 'vitest'

import { startMongo } from './start.ts'
import { testDatabase } from './test-database.ts'

async function connect(uri: string) {
  const client = await mongo.MongoClient.connect(uri, { serverSelectionTimeoutMS: 15_000 })
  onTestFinished(() => client.close())
  return client
}

test('the mongod of the run takes transactions, each test in a database of its own', async () => {
  const [one, other] = [testDatabase(), testDatabase()]
  const client = await connect(one)
  await client.withSession((session) =>
    session.withTransaction(async () => {
      await client.db().collection('things').insertOne({ n: 1 }, { session })
    }),
  )
  expect(await client.db().collection('things').countDocuments()).toBe(1)
  expect(await (await connect(other)).db().collection('things').countDocuments()).toBe(0)
  expect(inject('mongoUri')).toMatch(/^mongodb:\/\/127\.0\.0\.1:\d+\/\?replicaSet=deckhand$/)
})

test('a lone primary that steps down takes writes again', async () => {
  await using mongod = await startMongo()
  const client = await connect(mongod.uri('steps'))
  await mongod.stepDown()
  const result = await client
    .db()
    .collection('things')
    .insertOne({ n: 1 }, { writeConcern: { w: 'majority' } })
  expect(result.acknowledged).toBe(true)
})

test('kept data is there at the next start, under another port', async () => {
  const dbPath = await mkdtemp(join(tmpdir(), 'deckhand-kept-'))
  onTestFinished(() => rm(dbPath, { recursive: true, force: true }))
  {
    await using mongod = await startMongo({ dbPath })
    const client = await connect(mongod.uri('kept'))
    await client
      .db()
      .collection('things')
      .insertOne({ n: 1 }, { writeConcern: { w: 'majority' } })
  }
  await using mongod = await startMongo({ dbPath })
  const things = (await connect(mongod.uri('kept'))).db().collection('things')
  await things.insertOne({ n: 2 }, { writeConcern: { w: 'majority' } })
  expect(await things.countDocuments()).toBe(2)
})

test('mongod dies with the process that started it, even by SIGKILL', async () => {
  const program = `
    import { startMongo } from ${JSON.stringify(new URL('start.ts', import.meta.url).href)}
    const mongod = await startMongo()
    console.log(mongod.uri())
    setInterval(() => {}, 1000)`
  const parent = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void parent.kill('SIGKILL'))
  const [line] = (await once(parent.stdout, 'data')) as [Buffer]
  parent.kill('SIGKILL')
  const options = { serverSelectionTimeoutMS: 200, directConnection: true }
  const port = new URL(line.toString().trim()).port
  await vi.waitFor(
    () => expect(mongo.MongoClient.connect(`mongodb://127.0.0.1:${port}/`, options)).rejects.toThrow(/ECONNREFUSED/),
    { timeout: 60_000, interval: 200 },
  )
})
