/** The database goes away under a running app: it lives, says that it is not ready, and still tells its own numbers. */
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'

import { readConfig } from '../../app/config.ts'
import { startApp } from '../../app/main.ts'
import { databaseUri, dropDatabase } from '../stack/mongo/test-database.ts'
import { startWorld } from '../stack/world.ts'

test('without MongoDB the app lives and is not ready', async () => {
  const direct = databaseUri()
  onTestFinished(() => dropDatabase(direct))
  const way = await startWay(new URL(direct))
  const world = await startWorld({ mongoUri: way.uri })
  onTestFinished(() => world[Symbol.asyncDispose]())
  const app = await startApp(readConfig(world.env), { log: pino({ level: 'silent' }), throttle: false })
  onTestFinished(() => app.stop())
  onTestFinished(() => way.open())
  const ask = (path: string) => fetch(`${app.url}${path}`, { headers: { authorization: `Bearer ${world.apiToken}` } })
  expect([(await ask('/livez')).status, (await ask('/readyz')).status]).toEqual([200, 200])

  way.cut()
  await expect.poll(async () => (await ask('/readyz')).status, { timeout: 15_000 }).toBe(503)
  expect((await ask('/livez')).status).toBe(200)
  const metrics = (await (await ask('/metrics')).text()).split('\n')
  expect(metrics).toContain('app_runs_past_deadline Nan')
  expect(metrics).toContain('app_sandboxes_orphaned 0')

  way.open()
  await expect.poll(async () => (await ask('/readyz')).status, { timeout: 15_000 }).toBe(200)
})

/** A way to MongoDB that can be cut: what is under way breaks, and nothing new gets through. */
async function startWay({ hostname, port, pathname }: URL) {
  const sockets = new Set<Socket>()
  let closed = false
  const server = createServer((socket) => {
    if (closed) return void socket.destroy()
    const far = connect(Number(port), hostname)
    for (const end of [socket, far]) sockets.add(end.on('error', () => {}).on('close', () => sockets.delete(end)))
    socket.pipe(far).pipe(socket)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => void server.close())
  return {
    uri: `mongodb://127.0.0.1:${(server.address() as AddressInfo).port}${pathname}?directConnection=true`,
    cut() {
      closed = true
      for (const socket of sockets) socket.destroy()
    },
    open() {
      closed = false
    },
  }
}
