/** Assigning an agent over HTTP, and what the issue page says about it before. */
import { beforeEach, describe, expect, test } from 'vitest'

import { onceInApiWorld } from '../../../test/stack/api/own-world.ts'
import { vault } from '../../../test/stack/api/runs.ts'
import { openIssue } from '../../../test/stack/api/world.ts'
import type { Ask, ApiWorld } from '../../../test/stack/api/world.ts'
import { issueClosedText, issueLockedText } from '../../domain/render/replies.ts'

const PATH = '/api/repos/acme/shop/issues/1/assign-agent'
let world: ApiWorld
let as: string

onceInApiWorld((made) => (world = made))
beforeEach(async () => {
  await world.connection.collection('runs').deleteMany({})
  world.levels.clear()
  world.levels.set('octocat@shop', 'write')
  world.issues.set('shop#1', openIssue)
  world.heads.set('next', 'b'.repeat(40))
  world.githubIsAway = false
  world.pass(61_000)
  as = await world.signIn()
})

const assign = (options: Ask = {}, path = PATH) => world.ask(path, { method: 'POST', body: {}, as, ...options })

describe('assigning', () => {
  test.each([PATH, '/issues/acme/shop/1/assign-agent'])('POST %s starts a Run', async (path) => {
    const reply = await assign({ body: { agent: 'other', instructions: 'Keep it small.' } }, path)
    expect(reply).toMatchObject({
      status: 201,
      json: { status: 'queued', agent: 'other', via: 'api', requestedBy: { login: 'octocat' }, issue: { number: 1 } },
    })
    expect(reply.headers.location).toBe(`/api/runs/${reply.json.id}`)
    const run = await world.engine.load(reply.json.id)
    expect(run).toMatchObject({
      instructions: 'Keep it small.',
      issue: { title: openIssue.title, body: openIssue.body },
    })
  })

  test('a second request is told of the Run that works on the issue', async () => {
    const { json } = await assign()
    expect(await assign()).toMatchObject({ status: 409, json: { code: 'run_live', runId: json.id } })
  })

  test('the same Idempotency-Key is the same request, even after the Run has ended', async () => {
    const headers = { 'idempotency-key': '4be4c1b2-9d2a-4f5e-8a6e-2f4b0f8f9f11' }
    const first = await assign({ headers })
    await world.cancel((await world.engine.load(first.json.id))!)
    const again = await assign({ headers })
    expect(again).toMatchObject({ status: 201, text: first.text, headers: { location: first.headers.location } })
    // After a day the answer is forgotten, but not which Run the key started.
    await world.connection.collection('idempotency_keys').deleteMany({})
    expect((await assign({ headers })).json).toMatchObject({ id: first.json.id, status: 'cancelled' })
    await world.connection.collection('idempotency_keys').deleteMany({})
    const other = await assign({ headers, body: { instructions: 'Something else.' } })
    expect(other).toMatchObject({ status: 422, json: { code: 'idempotency_mismatch' } })
    // Somebody else's key is another key, whatever it says.
    const program = await assign({ headers: { ...headers, ...world.bearer('writer') } })
    expect(program.json.id).not.toBe(first.json.id)
    expect(program.json).toMatchObject({ requestedBy: { id: 0, login: 'api:writer' } })
    expect(await assign({ headers: { 'idempotency-key': 'a b' } })).toMatchObject({ status: 400 })
  })

  test('needs write access, and says so to those who read', async () => {
    world.levels.set('octocat@shop', 'triage')
    const reply = await assign()
    expect(reply).toMatchObject({ status: 403, json: { code: 'forbidden' } })
    expect(reply.json.detail).toBe('You can read shop, but starting a run needs write access.')
    expect(await assign({ headers: world.bearer('reader') })).toMatchObject({ status: 403 })
    expect(await world.ask(PATH, { method: 'POST', body: {} })).toMatchObject({ status: 401 })
    expect(await world.connection.collection('runs').countDocuments()).toBe(0)
  })

  test('needs it of admins of this Deckhand too, as a comment does: a Run of theirs would not be let begin', async () => {
    const admin = await world.signIn({ id: 9, login: 'hubot' })
    world.levels.set('hubot@shop', 'read')
    const why = 'You can read shop, but starting a run needs write access.'
    expect(await assign({ as: admin })).toMatchObject({ status: 403, json: { code: 'forbidden', detail: why } })
    expect(await world.connection.collection('runs').countDocuments()).toBe(0)
    const { json } = await world.ask('/api/repos/acme/shop/issues/1', { as: admin })
    expect(json.assign).toEqual({ allowed: false, why })
    expect((await world.ask('/api/repos/acme/shop', { as: admin })).json).toMatchObject({
      start: { allowed: false, why },
    })
    const [newest] = await world.audit.listAudit({ action: 'run.assign' })
    expect(newest).toMatchObject({ actor: 'person:hubot', outcome: 'refused', reason: 'needs_write' })
    world.pass(61_000)
    world.levels.set('hubot@shop', 'write')
    expect(await assign({ as: admin })).toMatchObject({ status: 201 })
  })

  test('row 23: a repository that one cannot read is as absent as one that is not there', async () => {
    await world.request({ repository: vault, number: 9 })
    world.issues.set('vault#1', openIssue)
    const [hidden, absent] = await Promise.all(
      ['vault', 'nothing'].map((repo) => assign({}, `/api/repos/acme/${repo}/issues/1/assign-agent`)),
    )
    const told = (reply: typeof hidden & {}) => reply.text.replace(reply.json.reference, '…')
    expect(hidden!.status).toBe(404)
    expect(told(hidden!)).toBe(told(absent!))
    expect(world.asked.filter((a) => a === 'octocat@vault').length).toBe(2)
  })

  test.each<[string, object, number, string]>([
    ['a closed issue', { state: 'closed' }, 409, issueClosedText],
    ['a locked issue', { locked: true }, 409, issueLockedText],
    ['a pull request', { isPullRequest: true }, 404, 'no such issue'],
  ])('%s cannot be assigned', async (_, changes, status, detail) => {
    world.issues.set('shop#1', { ...openIssue, ...changes })
    const reply = await assign()
    expect(reply.status).toBe(status)
    expect(reply.json.detail).toContain(detail)
  })

  test('an issue that does not exist, and an agent that does not, are named', async () => {
    expect(await assign({}, PATH.replace('/1/', '/404/'))).toMatchObject({ status: 404 })
    const reply = await assign({ body: { agent: 'sutb' } })
    expect(reply).toMatchObject({ status: 422, json: { errors: [{ path: 'agent' }] } })
    expect(reply.json.detail).toBe('unknown agent `sutb`, did you mean `stub`? Agents here: `stub`, `other`.')
  })

  test('all that is wrong with a body is told at once', async () => {
    const reply = await assign({ body: { agent: 5, instructions: 'x'.repeat(20_001), gates: 'none' } })
    expect(reply).toMatchObject({
      status: 422,
      json: {
        errors: [
          { path: 'agent', message: expect.any(String) },
          { path: 'instructions', message: expect.any(String) },
          { path: '', message: expect.stringContaining('gates') },
        ],
      },
    })
  })

  test.each([{ agent: { $ne: 1 } }, { extra: 1 }, 'text', { instructions: 'x'.repeat(20_001) }])(
    'row 21: the body %j is refused with 422',
    async (body) => {
      expect(await assign({ body })).toMatchObject({ status: 422 })
    },
  )

  test('GitHub being away is said, and starts nothing', async () => {
    world.githubIsAway = true
    expect(await assign()).toMatchObject({ status: 503, json: { code: 'unavailable' } })
  })
})

describe('the options of the command', () => {
  test('are kept in the Run', async () => {
    const reply = await assign({ body: { base: 'next', timeout: '30m', draft: true, dryRun: true } })
    expect(reply).toMatchObject({ status: 201, json: { base: { ref: 'next' }, gatesOff: false, dryRun: true } })
    expect(await world.engine.load(reply.json.id)).toMatchObject({
      baseRef: 'next',
      draft: true,
      dryRun: true,
      clocks: { runMs: 1_800_000, agentMs: 1_800_000 },
    })
  })

  test.each<[string, object, [path: string, message: string][]]>([
    [
      'as they are written',
      { agent: 'sutb', base: 'a..b', gate: 'yolo', timeout: '5', dryRun: true, plan: true },
      [
        ['base', '`base=a..b` is not valid. Use the name of an existing branch.'],
        ['gate', '`gate=yolo` is not valid. Use strict, standard, minimal or none.'],
        ['timeout', '`timeout=5` is not valid. Use a time like 90s, 30m or 2h.'],
        ['agent', 'unknown agent `sutb`, did you mean `stub`? Agents here: `stub`, `other`.'],
        ['plan', '`plan` does not work yet. Leave it out.'],
      ],
    ],
    [
      'here and now',
      { base: 'gone', gate: 'strict', timeout: '2h' },
      [
        ['timeout', '`timeout` is over the cap of 1h. Use at most that.'],
        ['gate', '`gate=strict` does not work yet. Leave it out, or use `gate=none`.'],
        ['base', '`base=gone` is not a branch of this repository.'],
      ],
    ],
  ])('all that is wrong with them %s is told at once, as a comment would be', async (_, body, told) => {
    expect(await assign({ body })).toMatchObject({
      status: 422,
      json: {
        code: 'unprocessable',
        detail: told.map(([, message]) => message).join(' '),
        errors: told.map(([path, message]) => ({ path, message })),
      },
    })
    expect(await world.connection.collection('runs').countDocuments()).toBe(0)
  })

  test('priority=high needs maintain or admin access, and low is everybody’s', async () => {
    const detail = '`priority=high` needs maintain or admin access to acme/shop.'
    expect(await assign({ body: { priority: 'high' } })).toMatchObject({
      status: 403,
      json: { code: 'forbidden', detail, errors: [{ path: 'priority', message: detail }] },
    })
    const { json } = await assign({ body: { priority: 'low' } })
    expect(await world.engine.load(json.id)).toMatchObject({ priority: 'low' })
  })

  test('gate=none needs maintain or admin access, and every try is on record', async () => {
    const body = { gate: 'none' }
    const detail = '`gate=none` needs maintain or admin access to acme/shop.'
    expect(await assign({ body })).toMatchObject({ status: 403, json: { code: 'forbidden', detail } })
    expect(await assign({ body: { ...body, plan: true } })).toMatchObject({
      status: 422,
      json: { errors: [{ path: 'plan' }, { path: 'gate', message: detail }] },
    })
    expect(await world.connection.collection('runs').countDocuments()).toBe(0)

    world.pass(61_000)
    world.levels.set('octocat@shop', 'maintain')
    const { json } = await assign({ body })
    expect(json).toMatchObject({ status: 'queued', gatesOff: true })
    // While it works the same request starts nothing, and turns nothing off.
    expect(await assign({ body })).toMatchObject({ status: 409, json: { code: 'run_live' } })
    const bypasses = (await world.audit.listAudit()).filter(({ action }) => action === 'gates.bypass')
    const refused = {
      actor: 'person:octocat',
      target: 'repository:acme/shop',
      outcome: 'refused',
      via: 'api',
      issue: 1,
    }
    expect(bypasses).toMatchObject([
      { actor: 'person:octocat', target: `run:${json.id}`, outcome: 'allowed', reason: 'bypassed', issue: 1 },
      { ...refused, reason: 'needs_admin' },
      { ...refused, reason: 'needs_admin' },
    ])
  })

  test('are part of what an Idempotency-Key stands for', async () => {
    const headers = { 'idempotency-key': '0d1c6f0e-6c0a-4b8e-9b4f-7f1f4f1f2a10' }
    const body = { base: 'next', timeout: '30m', draft: true }
    const first = await assign({ headers, body })
    const later = async (other: object) => {
      // After a day the answer is forgotten, but not which Run the key started.
      await world.connection.collection('idempotency_keys').deleteMany({})
      return assign({ headers, body: other })
    }
    expect(await later(body)).toMatchObject({ status: 201, json: { id: first.json.id } })
    const others = [{}, { ...body, base: 'main' }, { ...body, timeout: '20m' }, { ...body, draft: false }]
    for (const other of others)
      expect(await later(other)).toMatchObject({ status: 422, json: { code: 'idempotency_mismatch' } })
  })
})

describe('the issue page', () => {
  const read = (options: Ask = { as }) => world.ask('/api/repos/acme/shop/issues/1', options)

  test('says why nobody can assign while the kill switch is on', async () => {
    await world.killSwitch.setSwitch({ on: true, by: 'octocat', reason: 'an incident', at: Date.now() })
    const why = 'An admin has switched all agents off. Try again when they are on.'
    expect(await read()).toMatchObject({ status: 200, json: { assign: { allowed: false, why } } })
    await world.killSwitch.setSwitch({ on: false, by: 'octocat', reason: null, at: Date.now() })
    expect(await read()).toMatchObject({ json: { assign: { allowed: true, why: null } } })
  })

  test('shows the issue, its Runs and that one may assign an agent', async () => {
    expect(await read()).toMatchObject({
      status: 200,
      json: {
        title: openIssue.title,
        labels: ['bug'],
        agents: ['stub', 'other'],
        assign: { allowed: true, why: null },
        runs: [],
      },
    })
    const { json } = await assign()
    const after = await read()
    expect(after.json.runs).toMatchObject([{ id: json.id }])
    expect(after.json.assign).toEqual({
      allowed: false,
      why: `Run ${json.id} is already working on this issue. Cancel it first, or wait.`,
    })
  })

  test('says why one may not', async () => {
    world.levels.set('octocat@shop', 'read')
    const why = 'You can read shop, but starting a run needs write access.'
    expect((await read()).json.assign).toMatchObject({ why })
    world.issues.set('shop#1', { ...openIssue, state: 'closed' })
    expect((await read()).json.assign).toMatchObject({ why: expect.stringContaining('closed') })
  })

  test('is for nobody who is not signed in, and absent where there is no issue', async () => {
    expect((await read({})).status).toBe(401)
    expect((await world.ask('/api/repos/acme/shop/issues/2', { as })).status).toBe(404)
    expect((await world.ask('/api/repos/acme/shop/issues/0', { as })).status).toBe(404)
  })
})
