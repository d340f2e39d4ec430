/**
 * The kill switch on two replicas over one database: a flip on one holds on the other within two seconds (trust.md R11),
 * for what is asked for and for what waits for its job. Nothing is lost by it: people are told, and asking again works.
 */
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'

import { readConfig } from '../../app/config.ts'
import { startApp } from '../../app/main.ts'
import { openStage } from '../support/scenario.ts'
import { asDescribed } from '../stack/http/as-described.ts'
import { freePort } from '../stack/ports.ts'
import { REPOSITORY } from '../stack/world.ts'

const HOLDS_MS_MAX = 2_000

test('a flip on one replica stops the other one from taking on and from starting anything', async () => {
  const stage = await openStage()
  const { world, api, assign, until, ended, run } = stage
  const { github } = world
  const port = await freePort(0)
  const config = readConfig({ ...world.env, PORT: String(port) })
  const other = await startApp(config, { log: pino({ level: 'silent' }), checkAnswer: asDescribed, throttle: false })
  onTestFinished(() => other.stop())
  const headers = { authorization: `Bearer ${world.apiToken}`, 'content-type': 'application/json' }
  const elsewhere = (path: string, init: RequestInit = {}) => fetch(`${other.url}${path}`, { ...init, headers })
  const flip = (on: boolean) =>
    elsewhere('/api/admin/kill-switch', { method: 'PUT', body: JSON.stringify({ on, reason: 'an incident' }) })
  const replies = () => github.state.comments.map(({ body }) => body).filter((body) => body.includes('deckhand:reply'))

  // The first of its kind in the life of a process also waits for what it is checked with.
  await flip(false)
  await api('/api/admin/kill-switch')
  // A Run that was taken on before, and whose base GitHub does not tell yet.
  github.faults.hang({ method: 'GET', path: /\/commits\/|\/git\/ref/, times: 20 })
  const waiting = await assign(world.openIssue())
  const flippedAt = performance.now()
  expect(await (await flip(true)).json()).toMatchObject({ on: true, confirmed: true, by: 'api:local' })
  expect(await (await api('/api/admin/kill-switch')).json()).toMatchObject({ on: true, reason: 'an incident' })
  expect(performance.now() - flippedAt).toBeLessThan(HOLDS_MS_MAX)

  const asked = world.openIssue()
  world.comment(asked, '/assign-agent')
  await until('the answer to who asks now', () =>
    replies().some((body) => body.startsWith('An admin has switched all agents off, so I did not start a run.')),
  )
  for (const ask of [api, elsewhere]) {
    const refused = await ask(`/api/repos/${REPOSITORY}/issues/${asked}/assign-agent`, { method: 'POST', body: '{}' })
    expect(refused.status).toBe(409)
  }
  expect(await stage.runsOf(asked)).toEqual([])
  github.faults.clear()
  expect(await ended(waiting.id)).toMatchObject({ status: 'failed', reason: { code: 'kill_switch' } })
  expect(github.state.workflowRuns).toEqual([])

  await flip(false)
  const again = await assign(asked)
  expect(await ended(again.id)).toMatchObject({ status: 'succeeded' })
  expect((await run(waiting.id)).workflowRun).toBeNull()
})
