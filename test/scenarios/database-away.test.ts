/** The database goes away under a running app: it lives, says that it is not ready, and still tells its own numbers. */
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'

import { readConfig } from '../../app/config.ts'
import { startApp } from '../../app/main.ts'
import { databaseUri, dropDatabase } from '../stack/mongo/test-database.ts'
import { startWorld } from '../stack/world.ts'
import { startWay } from '../support/way-to-mongo.ts'

test('without MongoDB the app lives and is not ready', async () => {
  const direct = databaseUri()
  onTestFinished(() => dropDatabase(direct))
  const way = await startWay(direct)
  const world = await startWorld({ mongoUri: way.uri })
  onTestFinished(() => world[Symbol.asyncDispose]())
  const app = await startApp(readConfig(world.env), { log: pino({ level: 'silent' }), throttle: false })
  onTestFinished(() => app.stop())
  onTestFinished(() => way.open())
  const ask = (path: string) => fetch(`${app.url}${path}`, { headers: { authorization: `Bearer ${world.apiToken}` } })
  expect([(await ask('/livez')).status, (await ask('/readyz')).status]).toEqual([200, 200])

  way.cut()
  await expect.poll(async () => (await ask('/readyz')).status, { timeout: 60_000 }).toBe(503)
  expect((await ask('/livez')).status).toBe(200)
  const metrics = (await (await ask('/metrics')).text()).split('\n')
  expect(metrics).toContain('app_runs_past_deadline Nan')
  expect(metrics).toContain('app_sandboxes_orphaned 0')

  way.open()
  await expect.poll(async () => (await ask('/readyz')).status, { timeout: 60_000 }).toBe(200)
})
