/**
 * Kept data remembers under which address its only member ran. The next start has another port, so the set's own
 * configuration has to name it first, which MongoDB allows only to a mongod that runs outside of a set.
 */
import { access } from 'node:fs/promises'
import { join } from 'node:path'

import { MongoMemoryServer } from 'mongodb-memory-server'
import { mongo } from 'mongoose'

import { freePort } from '../ports.ts'
import type { MongodBinary } from './binary.ts'

const SERVER_SELECTION_MS = 10_000

/** The port for a set over this data; what data is there names it afterwards. */
export async function portForData(dbPath: string, binary: MongodBinary, wanted?: number): Promise<number> {
  const port = wanted ?? (await freePort(0))
  const hasData = await access(join(dbPath, 'WiredTiger')).then(
    () => true,
    () => false,
  )
  if (hasData) await moveConfiguration(dbPath, binary, port)
  return port
}

async function moveConfiguration(dbPath: string, binary: MongodBinary, port: number): Promise<void> {
  const alone = await MongoMemoryServer.create({
    binary: { systemBinary: binary.path, version: binary.version },
    instance: { dbPath, storageEngine: 'wiredTiger', args: ['--nounixsocket'] },
  })
  const client = new mongo.MongoClient(alone.getUri(), { serverSelectionTimeoutMS: SERVER_SELECTION_MS })
  try {
    const change = { $set: { 'members.0.host': `127.0.0.1:${port}` } }
    await client.db('local').collection('system.replset').updateOne({}, change)
  } finally {
    await client.close()
    await alone.stop({ doCleanup: false })
  }
}
