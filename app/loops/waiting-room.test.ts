/** GitHub's limits are used up while many commands wait: real inbox, real limits, on a clock that the test moves. */
import { createHash } from 'node:crypto'

import { expect, onTestFinished, test } from 'vitest'

import { testDatabase } from '../../test/stack/mongo/test-database.ts'
import { openShopWithHandlers } from '../../test/support/shop-with-handlers.ts'
import { connect } from '../store/connect.ts'
import { deliveryStore } from '../store/deliveries.ts'
import { Intake } from './intake.ts'

const SECOND_MS = 1_000
const READ = { method: 'GET', route: '/repos/{owner}/{repo}' }

async function openInbox() {
  const w = await openShopWithHandlers({ limits: true })
  onTestFinished(() => w[Symbol.asyncDispose]())
  const connection = await connect(testDatabase())
  onTestFinished(() => connection.close())
  const store = deliveryStore(connection)
  await store.ensureIndexes()
  const begun: string[] = []
  const outcomes: (string | null)[] = []
  let last: Promise<unknown> = Promise.resolve()
  const intake = new Intake({
    inbox: {
      ...store,
      // Two claims under way at once may be answered in any order, and this story is about the order.
      claimDelivery: (now, leaseMs) => {
        const claim = last.then(() => store.claimDelivery(now, leaseMs))
        last = claim.catch(() => {})
        return claim
      },
    },
    receive: async (delivery) => {
      begun.push(delivery.id)
      const outcome = await w.handlers.receive(delivery)
      outcomes.push(outcome.reason)
      return outcome
    },
    apologise: w.handlers.apologise,
    room: { commandIn: w.handlers.commandIn, roomAt: (id, commands) => w.budget.roomAt(id, commands) },
    log: { info() {}, warn() {}, error() {} },
    now: () => w.story.now,
    chance: () => 0.5,
  })
  const comment = async (id: string, body: string, by = 'octocat', on?: number) => {
    const number = on ?? w.local.openIssue({ repository: 'acme/shop', by: 'octocat', title: id, body: '' }).number
    w.local.comment({ repository: 'acme/shop', number, by, body })
    const payload = Buffer.from(JSON.stringify(await w.newest('issue_comment')))
    const digest = createHash('sha256').update(payload).digest('hex')
    await store.insertMany([{ id, digest, event: 'issue_comment', receivedAt: w.story.now, body: payload }])
  }
  /** Other work of the installation. */
  const spend = async (points: number) => {
    for (let n = 0; n < points; n++) await w.budget.spend(w.repo.installationId, READ, async () => {})
  }
  const calls = () => w.local.requests.filter((call) => call.token === 'installation').length
  return { ...w, store, intake, begun, outcomes, comment, spend, calls }
}

test('what waits for room costs nothing, comes in its order when there is room, and is begun once', async () => {
  const w = await openInbox()
  const ids = Array.from({ length: 20 }, (_, n) => `delivery-${n}`)
  for (let n = 0; n < 10; n++) {
    await w.spend(30)
    w.story.pass(SECOND_MS)
  }
  for (const id of ids) await w.comment(id, '/assign-agent')
  w.local.clearRequests()
  await w.intake.step()
  expect(w.calls()).toBe(0)
  expect(await w.store.backlog(0)).toMatchObject({ waiting: 20 })
  expect(await w.store.readDelivery('delivery-0')).toMatchObject({ attempts: 0, state: 'received' })
  const seconds = async (count: number) => {
    for (let n = 0; n < count; n++) {
      w.story.pass(SECOND_MS)
      await w.intake.step()
    }
  }
  // The oldest points come back 50 seconds later, and in the 53rd there are enough for a command and what is left over.
  await seconds(51)
  expect(w.calls()).toBe(0)
  await seconds(1)
  expect(w.begun.length).toBeGreaterThan(0)
  // Whoever comes while others wait stands behind them.
  await w.comment('late', '/assign-agent')
  await seconds(10)
  expect(w.begun).toEqual([...ids, 'late'])
  expect(w.runs()).toHaveLength(21)
})

test('a kill does not stand behind what waits, and finds the points that were left to it', async () => {
  const w = await openInbox()
  await w.spend(250)
  await w.comment('assign', '/assign-agent')
  await w.comment('kill', '/agent kill', 'monalisa')
  await w.comment('cancel', '/agent cancel')
  await w.comment('said', 'Thanks, all of you.')
  await w.intake.step()
  expect(w.begun).toEqual(['kill', 'cancel', 'said'])
  expect(new Set(w.outcomes)).toEqual(new Set(['explained', 'no command']))
  w.story.pass(60 * SECOND_MS)
  await w.intake.step()
  expect(w.begun.at(-1)).toBe('assign')
})

test('a cancel comes after what the same person asked for on that issue, and a kill before it', async () => {
  const w = await openInbox()
  await w.spend(250)
  await w.comment('assign', '/assign-agent', 'octocat', w.issue)
  await w.comment('cancel', '/agent cancel', 'octocat', w.issue)
  await w.comment('other', '/agent cancel', 'hubot', w.issue)
  await w.comment('kill', '/agent kill', 'monalisa', w.issue)
  await w.intake.step()
  expect(w.begun).toEqual(['other', 'kill'])
  w.story.pass(60 * SECOND_MS)
  await w.intake.step()
  expect(w.begun.slice(2)).toEqual(['assign'])
  w.story.pass(SECOND_MS)
  await w.intake.step()
  expect(w.begun.slice(2)).toEqual(['assign', 'cancel'])
  expect(w.runs()).toMatchObject([{ stop: { kind: 'cancel' } }])
})

test('while GitHub itself tells the installation to wait, nothing is begun', async () => {
  const w = await openInbox()
  await w.budget.block(w.repo.installationId, 37 * SECOND_MS)
  await w.comment('assign', '/assign-agent')
  w.story.pass(36 * SECOND_MS)
  await w.intake.step()
  expect(w.begun).toEqual([])
  w.story.pass(SECOND_MS)
  await w.intake.step()
  expect(w.begun).toEqual(['assign'])
})
