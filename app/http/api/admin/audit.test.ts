/** The audit trail over real HTTP and a real store: filters, pages, export, and who may read what of it. */
import { expect, test } from 'vitest'

import { eachInApiWorld } from '../../../../test/stack/api/own-world.ts'
import type { ApiWorld, Ask } from '../../../../test/stack/api/world.ts'
import type { AuditEvent } from '../../../store/audit.ts'

let world: ApiWorld
eachInApiWorld((fresh) => (world = fresh))

const PATH = '/api/admin/audit'
const START = Date.parse('2026-01-01T00:00:00.000Z')
const everything = () => ({ headers: world.bearer('everything') })
const write = (n: number, changes: Partial<AuditEvent> = {}) =>
  world.audit.record({
    at: START,
    actor: n % 2 === 0 ? 'person:octocat' : 'app',
    action: 'run.kill',
    target: `run:${n}`,
    repository: 'acme/shop',
    outcome: n < 2 ? 'refused' : 'allowed',
    reason: 'killed',
    why: null,
    ip: '203.0.113.9',
    ...changes,
  })
const read = async (query: string, who: Pick<Ask, 'as' | 'headers'> = everything()) => {
  const { json } = await world.ask(PATH + query, who)
  const { events, next } = json as unknown as { events: { target: string }[]; next: string | null }
  return { targets: events.map(({ target }) => target), next }
}

test('says who, what, when, how and from where, newest first, by any mix of filters', async () => {
  for (let n = 0; n < 6; n++) await write(n)
  await write(9, {
    at: START + 60_000,
    action: 'kill_switch.on',
    target: 'kill_switch',
    repository: null,
    why: 'flood',
  })
  const { json } = await world.ask(`${PATH}?action=kill_switch.on`, everything())
  expect(json).toEqual({
    events: [
      {
        id: expect.stringMatching(/^[0-9a-f]{24}$/),
        at: '2026-01-01T00:01:00.000Z',
        actor: 'app',
        action: 'kill_switch.on',
        target: 'kill_switch',
        repository: null,
        issue: null,
        outcome: 'allowed',
        reason: 'killed',
        why: 'flood',
        via: null,
        ip: '203.0.113.9',
      },
    ],
    next: null,
  })
  expect((await read('')).targets).toEqual(['kill_switch', 'run:5', 'run:4', 'run:3', 'run:2', 'run:1', 'run:0'])
  expect((await read('?actor=person:octocat&outcome=allowed')).targets).toEqual(['run:4', 'run:2'])
  expect((await read('?target=run:3')).targets).toEqual(['run:3'])
  expect((await read('?from=2026-01-01T00:00:01Z')).targets).toEqual(['kill_switch'])
  expect((await read('?before=2026-01-01T00:00:01Z&actor=app')).targets).toEqual(['run:5', 'run:3', 'run:1'])
  for (const query of ['?outcome=maybe', '?target=run:3&actor=app', '?from=yesterday', '?after=abc', '?actor='])
    expect((await world.ask(PATH + query, everything())).status, query).toBe(400)
})

test('an event that is written again under its name stands there once, as it was written first', async () => {
  for (const actor of ['person:octocat', 'person:hubot']) await write(1, { once: 'r_0000000001/1', actor })
  await Promise.all(Array.from({ length: 8 }, () => write(2, { once: 'r_0000000002/1' })))
  const { json } = await world.ask(PATH, everything())
  const events = json.events as unknown as { actor: string; target: string }[]
  expect(events.map(({ target }) => target).toSorted()).toEqual(['run:1', 'run:2'])
  expect(events.find(({ target }) => target === 'run:1')).toMatchObject({ actor: 'person:octocat' })
})

test('pages lose and repeat nothing where many happened in one millisecond', async () => {
  for (let n = 0; n < 8; n++) await write(n)
  const seen: string[] = []
  let next: string | null = null
  do {
    const after: string = next === null ? '' : `&after=${next}`
    const page: Awaited<ReturnType<typeof read>> = await read(`?action=run.kill&limit=3${after}`)
    seen.push(...page.targets)
    next = page.next
  } while (next !== null)
  expect(seen).toEqual([7, 6, 5, 4, 3, 2, 1, 0].map((n) => `run:${n}`))
})

test('is exported as CloudEvents, one a line, and the export is on record', async () => {
  for (let n = 0; n < 3; n++) await write(n)
  const reply = await world.ask(`${PATH}/export?actor=person:octocat`, everything())
  expect(reply.headers).toMatchObject({
    'content-type': 'application/x-ndjson',
    'content-disposition': 'attachment; filename="deckhand-audit.ndjson"',
    'deckhand-complete': 'true',
  })
  const lines = reply.text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as object)
  expect(lines).toHaveLength(2)
  expect(lines[0]).toMatchObject({
    specversion: '1.0',
    type: 'dev.deckhand.audit.recorded.v1',
    source: 'http://127.0.0.1/api/admin/audit',
    subject: 'run:2',
    time: '2026-01-01T00:00:00.000Z',
    data: { actor: 'person:octocat', action: 'run.kill', outcome: 'allowed', ip: '203.0.113.9' },
  })
  expect(await world.audit.listAudit({ action: 'audit.export' })).toMatchObject([{ actor: 'token:everything' }])
})

test('an admin of a repository reads what happened there and nothing else', async () => {
  const run = await world.request()
  await write(1, { repository: 'acme/vault' })
  const as = await world.signIn()
  const kill = () => world.ask(`/api/runs/${run.id}/kill`, { method: 'POST', body: { reason: 'stuck' }, as })
  expect((await kill()).status).toBe(403)
  world.pass(60_001)
  world.levels.set('octocat@shop', 'admin')
  expect((await kill()).status).toBe(202)
  expect((await read('?repository=ACME/shop&action=run.kill', { as })).targets).toEqual([
    `run:${run.id}`,
    `run:${run.id}`,
  ])
  expect((await world.ask(PATH, { as })).status).toBe(403)
  expect((await world.ask(`${PATH}/export`, { as })).status).toBe(403)
  expect((await world.ask(`${PATH}?repository=acme/vault`, { as })).status).toBe(404)
  expect((await world.ask(`${PATH}/export?repository=acme/shop`, { as })).text).not.toContain('acme/vault')
})
