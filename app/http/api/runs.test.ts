/** Reading Runs over real HTTP: one, many, the ledger, the log; and cancelling one. */
import { beforeEach, describe, expect, test } from 'vitest'

import { onceInApiWorld } from '../../../test/stack/api/own-world.ts'
import { hashInput } from '../../domain/events.ts'
import type { RunEvent } from '../../domain/events.ts'
import { programAsPerson } from '../../domain/people.ts'
import type { Run } from '../../domain/run.ts'
import { vault } from '../../../test/stack/api/runs.ts'

import type { ApiWorld } from '../../../test/stack/api/world.ts'

let world: ApiWorld
let as: string
let number = 0
const request = (changes: Parameters<ApiWorld['request']>[0] = {}): Promise<Run> =>
  world.request({ number: ++number, ...changes })

onceInApiWorld((made) => (world = made))
beforeEach(async () => {
  await world.connection.collection('runs').deleteMany({})
  world.levels.clear()
  world.levels.set('octocat@shop', 'write')
  world.githubIsAway = false
  // What was asked before, and which repositories had Runs, is forgotten.
  world.pass(61_000)
  as = await world.signIn()
})

describe('one Run', () => {
  test('is shown with its links, and not sent twice to somebody who has it', async () => {
    const run = await request()
    const first = await world.ask(`/api/runs/${run.id}`, { as })
    expect(first).toMatchObject({
      status: 200,
      headers: { 'cache-control': 'private, no-cache' },
      json: {
        id: run.id,
        status: 'queued',
        view: { word: 'Queued' },
        repository: { owner: 'acme', name: 'shop', private: false },
        requestedBy: { id: 583_231, login: 'octocat' },
        links: { self: `http://127.0.0.1/api/runs/${run.id}`, html: `http://127.0.0.1/runs/${run.id}` },
      },
    })
    const headers = { 'if-none-match': first.headers.etag! }
    expect(await world.ask(`/api/runs/${run.id}`, { as, headers })).toMatchObject({ status: 304, text: '' })
    await world.cancel(run)
    const after = await world.ask(`/api/runs/${run.id}`, { as, headers })
    expect(after.json).toMatchObject({ status: 'cancelled', reason: { code: 'cancelled_by_person' } })
  })

  test.each([
    ['a program', '*/*', 'json'],
    ['a client of the API', 'application/json', 'json'],
    ['nothing named', '', 'json'],
    ['a browser', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'html'],
    ['who likes JSON better', 'text/html;q=0.5, application/json', 'json'],
  ])('/runs/:id for %s (%s) answers with %s', async (_, accept, kind) => {
    const run = await request()
    const reply = await world.ask(`/runs/${run.id}?tab=logs`, { as, headers: { accept } })
    expect(reply.status).toBe(200)
    expect(reply.headers['content-type']).toContain(kind)
  })

  test('nobody who is not signed in reads one, but everybody gets the page', async () => {
    const run = await request()
    expect(await world.ask(`/api/runs/${run.id}`)).toMatchObject({ status: 401, json: { code: 'unauthenticated' } })
    expect(await world.ask(`/runs/${run.id}`)).toMatchObject({ status: 401 })
    expect(await world.ask(`/runs/${run.id}`, { headers: { accept: 'text/html' } })).toMatchObject({ status: 200 })
  })

  test('row 23: a Run in a repository that one cannot read is as absent as one that is not there', async () => {
    const hidden = await request({ repository: vault })
    const paths = ['', '/events', '/logs', '/logs/count', '/stream']
    for (const path of paths) {
      const [there, absent] = await Promise.all(
        [hidden.id, 'r_0000000000'].map((id) => world.ask(`/api/runs/${id}${path}`, { as })),
      )
      const told = ({ text, json, status, headers }: typeof there & {}) => ({
        status,
        text: text.replace(json.reference, '…'),
        headers: { ...headers, date: '' },
      })
      expect(told(there!)).toEqual(told(absent!))
      expect(there!.status).toBe(404)
    }
    const asked = world.asked.filter((a) => a === 'octocat@vault')
    expect(asked.length % 2).toBe(0)
    const byToken = await world.ask(`/api/runs/${hidden.id}`, { headers: world.bearer('reader') })
    expect(byToken).toMatchObject({ status: 404, json: { code: 'not_found' } })
    expect((await world.ask(`/api/runs/${hidden.id}/cancel`, { method: 'POST', body: {}, as })).status).toBe(404)
  })

  test('row 23: it is there for those who may read it, for admins and for programs that are let in', async () => {
    const hidden = await request({ repository: vault })
    world.levels.set('octocat@vault', 'read')
    const admin = await world.signIn({ id: 480_938, login: 'hubot' })
    for (const options of [{ as }, { as: admin }, { headers: world.bearer('writer') }]) {
      expect((await world.ask(`/api/runs/${hidden.id}`, options)).status).toBe(200)
    }
  })

  test.each(['r_8k2f', 'R_8K2F0Q7W3Z', '%00', 'r_8k2f0q7w3z%2f..'])('%s names no Run', async (id) => {
    expect((await world.ask(`/api/runs/${id}`, { as })).status).toBe(404)
  })
})

describe('the list', () => {
  test('comes newest first, in pages, each Run once', async () => {
    const made: string[] = []
    for (let n = 0; n < 5; n++) made.unshift((await request()).id)
    const seen: string[] = []
    let after = ''
    do {
      const page = await world.ask(`/api/runs?limit=2${after && `&after=${after}`}`, { as })
      seen.push(...page.json.runs.map((r) => r.id))
      after = String(page.json.next ?? '')
    } while (after)
    expect(seen.toSorted()).toEqual(made.toSorted())
    expect(seen.length).toBe(5)
  })

  test('is narrowed by status, repository, issue, agent and person', async () => {
    world.levels.set('octocat@vault', 'read')
    const first = await request({ agent: 'other' })
    const second = await request({ repository: vault, requestedBy: { id: 2, login: 'monalisa' } })
    await world.cancel(first)
    const ids = async (query: string) => (await world.ask(`/api/runs?${query}`, { as })).json.runs.map((r) => r.id)
    expect(await ids('status=cancelled')).toEqual([first.id])
    expect((await ids('status=cancelled,queued')).toSorted()).toEqual([first.id, second.id].toSorted())
    expect(await ids('repository=ACME/vault')).toEqual([second.id])
    expect(await ids(`issue=${first.issue.number}`)).toEqual([first.id])
    expect(await ids('agent=other')).toEqual([first.id])
    expect(await ids('requestedBy=monalisa')).toEqual([second.id])
    expect(await ids('repository=acme/nothing')).toEqual([])
  })

  test('finds what people type: words of the title, an issue, a branch, an id', async () => {
    world.levels.set('octocat@vault', 'read')
    const csv = await request()
    const login = await request({
      repository: vault,
      issue: { number: 7, title: 'Fix the flaky login test', body: '', url: 'https://github.com/acme/vault/issues/7' },
    })
    const found = async (q: string, more = '') =>
      (await world.ask(`/api/runs?q=${encodeURIComponent(q)}${more}`, { as })).json.runs.map((r) => r.id)
    expect(await found('FLAKY login')).toEqual([login.id])
    expect(await found('flaky export')).toEqual([])
    expect(await found('7')).toContain(login.id)
    expect(await found(`#${csv.issue.number}`)).toEqual([csv.id])
    expect(await found('vault#7')).toEqual([login.id])
    expect(await found('shop#7')).toEqual([])
    expect(await found(login.id)).toEqual([login.id])
    expect(await found(csv.branchName)).toEqual([csv.id])
    expect(await found(csv.id, '&status=failed')).toEqual([])
    expect(await found('flaky', '&status=queued&agent=stub&requestedBy=octocat')).toEqual([login.id])
    expect(await found('flaky', '&status=failed')).toEqual([])
    expect(await found(' ')).toHaveLength(2)
    world.pass(2 * 3_600_000)
    expect(await found('flaky', '&within=1h')).toEqual([])
    expect(await found('', '&within=1h')).toEqual([])
    expect(await found('', '&within=24h')).toHaveLength(2)
  })

  test('is counted by status, under the other filters, and tells what they can be set to', async () => {
    world.levels.set('octocat@vault', 'read')
    await world.cancel(await request({ agent: 'other' }))
    await request({ repository: vault, requestedBy: { id: 2, login: 'monalisa' } })
    const body = async (path: string, options: Parameters<ApiWorld['ask']>[1] = { as }) =>
      (await world.ask(path, options)).json
    const none = { queued: 0, running: 0, paused: 0, succeeded: 0, failed: 0, cancelled: 0 }
    expect(await body('/api/runs/counts')).toEqual({ counts: { ...none, queued: 1, cancelled: 1 }, max: 1_000 })
    expect(await body('/api/runs/counts?repository=acme/vault&requestedBy=monalisa&within=1h')).toMatchObject({
      counts: { ...none, queued: 1 },
    })
    expect(await body('/api/runs/counts?agent=other')).toMatchObject({ counts: { ...none, cancelled: 1 } })
    expect(await body('/api/runs/choices')).toEqual({
      repositories: ['acme/shop', 'acme/vault'],
      agents: ['other', 'stub'],
      people: ['monalisa', 'octocat'],
    })
    const everything = { headers: world.bearer('everything') }
    expect(await body('/api/runs/counts', everything)).toMatchObject({ counts: { ...none, queued: 1, cancelled: 1 } })
  })

  test('row 23: neither search, counts nor choices tell of repositories that one cannot read', async () => {
    const hidden = await request({ repository: vault, requestedBy: { id: 2, login: 'monalisa' } })
    for (const q of [hidden.id, hidden.branchName, 'export', '%23' + String(hidden.issue.number), 'vault%231']) {
      expect((await world.ask(`/api/runs?q=${q}`, { as })).json).toEqual({ runs: [], next: null })
    }
    const counts = await world.ask('/api/runs/counts', { as })
    expect(Object.values((counts.json as unknown as { counts: object }).counts)).toEqual([0, 0, 0, 0, 0, 0])
    const choices = await world.ask('/api/runs/choices', { as })
    expect(choices.text).not.toMatch(/vault|monalisa/)
  })

  test('row 23: holds nothing of repositories that one cannot read', async () => {
    const open = await request()
    await request({ repository: vault })
    for (const options of [{ as }, { headers: world.bearer('reader') }]) {
      const { json } = await world.ask('/api/runs', options)
      expect(json.runs.map((r) => r.id)).toEqual([open.id])
    }
    expect((await world.ask('/api/runs?repository=acme/vault', { as })).json).toEqual({ runs: [], next: null })
    expect(await world.ask('/api/runs')).toMatchObject({ status: 401 })
  })

  test('is not sent twice to somebody who has it', async () => {
    await request()
    const first = await world.ask('/api/runs', { as })
    const headers = { 'if-none-match': `"other", W/${first.headers.etag!}` }
    expect(await world.ask('/api/runs', { as, headers })).toMatchObject({ status: 304 })
  })

  test.each([
    'status[$ne]=x',
    'status=queued&status=failed',
    'filter={"$where":"1"}',
    'status={"$ne":"x"}',
    'status=open',
    'limit=0',
    'limit=101',
    'limit=-1',
    'issue=1;2',
    'issue[$gt]=0',
    'repository=acme',
    'repository=acme/shop/x',
    'after=bm90IGEgcGxhY2U',
    `after=${Buffer.from('1.r_8k2f0q7w3z.x').toString('base64url')}`,
    `after[$gt]=x`,
    '__proto__=x',
    'within=1y',
    'within[$gt]=1h',
    'q[$regex]=.*',
    `q=${'x'.repeat(101)}`,
  ])('row 22: ?%s is refused with 400', async (query) => {
    const reply = await world.ask(`/api/runs?${encodeURI(query)}`, { as })
    expect(reply).toMatchObject({ status: 400, json: { code: 'bad_request' } })
  })
})

describe('the ledger', () => {
  test('is read in pages and can be verified from what it shows', async () => {
    const run = await request()
    await world.cancel(run)
    const first = (await world.ask(`/api/runs/${run.id}/events?limit=2`, { as })).json
    const rest = (await world.ask(`/api/runs/${run.id}/events?after=${String(first.next)}`, { as })).json
    const events = [...first.events, ...rest.events]
    expect(events.map((e) => e.seq)).toEqual([1, 2, 3])
    expect(rest.next).toBeNull()
    const stored = await world.store.ledger(run.id, 0, 10)
    for (const [i, event] of events.entries()) {
      expect(hashInput({ ...(event as unknown as RunEvent), at: Date.parse(event.at) })).toBe(hashInput(stored[i]!))
      expect(event.prev).toBe(events[i - 1]?.hash ?? null)
    }
  })

  test('and so is the log', async () => {
    const run = await request()
    const line = (n: number) => ({
      n,
      at: '2026-11-20T12:00:00.000Z',
      source: 'agent' as const,
      level: 'info' as const,
      text: `line ${n}`,
    })
    const count = async () => (await world.ask(`/api/runs/${run.id}/logs/count`, { as })).json
    expect(await count()).toEqual({ lines: 0 })
    await world.logs.appendLogs(run.id, 'd', [line(0), line(1), line(2)], Date.now())
    expect(await count()).toEqual({ lines: 3 })
    const first = (await world.ask(`/api/runs/${run.id}/logs?limit=2`, { as })).json
    expect(first).toMatchObject({ lines: [{ line: 0, text: 'line 0' }, { line: 1 }], next: 1 })
    const rest = (await world.ask(`/api/runs/${run.id}/logs?after=1`, { as })).json
    expect(rest).toMatchObject({ lines: [{ line: 2 }], next: null })
  })
})

describe('cancelling', () => {
  const cancel = (run: Run, options: Parameters<ApiWorld['ask']>[1] = { as }) =>
    world.ask(`/api/runs/${run.id}/cancel`, { method: 'POST', body: { reason: 'changed my mind' }, ...options })

  test('answers with the Run as it is then', async () => {
    const run = await request()
    const reply = await cancel(run)
    expect(reply).toMatchObject({ status: 202, json: { id: run.id, status: 'cancelled' } })
    const [, asked] = await world.store.ledger(run.id, 0, 10)
    expect(asked).toMatchObject({ type: 'run.cancel_requested', actor: 'octocat', data: { reason: 'changed my mind' } })
    expect(await cancel(run)).toMatchObject({ status: 409, json: { code: 'run_ended', runId: run.id } })
  })

  test('is for those who write, and for whoever asked for the Run', async () => {
    world.levels.set('octocat@shop', 'triage')
    const others = await request({ requestedBy: { id: 2, login: 'monalisa' } })
    const reply = await cancel(others)
    expect(reply).toMatchObject({ status: 403, json: { code: 'forbidden' } })
    expect(reply.json.detail).toBe('You can read shop, but cancelling this run needs write access.')
    expect(await cancel(await request())).toMatchObject({ status: 202 })
    expect(await cancel(others, { headers: world.bearer('reader') })).toMatchObject({ status: 403 })
    expect(await cancel(others, { headers: world.bearer('writer') })).toMatchObject({ status: 202 })
  })

  test('a program that shares its number with nobody is not taken for the one who asked', async () => {
    const run = await request({ requestedBy: programAsPerson('writer') })
    expect(await cancel(run, { headers: world.bearer('reader') })).toMatchObject({ status: 403 })
  })

  test('says so when GitHub cannot be asked, and changes nothing', async () => {
    const run = await request({ requestedBy: { id: 2, login: 'monalisa' } })
    // That the repository is public was known before.
    expect(await world.ask(`/api/runs/${run.id}`, { as })).toMatchObject({ status: 200 })
    world.githubIsAway = true
    const reply = await cancel(run)
    expect(reply).toMatchObject({ status: 503, json: { code: 'unavailable' }, headers: { 'retry-after': '60' } })
    expect((await world.engine.load(run.id))?.status).toBe('queued')
  })

  test.each([{ reason: 1 }, { reason: 'x'.repeat(501) }, { why: 'x' }, []])('%j is refused with 422', async (body) => {
    const run = await request()
    expect(await cancel(run, { as, body })).toMatchObject({ status: 422 })
  })
})
