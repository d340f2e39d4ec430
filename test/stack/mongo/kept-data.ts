/**
 * Kept data remembers under which address its only member ran. When that port is taken at the next start, the set's own
 * configuration has to name the new one first, which MongoDB allows only to a mongod that runs outside of a set.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'

import { MongoMemoryServer } from 'mongodb-memory-server'
import { mongo } from 'mongoose'

import type { MongodBinary } from './binary.ts'

const PORT_FILE = 'deckhand-port.txt'
const SERVER_SELECTION_MS = 10_000

/** The port for a set over this data; the data's configuration names it afterwards. */
export async function keptPort(dbPath: string, binary: MongodBinary, wanted?: number): Promise<number> {
  const last = Number(await readFile(join(dbPath, PORT_FILE), 'utf8').catch(() => '0'))
  const port = wanted ?? (last && (await isFree(last)) ? last : await freePort())
  if (last && last !== port) await moveConfiguration(dbPath, binary, port)
  return port
}

export async function keepPort(dbPath: string, port: number): Promise<void> {
  await writeFile(join(dbPath, PORT_FILE), String(port))
}

async function moveConfiguration(dbPath: string, binary: MongodBinary, port: number): Promise<void> {
  const alone = await MongoMemoryServer.create({
    binary: { systemBinary: binary.path, version: binary.version },
    instance: { dbPath, storageEngine: 'wiredTiger' },
  })
  const client = await mongo.MongoClient.connect(alone.getUri(), { serverSelectionTimeoutMS: SERVER_SELECTION_MS })
  try {
    const change = { $set: { 'members.0.host': `127.0.0.1:${port}` } }
    await client.db('local').collection('system.replset').updateOne({}, change)
  } finally {
    await client.close()
    await alone.stop({ doCleanup: false })
  }
}

async function isFree(port: number): Promise<boolean> {
  return (await listenOnce(port)) === port
}

async function freePort(): Promise<number> {
  const port = await listenOnce(0)
  if (!port) throw new Error('No port of 127.0.0.1 is free.')
  return port
}

function listenOnce(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(null))
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : null))
    })
  })
}
