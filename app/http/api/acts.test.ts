/** What people and programs do over HTTP is on record in the real store, with where it came from; refusals are bounded. */
import { afterEach, beforeEach, expect, test } from 'vitest'

import { apiWorld, openIssue } from '../../../test/stack/api/world.ts'
import type { ApiWorld, Ask } from '../../../test/stack/api/world.ts'
import { runsWorld } from '../../../test/stack/api/runs.ts'
import { databaseUri, dropDatabase } from '../../../test/stack/mongo/test-database.ts'

let uri: string
let world: ApiWorld
beforeEach(async () => {
  uri = databaseUri()
  world = await apiWorld(uri)
})
afterEach(async () => {
  await world[Symbol.asyncDispose]()
  await dropDatabase(uri)
})

const ASSIGN = '/api/repos/acme/shop/issues/1/assign-agent'
const everything = () => ({ headers: world.bearer('everything') })
const post = (path: string, who: Pick<Ask, 'as' | 'headers'>, body: unknown = {}) =>
  world.ask(path, { method: 'POST', body, ...who })
const trail = async (query = '') =>
  (await world.ask(`/api/admin/audit${query}`, everything())).json.events as unknown as Record<string, unknown>[]

test('an admin reads who assigned, cancelled and retried, from where, and on which issue', async () => {
  const as = await world.signIn()
  const { id } = (await post(ASSIGN, { as })).json
  await post(`/api/runs/${id}/cancel`, { as }, { reason: 'a mistake' })
  // Which repositories have Runs is remembered for a moment, and this is the first Run of all.
  world.pass(1_000)
  expect(await post(`/api/runs/${id}/retry`, { headers: world.bearer('writer') })).toMatchObject({ status: 202 })
  const of = { target: `run:${id}`, repository: 'acme/shop', issue: 1, outcome: 'allowed', via: 'api', ip: '127.0.0.1' }
  const lines = (await trail()).toSorted((a, b) => String(a['action']).localeCompare(String(b['action'])))
  expect(lines).toMatchObject([
    { ...of, actor: 'person:octocat', action: 'run.assign', reason: 'started', why: null },
    { ...of, actor: 'person:octocat', action: 'run.cancel', reason: 'requested', why: 'a mistake' },
    { ...of, actor: 'token:writer', action: 'run.retry', reason: 'retried', why: null },
  ])
  expect(await trail('?repository=acme/shop&actor=token:writer')).toHaveLength(1)
})

test('the same request under its Idempotency-Key is one act', async () => {
  const who = { headers: { ...world.bearer('writer'), 'idempotency-key': 'one' } }
  await post(ASSIGN, who)
  await post(ASSIGN, who)
  expect(await trail()).toMatchObject([{ action: 'run.assign' }])
})

test('who may not is on record once a day, whatever issues they name', async () => {
  const as = await world.signIn({ id: 9, login: 'mallory' })
  world.levels.set('mallory@shop', 'read')
  const { id } = await world.request({ number: 3 })
  for (const number of [1, 2, 3]) {
    const path = `/api/repos/acme/shop/issues/${number}/assign-agent`
    expect(await post(path, { as })).toMatchObject({ status: 403 })
    expect(await post(`/api/runs/${id}/pause`, { as })).toMatchObject({ status: 403 })
  }
  const refused = await trail('?actor=person:mallory')
  expect(refused.map(({ action, target }) => `${String(action)} ${String(target)}`).toSorted()).toEqual([
    'run.assign issue:acme/shop#1',
    `run.pause run:${id}`,
  ])
  expect(refused[0]).toMatchObject({ outcome: 'refused', reason: 'needs_write', via: 'api', ip: '127.0.0.1' })
  world.pass(24 * 3_600_000)
  expect(await post(ASSIGN, { as: await world.signIn({ id: 9, login: 'mallory' }) })).toMatchObject({ status: 403 })
  expect(await trail('?actor=person:mallory&action=run.assign')).toHaveLength(2)
})

test('what the kill switch and a Run at work refuse is on record with that', async () => {
  const writer = { headers: world.bearer('writer') }
  const { id } = await world.request()
  expect(await post(ASSIGN, writer)).toMatchObject({ status: 409 })
  await world.ask('/api/admin/kill-switch', { method: 'PUT', body: { on: true, reason: 'x' }, ...everything() })
  world.issues.set('shop#2', { ...openIssue, url: 'https://github.com/acme/shop/issues/2' })
  for (let n = 0; n < 2; n++) {
    expect(await post('/api/repos/acme/shop/issues/2/assign-agent', writer)).toMatchObject({ status: 409 })
  }
  expect((await trail('?actor=token:writer&outcome=refused')).map(({ target, reason }) => [target, reason])).toEqual([
    ['issue:acme/shop#2', 'switched_off'],
    [`run:${id}`, 'run_live'],
  ])
})

test('a Run owes no line once it has moved on, and its document says nothing of addresses', async () => {
  const { id } = (await post(ASSIGN, { headers: world.bearer('writer') })).json
  const runs = world.connection.collection<{ _id: string }>('runs')
  expect(await runs.findOne({ _id: id })).toMatchObject({ acts: [{ action: 'run.assign' }] })
  await world.engine.claimEffect(id, Date.now())
  const found = await runs.findOne({ _id: id })
  expect(found).not.toHaveProperty('acts')
  expect(JSON.stringify(found)).not.toContain('127.0.0.1')
})

test('a line costs one write and no question, and is taken off its Run by a write that comes anyway', async () => {
  const asked: string[] = []
  const observe = ({ commandName, command }: { commandName: string; command: Record<string, unknown> }) => {
    const of = command[commandName]
    if (of === 'audit' || of === 'runs') asked.push(`${commandName} ${of}`)
  }
  await using counted = await runsWorld(uri, Date.now, { observe })
  await counted.request()
  asked.length = 0
  const run = await counted.request({ number: 2 })
  expect(asked).toEqual(['insert runs', 'insert audit'])
  asked.length = 0
  await counted.engine.claimEffect(run.id, Date.now())
  // The look at the Run is there anyway.
  expect(asked).toEqual(['find runs', 'update runs'])
})
