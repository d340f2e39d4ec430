/** What the reader may do with a Run: the buttons of a page go by it, and so does the act itself. */
import { expect, test } from 'vitest'

import { onceInApiWorld } from '../../../test/stack/api/own-world.ts'
import { RunActionsBody } from '../../contracts/api.ts'
import { vault } from '../../../test/stack/api/runs.ts'

import type { ApiWorld } from '../../../test/stack/api/world.ts'

let world: ApiWorld
let number = 0
onceInApiWorld((made) => (world = made))

const actions = async (id: string, as: string) =>
  RunActionsBody.parse((await world.ask(`/api/runs/${id}/actions`, { as })).json)
const allowed = (body: RunActionsBody) =>
  Object.entries(body).flatMap(([name, answer]) => (answer.allowed ? [name] : []))

test('goes by the access to its repository, and whoever asked for the Run may cancel it', async () => {
  const { id } = await world.request({ number: ++number, requestedBy: { id: 77, login: 'hubot-fan' } })
  const [writer, requester, stranger, admin] = await Promise.all([
    world.signIn(),
    world.signIn({ id: 77, login: 'hubot-fan' }),
    world.signIn({ id: 78, login: 'passer-by' }),
    world.signIn({ id: 9, login: 'hubot' }),
  ])
  expect(allowed(await actions(id, writer))).toEqual(['pause', 'resume', 'cancel', 'retry', 'prompt', 'advance'])
  expect(allowed(await actions(id, requester))).toEqual(['cancel'])
  expect(allowed(await actions(id, stranger))).toEqual([])
  // Nobody starts a Run without write access: an attempt of theirs would not be let begin.
  expect(allowed(await actions(id, admin))).toEqual(['pause', 'resume', 'cancel', 'kill', 'prompt', 'advance'])

  const { cancel, kill } = await actions(id, stranger)
  expect(cancel.why).toBe('You can read shop, but cancelling this run needs write access.')
  expect(kill.why).toBe('You can read shop, but killing this run needs admin access.')
  // The act itself says the same.
  const refused = await world.ask(`/api/runs/${id}/cancel`, { method: 'POST', body: {}, as: stranger })
  expect(refused).toMatchObject({ status: 403, json: { detail: cancel.why } })
  expect(await world.ask(`/api/runs/${id}/cancel`, { method: 'POST', body: {}, as: requester })).toMatchObject({
    status: 202,
  })
})

test('a retry by an admin of this Deckhand needs write access', async () => {
  const { id } = await world.request({ number: ++number })
  await world.cancel((await world.store.load(id))!.run)
  const admin = await world.signIn({ id: 9, login: 'hubot' })
  const why = 'You can read shop, but retrying this run needs write access.'
  expect((await actions(id, admin)).retry).toEqual({ allowed: false, why })
  const ask = () => world.ask(`/api/runs/${id}/retry`, { method: 'POST', body: {}, as: admin })
  expect(await ask()).toMatchObject({ status: 403, json: { detail: why } })
  expect((await world.store.load(id))!.run).toMatchObject({ status: 'cancelled', attempt: 1 })
  world.pass(61_000)
  world.levels.set('hubot@shop', 'write')
  expect((await actions(id, admin)).retry).toEqual({ allowed: true, why: null })
  expect(await ask()).toMatchObject({ status: 202, json: { attempt: 2 } })
})

test('a retry keeps `gate=none`, so it needs what that needed; every try is on record', async () => {
  const { id } = await world.request({ number: ++number, gatesOff: true })
  await world.cancel((await world.store.load(id))!.run)
  world.levels.set('hubot@shop', 'write')
  const [writer, admin] = await Promise.all([world.signIn(), world.signIn({ id: 9, login: 'hubot' })])
  const { retry } = await actions(id, writer)
  const why = 'You can read shop, but retrying this run without gates needs admin access.'
  expect(retry).toEqual({ allowed: false, why })
  const ask = (as: string) => world.ask(`/api/runs/${id}/retry`, { method: 'POST', body: {}, as })
  expect(await ask(writer)).toMatchObject({
    status: 403,
    json: { code: 'forbidden', detail: why },
  })
  expect((await world.store.load(id))!.run).toMatchObject({ status: 'cancelled', attempt: 1 })

  expect((await actions(id, admin)).retry).toEqual({ allowed: true, why: null })
  expect(await ask(admin)).toMatchObject({ status: 202, json: { attempt: 2, gatesOff: true } })
  const bypasses = (await world.audit.listAudit()).filter(({ action }) => action === 'gates.bypass')
  const where = { target: `run:${id}`, repository: 'acme/shop', issue: number, via: 'api' }
  expect(bypasses).toMatchObject([
    { ...where, actor: 'person:hubot', outcome: 'allowed', reason: 'bypassed' },
    { ...where, actor: 'person:octocat', outcome: 'refused', reason: 'needs_admin' },
    { target: `run:${id}`, actor: 'person:octocat', outcome: 'allowed', reason: 'bypassed' },
  ])
})

test('says that everything may be tried while GitHub cannot be asked, because the act itself will say so', async () => {
  const { id } = await world.request({ number: ++number })
  const [known, fresh] = [await world.signIn(), await world.signIn({ id: 79, login: 'somebody-new' })]
  // That the repository is public is known from a moment ago.
  await world.ask(`/api/runs/${id}`, { as: known })
  world.githubIsAway = true
  expect(allowed(await actions(id, fresh))).toHaveLength(7)
  const tried = await world.ask(`/api/runs/${id}/cancel`, { method: 'POST', body: {}, as: fresh })
  world.githubIsAway = false
  expect(tried).toMatchObject({ status: 503 })
})

test('says nothing of a Run that is hidden, as of one that does not exist', async () => {
  const as = await world.signIn({ id: 80, login: 'somebody-else' })
  const hidden = await world.request({ number: ++number, repository: vault })
  expect(await world.ask(`/api/runs/${hidden.id}/actions`, { as })).toMatchObject({ status: 404 })
  expect(await world.ask('/api/runs/r_0000000000/actions', { as })).toMatchObject({ status: 404 })
})
