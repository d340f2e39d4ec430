/**
 * One connection to MongoDB, passed to whoever stores something; nothing is global. Its defaults are the safe ones:
 * majority writes, primary reads, no query that the schema does not know, no operator that came in as data.
 */
import { Mongoose } from 'mongoose'
import type { Connection, Model, mongo, Schema } from 'mongoose'

/** How long an operation may look for a primary; an election takes up to 12 s, but a webhook has only 10. */
const SERVER_SELECTION_TIMEOUT_MS = 5_000
const CONNECT_TIMEOUT_MS = 5_000
/** An operation without an answer for this long has failed; longer than any that the app issues. */
const SOCKET_TIMEOUT_MS = 15_000
const MAJORITY_TIMEOUT_MS = 8_000
const POOL_CONNECTIONS_MAX = 20
const PING_TIMEOUT_MS = 2_000

export type StoreConnection = Connection

export interface ConnectOptions {
  serverSelectionTimeoutMs?: number
  /** Hears of every command that is sent, for tests and benchmarks. */
  observe?: (command: mongo.CommandStartedEvent) => void
}

/** Connects; throws when no primary answers in time. End it with `close()`. */
export async function connect(uri: string, options: ConnectOptions = {}): Promise<StoreConnection> {
  // An instance of our own, because mongoose keeps these settings per instance and exports a global one.
  const mongoose = new Mongoose({
    strict: 'throw',
    strictQuery: 'throw',
    sanitizeFilter: true,
    autoIndex: false,
    autoCreate: false,
  })
  const connection = mongoose.createConnection(uri, {
    // A command that waits in a buffer for a connection would outlive the request that sent it.
    bufferCommands: false,
    autoIndex: false,
    autoCreate: false,
    sanitizeFilter: true,
    readPreference: 'primary',
    readConcern: { level: 'majority' },
    writeConcern: { w: 'majority', wtimeoutMS: MAJORITY_TIMEOUT_MS },
    retryWrites: true,
    serverSelectionTimeoutMS: options.serverSelectionTimeoutMs ?? SERVER_SELECTION_TIMEOUT_MS,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    socketTimeoutMS: SOCKET_TIMEOUT_MS,
    maxPoolSize: POOL_CONNECTIONS_MAX,
    monitorCommands: options.observe !== undefined,
  })
  if (options.observe) connection.getClient().on('commandStarted', options.observe)
  return connection.asPromise()
}

/** Resolves when the primary answers; rejects when it does not. */
export async function ping(connection: StoreConnection): Promise<void> {
  if (!connection.db) throw new Error('MongoDB is not connected')
  await connection.db.command({ ping: 1, maxTimeMS: PING_TIMEOUT_MS })
}

/** Makes the collection and the indexes that a model's schema names; what is there already stays. */
export async function ensureIndexesOf<T>(model: Model<T>): Promise<void> {
  await model.createCollection()
  await model.createIndexes()
}

/** The model of this connection, made on first use, because mongoose refuses to make one twice. */
export function modelOf<T>(connection: StoreConnection, name: string, schema: Schema<T>): Model<T> {
  return (connection.models[name] as Model<T> | undefined) ?? (connection.model(name, schema) as unknown as Model<T>)
}

/** True for MongoDB's "this unique key is taken". */
export function isDuplicateKey(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 11_000
}
