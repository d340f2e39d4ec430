/**
 * A real MongoDB for tests and the demo: a replica set, because transactions and change streams need one. The library's
 * killer process ends mongod within about two seconds when its parent dies, also by SIGKILL.
 */
import { once } from 'node:events'
import type { ChildProcess } from 'node:child_process'

import { MongoMemoryReplSet } from 'mongodb-memory-server'
import { mongo } from 'mongoose'

import { findMongod } from './binary.ts'
import type { MongodBinary } from './binary.ts'
import { portForData } from './kept-data.ts'

const SET_NAME = 'deckhand'
const LAUNCH_TIMEOUT_MS = 30_000
const SERVER_SELECTION_MS = 10_000
const STEP_DOWN_SECONDS = 10
const STEP_DOWN_ALONE_SECONDS = 1

export interface MongoOptions {
  /** Default 1; three for the tests that change the primary. */
  members?: 1 | 3
  /** An existing folder whose data outlives us; only with one member. Default: a temporary folder, removed at the end. */
  dbPath?: string
  /** Default: a free one. Only with one member. */
  port?: number
  env?: NodeJS.ProcessEnv
  /** Gets one line that says which mongod is used. */
  say?: (line: string) => void
}

export interface Mongo extends AsyncDisposable {
  /** Connection string; without a name it holds no database. */
  uri(dbName?: string): string
  /** The primary gives up its place; resolves when it has, which is before another one is elected. */
  stepDown(): Promise<void>
  readonly binary: MongodBinary
}

/** Starts the replica set and resolves when its primary takes writes: under a second for one member. */
export async function startMongo(options: MongoOptions = {}): Promise<Mongo> {
  const members = options.members ?? 1
  if (members !== 1 && (options.dbPath || options.port)) throw new Error('dbPath and port are for one member only.')
  const binary = await findMongod(options)
  const port = options.dbPath ? await portForData(options.dbPath, binary, options.port) : options.port
  const set = await MongoMemoryReplSet.create({
    binary: { systemBinary: binary.path, version: binary.version },
    instanceOpts: Array.from({ length: members }, () => ({
      launchTimeout: LAUNCH_TIMEOUT_MS,
      ...(options.dbPath ? { dbPath: options.dbPath } : {}),
      ...(port ? { port } : {}),
    })),
    replSet: {
      name: SET_NAME,
      count: members,
      args: mongodArguments(),
      // Below version 7 the library would take an engine without transactions.
      ...(Number.parseInt(binary.version, 10) < 7 ? { storageEngine: 'wiredTiger' as const } : {}),
    },
  })
  return {
    binary,
    uri: (dbName) => set.getUri(dbName),
    stepDown: () => stepDown(set.getUri(), members),
    [Symbol.asyncDispose]: async () => {
      // Data that nobody keeps needs no orderly end, which would take a second.
      if (!options.dbPath)
        await Promise.all(set.servers.map((server) => killed(server.instanceInfo?.instance.mongodProcess)))
      await set.stop({ doCleanup: true, force: false })
    },
  }
}

async function killed(mongod: ChildProcess | undefined): Promise<void> {
  if (!mongod || mongod.exitCode !== null || mongod.signalCode !== null) return
  const exit = once(mongod, 'exit')
  mongod.kill('SIGKILL')
  await exit
}

function mongodArguments(): string[] {
  return [
    // Fewer lines, because a full pipe stalls mongod while its parent is busy.
    '--quiet',
    '--nounixsocket',
    '--setParameter',
    'diagnosticDataCollectionEnabled=false',
    // Else a primary whose parent died waits 15 s for a successor.
    '--setParameter',
    'shutdownTimeoutMillisForSignaledShutdown=100',
    '--wiredTigerCacheSizeGB',
    '0.25',
  ]
}

async function stepDown(uri: string, members: number): Promise<void> {
  const client = await mongo.MongoClient.connect(uri, { serverSelectionTimeoutMS: SERVER_SELECTION_MS })
  try {
    const seconds = members === 1 ? STEP_DOWN_ALONE_SECONDS : STEP_DOWN_SECONDS
    await client
      .db('admin')
      .command({ replSetStepDown: seconds, secondaryCatchUpPeriodSecs: members === 1 ? 0 : seconds / 2, force: true })
  } finally {
    await client.close()
  }
}
