/** The page that GitHub sends the browser back to is loaded again while GitHub still makes the keys of the new App. */
import type { IncomingMessage, ServerResponse } from 'node:http'

import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { databaseUri, dropDatabase } from '../../../test/stack/mongo/test-database.ts'
import { connect } from '../../store/connect.ts'
import type { StoreConnection } from '../../store/connect.ts'
import { sealWith } from '../../store/seal.ts'
import { ticketStore } from '../../store/setup-tickets.ts'
import type { RouteContext } from '../route.ts'
import type { SettingValues, SetupPorts } from './ports.ts'
import { setupRoutes } from './routes.ts'

const uri = databaseUri()
let connection: StoreConnection
beforeAll(async () => {
  connection = await connect(uri)
})
afterAll(async () => {
  await connection.close()
  await dropDatabase(uri)
})

const made = {
  id: 7,
  slug: 'acme-agents',
  name: 'Acme agents',
  url: 'https://github.com/apps/acme-agents',
  owner: { login: 'acme', isPerson: false },
  privateKey: 'a key',
  webhookSecret: 'a secret',
  clientId: 'Iv1.1',
  clientSecret: 'another secret',
}

test('whoever loads it again is told no by GitHub, and the App that was made is stored all the same', async () => {
  const tickets = ticketStore(connection, sealWith('k'.repeat(32)))
  const now = Date.now()
  const browser = await tickets.issue('browser', now)
  const state = await tickets.issue('state', now, JSON.stringify({ choices: {}, showValues: false }))
  const keys = Promise.withResolvers<typeof made>()
  const asked = Promise.withResolvers<void>()
  const answers = [keys.promise, Promise.resolve(null)]
  const stored: SettingValues[] = []
  const ports = {
    publicUrl: 'https://agents.example.com',
    githubUrl: 'https://github.com',
    asks: [],
    tickets,
    problemsOf: () => [],
    github: {
      convert: () => {
        asked.resolve()
        return answers.shift()!
      },
    },
    store: async (values: SettingValues) => stored.push(values) === 1,
    audit: async () => {},
    configured: () => {},
    now: () => now,
  } as unknown as SetupPorts
  const conversion = setupRoutes(ports).find(({ path }) => path === '/api/setup/conversion')!
  const load = async () =>
    conversion.handle({
      body: { code: 'abc', state },
      req: { headers: { cookie: `__Host-deckhand-set-up=${browser}` }, socket: {} } as IncomingMessage,
      res: { appendHeader() {} } as unknown as ServerResponse,
      log: pino({ level: 'silent' }),
    } as unknown as RouteContext)

  const first = load()
  await asked.promise
  await expect(load()).rejects.toMatchObject({ code: 'gone' })
  keys.resolve(made)
  expect(await first).toMatchObject({ json: { name: 'Acme agents' } })
  expect(stored).toMatchObject([{ APP_ID: '7', WEBHOOK_SECRET: 'a secret' }])
})
