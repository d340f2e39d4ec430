/** `gate=none` (surfaces.md 1.3): who may ask for it, at first and for the next attempt, and how everybody sees it. */
import { expect, test } from 'vitest'

import { openShopWithHandlers } from '../../test/support/shop-with-handlers.ts'
import type { ShopWithHandlers } from '../../test/support/shop-with-handlers.ts'
import { toRunBody } from '../domain/view.ts'

const urls = { publicUrl: 'https://agents.example.com', githubUrl: 'https://github.com' }

/** What was done without gates, as the audit trail has it. */
const bypasses = (w: ShopWithHandlers) =>
  w.story
    .acts()
    .filter(({ action, outcome, reason }) => `${action} ${outcome} ${reason}` === 'gates.bypass allowed bypassed')
    .map(({ actor, target, via }) => ({ actor, target, via }))

/** A Run without gates that its maintainer has cancelled. */
async function stopped(w: ShopWithHandlers): Promise<void> {
  maintained(w)
  await w.say('/assign-agent gate=none', 'monalisa')
  await w.say('/agent cancel', 'monalisa')
  w.story.follow(w.runs()[0]!.id)
  expect(w.story.run.status).toBe('cancelled')
}

function maintained(w: ShopWithHandlers): void {
  w.local.setCollaborator({ repository: 'acme/shop', login: 'monalisa', role: 'maintain' })
}

test('whoever only writes may not turn the gates off: that is told beside all else, and nothing starts', async () => {
  await using w = await openShopWithHandlers({ settings: { admins: [] } })
  w.local.setCollaborator({ repository: 'acme/shop', login: 'monalisa', role: 'write' })
  await w.say('/assign-agent gate=none plan', 'monalisa')
  expect(w.reactions()).toEqual(['confused'])
  expect(w.replies()[0]).toMatch(
    /^I did not start a run:\n\n- `plan` does not work yet\. Leave it out\.\n- `gate=none` needs maintain or admin access to acme\/shop\.\n\n<!--/,
  )
  expect(w.runs()).toEqual([])
  expect(w.audit).toMatchObject([
    {
      actor: 'person:monalisa',
      action: 'gates.bypass',
      target: 'repository:acme/shop',
      repository: 'acme/shop',
      outcome: 'refused',
      reason: 'needs_admin',
    },
  ])
})

test('an admin may: the Run, its comment, its body and the audit trail say so', async () => {
  await using w = await openShopWithHandlers({ settings: { admins: [] } })
  maintained(w)
  await w.say('/assign-agent gate=none', 'monalisa')
  await w.settle()
  const [run] = w.runs()
  expect(run).toMatchObject({ gatesOff: true, requestedBy: { login: 'monalisa' } })
  expect(toRunBody(run!, urls)).toMatchObject({ gatesOff: true })
  expect(w.replies().at(-1)).toContain('| Gates | Quality gates disabled by monalisa (`gate=none`) |')
  expect(bypasses(w)).toEqual([{ actor: 'person:monalisa', target: `run:${run!.id}`, via: 'comment' }])
  // While it works the same command starts nothing, and turns nothing off.
  await w.say('/assign-agent gate=none', 'monalisa')
  expect(bypasses(w)).toHaveLength(1)
  expect(w.audit).toEqual([])
})

test('an admin of everything who writes here may too', async () => {
  await using w = await openShopWithHandlers()
  w.local.setCollaborator({ repository: 'acme/shop', login: 'monalisa', role: 'write' })
  await w.say('/assign-agent gate=none', 'monalisa')
  expect(w.runs()).toMatchObject([{ gatesOff: true }])
})

test('a retry keeps it, so whoever only writes may not have one: they are told why, and it is on record', async () => {
  await using w = await openShopWithHandlers({ settings: { admins: [] } })
  await stopped(w)
  await w.say('/agent retry')
  expect(w.story.run).toMatchObject({ status: 'cancelled', attempt: 1 })
  expect(w.reactions().at(-1)).toBe('-1')
  expect(w.replies().at(-1)).toMatch(
    /^You need maintain or admin access to acme\/shop for `\/agent retry` of a run with `gate=none`\. `\/assign-agent` starts one without it\.\n/,
  )
  expect(w.audit).toMatchObject([
    {
      actor: 'person:octocat',
      action: 'gates.bypass',
      target: `run:${w.story.run.id}`,
      repository: 'acme/shop',
      issue: w.issue,
      outcome: 'refused',
      reason: 'needs_admin',
      via: 'comment',
    },
  ])
  expect(bypasses(w)).toHaveLength(1)
})

test('an admin may retry it, and that the gates stay off is on record with their name', async () => {
  await using w = await openShopWithHandlers({ settings: { admins: [] } })
  await stopped(w)
  w.local.setCollaborator({ repository: 'acme/shop', login: 'hubot', role: 'admin' })
  await w.say('/agent retry', 'hubot')
  expect(w.story.run).toMatchObject({ status: 'queued', attempt: 2, gatesOff: true })
  const target = `run:${w.story.run.id}`
  expect(bypasses(w)).toEqual([
    { actor: 'person:monalisa', target, via: 'comment' },
    { actor: 'person:hubot', target, via: 'comment' },
  ])
})

test('what is asked for without it has no such mark', async () => {
  await using w = await openShopWithHandlers()
  await w.say('/assign-agent')
  await w.settle()
  const [run] = w.runs()
  expect(run).not.toHaveProperty('gatesOff')
  expect(toRunBody(run!, urls)).toMatchObject({ gatesOff: false })
  expect(w.replies().at(-1)).not.toContain('Gates')
  expect(w.audit).toEqual([])
})

test('the label of a pull request without gates is no trigger', async () => {
  await using w = await openShopWithHandlers()
  w.local.addLabel({ repository: 'acme/shop', number: w.issue, label: 'agent: gates off', by: 'octocat' })
  expect(await w.last('issues')).toMatchObject({ outcome: 'ignored', reason: 'not our label' })
  expect(w.replies()).toEqual([])
})
