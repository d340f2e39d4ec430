/** Tickets of set-up: known to their holders only, each of one kind, for one hour, and taken out by use. */
import { afterAll, beforeAll, expect, test } from 'vitest'

import { databaseUri, dropDatabase } from '../../test/stack/mongo/test-database.ts'
import { connect } from './connect.ts'
import type { StoreConnection } from './connect.ts'
import { sealWith } from './seal.ts'
import { settingsStore } from './settings.ts'
import { TICKET_MS, ticketStore } from './setup-tickets.ts'
import type { TicketStore } from './setup-tickets.ts'

const uri = databaseUri()
const start = Date.now()
const seal = sealWith('k'.repeat(32))
let connection: StoreConnection
let tickets: TicketStore

beforeAll(async () => {
  connection = await connect(uri)
  tickets = ticketStore(connection, seal)
  await tickets.ensureIndexes()
})
afterAll(async () => {
  await connection.close()
  await dropDatabase(uri)
})

test('a ticket is taken once, by one of those who try at once', async () => {
  const id = await tickets.issue('state', start, 'remembered')
  expect(await tickets.peek('state', id, start)).toEqual({ memory: 'remembered' })
  const both = await Promise.all([tickets.take('state', id, start), tickets.take('state', id, start)])
  expect(both.filter(Boolean)).toEqual([{ memory: 'remembered' }])
  expect(await tickets.peek('state', id, start)).toBeNull()
})

test('one kind is no other, and none is good after its hour', async () => {
  const id = await tickets.issue('token', start)
  expect(await tickets.take('state', id, start)).toBeNull()
  expect(await tickets.peek('token', id, start + TICKET_MS - 1)).toEqual({ memory: '' })
  expect(await tickets.peek('token', id, start + TICKET_MS)).toBeNull()
  expect(await tickets.take('token', id, start + TICKET_MS)).toBeNull()
  expect(await tickets.take('token', id, start)).toBeNull()
})

test('neither the ticket nor what it remembers can be read from the database', async () => {
  const id = await tickets.issue('state', start, 'e2b_secret')
  const stored = JSON.stringify(await connection.collection('setup_tickets').find().toArray())
  expect(stored.includes(id)).toBe(false)
  expect(stored.includes('e2b_secret')).toBe(false)
  await tickets.clear()
  expect(await tickets.take('state', id, start)).toBeNull()
})

test('settings are written once, and read under their own key only', async () => {
  const store = settingsStore(connection, seal)
  await store.ensureIndexes()
  expect(await store.readSettings()).toBeNull()
  const writes = await Promise.all(['1', '2'].map((APP_ID) => store.writeSettings({ APP_ID }, start)))
  expect(writes.filter(Boolean)).toHaveLength(1)
  expect(await store.readSettings()).toEqual({ APP_ID: String(writes.indexOf(true) + 1) })
  await expect(settingsStore(connection, sealWith('x'.repeat(32))).readSettings()).rejects.toThrow('SECRET_KEY')
})
