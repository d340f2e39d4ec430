/** A Run's ledger, given out whole over real HTTP and proved without the app. */
import { expect, test } from 'vitest'

import { onceInApiWorld } from '../../../test/stack/api/own-world.ts'
import { LedgerDocument } from '../../contracts/ledger.ts'
import { verifyLedger } from '../../../cli/ledger/verify.ts'

import type { ApiWorld } from '../../../test/stack/api/world.ts'
import { vault } from '../../../test/stack/api/runs.ts'

let world: ApiWorld

onceInApiWorld((made) => {
  world = made
  world.levels.set('octocat@shop', 'read')
})

test('a ledger that went through MongoDB and HTTP is proved', async () => {
  const run = await world.request({ number: 1 })
  await world.cancel(run)
  const reply = await world.ask(`/api/runs/${run.id}/ledger`, { as: await world.signIn() })
  expect(reply.headers['content-disposition']).toBe(`attachment; filename="${run.id}.ledger.json"`)
  const document = LedgerDocument.parse(reply.json)
  expect(verifyLedger(document)).toEqual({ ok: true, runId: run.id, events: 3, signatures: 0, status: 'cancelled' })
})

test('who may not read the Run gets no ledger either', async () => {
  const open = await world.request({ number: 2 })
  const hidden = await world.request({ number: 3, repository: vault })
  const as = await world.signIn()
  expect(await world.ask(`/api/runs/${open.id}/ledger`)).toMatchObject({ status: 401 })
  expect(await world.ask(`/api/runs/${hidden.id}/ledger`, { as })).toMatchObject({ status: 404 })
  expect(await world.ask('/api/runs/r_0000000000/ledger', { as })).toMatchObject({ status: 404 })
})
