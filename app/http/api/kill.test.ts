/** Kill, kill all and the kill switch over real HTTP and a real store; attack row 42 by its number. */
import { beforeEach, describe, expect, test } from 'vitest'

import { eachInApiWorld } from '../../../test/stack/api/own-world.ts'
import type { ApiWorld, Ask } from '../../../test/stack/api/world.ts'
import { shop, vault } from '../../../test/stack/api/runs.ts'
import { SwitchedOff } from '../../domain/switched-off.ts'

const SWITCH = '/api/admin/kill-switch'
let world: ApiWorld
let as: string

eachInApiWorld(async (fresh) => {
  world = fresh
  as = await world.signIn()
})

const post = (path: string, body: unknown, who: Pick<Ask, 'as' | 'headers'>) =>
  world.ask(path, { method: 'POST', body, ...who })
const flip = (on: boolean, who: Pick<Ask, 'as' | 'headers'>) =>
  world.ask(SWITCH, { method: 'PUT', body: { on, reason: 'an incident' }, ...who })
const audited = async (action: string) => (await world.audit.listAudit()).filter((event) => event.action === action)
const everything = () => ({ headers: world.bearer('everything') })

describe('killing one Run', () => {
  test('is for admins of its repository; everybody who tries is on record', async () => {
    const run = await world.request()
    const kill = (who: Pick<Ask, 'as' | 'headers'>) => post(`/api/runs/${run.id}/kill`, { reason: 'runaway' }, who)
    const refused = await kill({ as })
    expect(refused).toMatchObject({ status: 403, json: { code: 'forbidden' } })
    expect(refused.json.detail).toBe('You can read shop, but killing this run needs admin access.')
    expect(await kill({ headers: world.bearer('writer') })).toMatchObject({ status: 403 })
    expect(await kill({})).toMatchObject({ status: 401 })

    world.pass(60_001)
    world.levels.set('octocat@shop', 'maintain')
    expect(await kill({ as })).toMatchObject({
      status: 202,
      json: { id: run.id, status: 'cancelled', reason: { code: 'kill' } },
    })
    const target = `run:${run.id}`
    expect(await audited('run.kill')).toMatchObject([
      { actor: 'person:octocat', target, outcome: 'allowed', reason: 'killed', why: 'runaway' },
      { actor: 'token:writer', target, outcome: 'refused', reason: 'needs_admin' },
      { actor: 'person:octocat', target, outcome: 'refused', reason: 'needs_admin', why: 'runaway' },
    ])
  })

  test('again answers the same; a Run that ended otherwise has nothing to kill', async () => {
    const [run, over] = [await world.request(), await world.request({ number: 2 })]
    await world.cancel(over)
    const who = { headers: world.bearer('admin') }
    const first = await post(`/api/runs/${run.id}/kill`, {}, who)
    expect(await post(`/api/runs/${run.id}/kill`, {}, who)).toMatchObject({ status: 202, json: first.json })
    expect(await post(`/api/runs/${over.id}/kill`, {}, who)).toMatchObject({ status: 409, json: { code: 'run_ended' } })
  })
})

describe('killing all Runs', () => {
  test('of one repository leaves those of others alone', async () => {
    const [one, two] = [await world.request(), await world.request({ number: 2 })]
    const other = await world.request({ repository: vault })
    const body = { scope: { repository: 'acme/shop' }, reason: 'clean up' }
    expect(await post('/api/runs/kill-all', body, { as })).toMatchObject({ status: 403 })
    const reply = await post('/api/runs/kill-all', body, { headers: world.bearer('admin') })
    expect(reply).toMatchObject({ status: 202, json: { failed: [], killSwitch: false } })
    expect(reply.json.runs.map(({ id }) => id).toSorted()).toEqual([one.id, two.id].toSorted())
    expect((await world.store.load(other.id))!.run.stop).toBeNull()
    expect(await world.killSwitch.readSwitch()).toMatchObject({ on: false })
    expect(await audited('run.kill_all')).toMatchObject([
      { actor: 'token:admin', target: 'repository:acme/shop', outcome: 'allowed', reason: 'killed', why: 'clean up' },
      { actor: 'person:octocat', target: 'repository:acme/shop', outcome: 'refused', reason: 'needs_admin' },
    ])
    expect(await audited('run.kill')).toHaveLength(2)
  })

  test('a repository that is hidden from the caller does not exist', async () => {
    await world.request({ repository: vault })
    const kill = (repository: string) => post('/api/runs/kill-all', { scope: { repository } }, { as })
    expect(await kill('acme/vault')).toMatchObject({ status: 404 })
    expect(await kill('acme/none')).toMatchObject({ status: 404 })
  })

  describe('of a name that an older repository had before', () => {
    const young = { ...shop, id: 201 }
    const body = { scope: { repository: 'acme/shop' }, reason: 'a bad prompt' }
    const killed = async (who: Pick<Ask, 'as' | 'headers'>) => {
      const reply = await post('/api/runs/kill-all', body, who)
      expect(reply).toMatchObject({ status: 202, json: { failed: [] } })
      return reply.json.runs.map(({ id }) => id).toSorted()
    }
    beforeEach(() => {
      world.renamed.add(shop.id)
      world.private.set(shop.id, true)
      world.levels.set('octocat@shop', 'admin')
    })

    test('ends those of the repository that has it now, for its admins', async () => {
      const [old, live] = [await world.request(), await world.request({ repository: young })]
      expect(await killed({ as })).toEqual([live.id])
      expect((await world.store.load(old.id))!.run.stop).toBeNull()
    })

    test('ends those of both for who administers whatever has it, also where the younger one has had Runs for a moment only', async () => {
      const old = await world.request()
      expect((await world.ask('/api/runs?repository=acme/shop', everything())).json.runs).toHaveLength(1)
      const live = await world.request({ repository: young })
      expect(await killed({ headers: world.bearer('admin') })).toEqual([old.id, live.id].toSorted())
    })

    test('lists and counts what the reader may read of it, and its badge is that of the younger one', async () => {
      const old = await world.request()
      await world.cancel(old)
      const live = await world.request({ repository: young })
      const listed = async (who: Pick<Ask, 'as' | 'headers'>) =>
        (await world.ask('/api/runs?repository=acme/shop', who)).json.runs.map(({ id }) => id)
      expect(await listed({ as })).toEqual([live.id])
      expect(await listed(everything())).toEqual([live.id, old.id])
      expect((await world.ask('/badge/acme/shop.svg')).text).toContain('queued')
      expect((await world.ask('/api/admin/overview?repository=acme/shop', { as })).json).toMatchObject({
        live: { queued: 1 },
      })
    })
  })

  test('everywhere, which turns the kill switch on: without GitHub, and for admins of everything only', async () => {
    const runs = [await world.request(), await world.request({ repository: vault })]
    world.githubIsAway = true
    const body = { scope: 'all', reason: 'an incident' }
    expect(await post('/api/runs/kill-all', body, { headers: world.bearer('admin') })).toMatchObject({ status: 403 })
    const reply = await post('/api/runs/kill-all', body, everything())
    expect(reply).toMatchObject({ status: 202, json: { failed: [], killSwitch: true } })
    expect(reply.json.runs.map(({ id }) => id).toSorted()).toEqual(runs.map(({ id }) => id).toSorted())
    expect(await world.killSwitch.readSwitch()).toMatchObject({ on: true, by: 'api:everything', reason: 'an incident' })
    const again = await post('/api/runs/kill-all', body, everything())
    expect(again).toMatchObject({ status: 202, json: { runs: [], killSwitch: true } })
    expect((await audited('run.kill_all')).map(({ reason }) => reason)).toEqual([
      'nothing_live',
      'killed',
      'needs_admin',
    ])
  })
})

describe('the kill switch', () => {
  test('row 42: nobody but an admin of everything reads or flips it', async () => {
    const strangers = [{ as }, { headers: world.bearer('writer') }, { headers: world.bearer('admin') }]
    for (const who of strangers) {
      expect(await flip(true, who)).toMatchObject({ status: 403, json: { code: 'forbidden' } })
      expect(await world.ask(SWITCH, who)).toMatchObject({ status: 403 })
    }
    expect(await flip(true, {})).toMatchObject({ status: 401 })
    expect(await world.killSwitch.readSwitch()).toMatchObject({ on: false })
    expect((await audited('kill_switch.on')).map(({ actor, outcome }) => [actor, outcome])).toEqual([
      ['token:admin', 'refused'],
      ['token:writer', 'refused'],
      ['person:octocat', 'refused'],
    ])
  })

  test('row 42: a replayed flip changes nothing, not even who flipped it', async () => {
    const admin = await world.signIn({ id: 7, login: 'hubot' })
    const first = await flip(true, { as: admin })
    expect(first).toMatchObject({
      status: 200,
      json: { on: true, confirmed: true, by: 'hubot', reason: 'an incident' },
    })
    world.pass(5_000)
    expect((await flip(true, everything())).json).toEqual(first.json)
    expect((await world.ask(SWITCH, everything())).json).toEqual(first.json)
    expect((await flip(false, everything())).json).toMatchObject({ on: false, by: 'api:everything' })
    expect((await audited('kill_switch.on')).map(({ actor, reason }) => [actor, reason])).toEqual([
      ['token:everything', 'unchanged'],
      ['person:hubot', 'changed'],
    ])
  })

  test('row 42: while MongoDB does not answer it counts as on', async () => {
    await world.connection.close()
    expect(await world.ask(SWITCH, everything())).toMatchObject({ status: 200, json: { on: true, confirmed: false } })
    await expect(world.request()).rejects.not.toBeInstanceOf(SwitchedOff)
  })

  test('while it is on no Run is taken on, and a repeated request still finds its Run', async () => {
    const assign = (key: string) =>
      world.ask('/api/repos/acme/shop/issues/1/assign-agent', {
        method: 'POST',
        body: {},
        headers: { ...world.bearer('writer'), 'idempotency-key': key },
      })
    const first = await assign('one')
    expect(first.status).toBe(201)
    await post(`/api/runs/${first.json.id}/kill`, {}, everything())
    await flip(true, everything())
    const refused = await assign('two')
    expect(refused).toMatchObject({ status: 409, json: { code: 'not_allowed_now' } })
    expect(refused.json.detail).toBe('An admin has switched all agents off. Try again when they are on.')
    expect(await assign('one')).toMatchObject({ status: 201, json: { id: first.json.id } })
    await flip(false, everything())
    expect(await assign('two')).toMatchObject({ status: 201 })
  })
})
