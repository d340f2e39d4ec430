/**
 * The catalogue of every query that the app issues: each way in which a store asks MongoDB, over a database with many
 * Runs, and what it may look at. A query that is not here fails the scenarios: add the call that issues it.
 */
import { randomUUID } from 'node:crypto'

import { RUNS_LOOKED_THROUGH_MAX } from '../../app/domain/policy.ts'
import { agentRuns } from '../../app/store/agent-runs.ts'
import { auditStore } from '../../app/store/audit.ts'
import type { AuditFilter } from '../../app/store/audit.ts'
import { contentCounter } from '../../app/store/content-counter.ts'
import { deliveryStore } from '../../app/store/deliveries.ts'
import { idempotencyStore } from '../../app/store/idempotency.ts'
import { leaseStore } from '../../app/store/leases.ts'
import { logStore } from '../../app/store/logs.ts'
import { placesStore } from '../../app/store/places.ts'
import { proposalStore } from '../../app/store/proposals.ts'
import { runGauges } from '../../app/store/run-gauges.ts'
import { sealWith } from '../../app/store/seal.ts'
import { sessionStore } from '../../app/store/sessions.ts'
import type { StoreConnection } from '../../app/store/connect.ts'
import { settingsStore } from '../../app/store/settings.ts'
import { ticketStore } from '../../app/store/setup-tickets.ts'
import { switchStore } from '../../app/store/switch.ts'
import { AGENTS, REPOSITORIES, SEED_START, seededId, seededRepository } from '../support/seed-runs.ts'
import type { RunsWorld } from '../stack/api/runs.ts'
import { listCalls, searchCalls, sinceCalls } from './list-calls.ts'
import type { Call } from './list-calls.ts'
import { readingCalls } from './reading-calls.ts'

const NOW = SEED_START + 86_400_000
/** Inside the seeded deliveries. */
const PLACE = { receivedAt: SEED_START, id: 'd-500' }
/** A hundred milliseconds before the newest of 20,000 seeded Runs, of which two are made in each. */
const LATELY = SEED_START + 9_900
const RUN = seededId(12_345)
const LIVE = seededId(400)
/** How many of 20,000 seeded Runs are live, and due. */
const LIVE_RUNS = 100

export async function catalogue(world: RunsWorld): Promise<Call[]> {
  const { connection } = world
  await fill(connection)
  return [
    ...listCalls(world),
    ...sinceCalls(world),
    ...searchCalls(world),
    ...runCalls(world),
    ...otherCalls(connection),
    ...readingCalls(connection),
  ]
}

function runCalls({ store }: RunsWorld): Call[] {
  const one = (name: string, issue: () => Promise<unknown>, max = 1): Call => ({
    name,
    keysMax: max,
    docsMax: max,
    issue,
  })
  const due = (name: string, issue: () => Promise<unknown>): Call => ({ name, keysMax: 20, docsMax: 0, issue })
  const repository = seededRepository(7).id
  const callback = { runId: RUN, dispatchId: 'd-2', seq: 1, digest: 'x', jws: 'y', at: NOW }
  return [
    one('runs.load', () => store.load(RUN)),
    one('runs.history', () => store.history(RUN)),
    one('runs.newest', () => store.newest(RUN)),
    one('runs.byTrigger', () => store.byTrigger('none such')),
    one('runs.liveRun', () => store.liveRun(seededRepository(0).id, 1_000_400)),
    one('runs.latestRunsOfIssue', () => store.latestRunsOfIssue(repository, 40, RUNS_LOOKED_THROUGH_MAX), 20),
    one('runs.latestRunOfIssue', () => store.latestRunOfIssue(repository, 40)),
    one(
      'runs.pullRequestsBefore',
      async () => store.pullRequestsBefore((await store.latestRunOfIssue(repository, 40))!),
      21,
    ),
    one('runs.latestRunOfRepository', () => store.latestRunOfRepository(repository)),
    // It is no issue that anybody waits for, but the queued Runs of its repository are looked through.
    one('runs.waitingFor', () => store.waitingFor(repository, 40), 5),
    one('runs.heartbeat', () => store.heartbeat(LIVE, NOW)),
    one('runs.ledger', () => store.ledger(RUN, 0, 100)),
    one('runs.since', () => store.since(RUN, 0, 100)),
    { name: 'runs.repositories', keysMax: REPOSITORIES, docsMax: REPOSITORIES, issue: () => store.repositories() },
    due('runs.dueSweeps', () => store.dueSweeps(NOW, 20)),
    due('runs.dueEffects', () => store.dueEffects(NOW, 20, 'ordinary')),
    due('runs.dueEffects, kills', () => store.dueEffects(NOW, 20, 'kill')),
    due('runs.dueSweeps when none is due', () => store.dueSweeps(0, 20)),
    one('runs.keepCallback', () => store.keepCallback(callback)),
    one('runs.foldedDigest', () => store.foldedDigest(RUN, 1)),
    one('runs.callbacksOf', () => store.callbacksOf(RUN), 20),
    one('runs.newestCallback', () => store.newestCallback()),
    one(
      'runs.append',
      async () => {
        const stored = (await store.load(LIVE))!
        const written = { ...stored, moved: true, events: [], effectAt: 1, killAt: null }
        if (!(await store.append(LIVE, stored.version, written))) throw new Error('The seeded Run was not written.')
      },
      2,
    ),
    one(
      'runs.insert',
      async () => {
        const stored = (await store.load(LIVE))!
        const run = { ...stored.run, repository: { ...stored.run.repository, name: 'renamed' } }
        const events = await store.ledger(LIVE, 0, 1)
        const answer = await store.insert({ ...stored, run, moved: true, events, effectAt: 1, killAt: null })
        if (answer !== 'conflict') throw new Error('A Run was inserted twice.')
      },
      3,
    ),
  ]
}

/** Two Runs are made in each millisecond. */
const NOW_OF_SEEDED = SEED_START + 9_900
const AGENT_RUNS = 200
const INSTALLATIONS = 50

function otherCalls(connection: StoreConnection): Call[] {
  const all = Array.from({ length: REPOSITORIES }, (_, index) => seededRepository(index).id)
  const [deliveries, logs, sessions] = [deliveryStore(connection), logStore(connection), sessionStore(connection)]
  const [audit, proposals, leases] = [auditStore(connection), proposalStore(connection), leaseStore(connection)]
  const [gauges, switches, keys] = [runGauges(connection), switchStore(connection), idempotencyStore(connection)]
  const seal = sealWith('k'.repeat(32))
  const [settings, tickets] = [settingsStore(connection, seal), ticketStore(connection, seal)]
  const call = (name: string, max: number, issue: () => Promise<unknown>): Call => ({
    name,
    keysMax: max,
    docsMax: max,
    issue,
  })
  const line = { n: 0, at: '2026-01-01T00:00:00.000Z', source: 'agent' as const, level: 'info' as const, text: 'x' }
  const user = { id: 1, login: 'octocat', avatarUrl: '' }
  return [
    call('deliveries.insertMany', 0, () => deliveries.insertMany([delivery('new')])),
    call('deliveries.claimDelivery', 1, () => deliveries.claimDelivery(NOW, 1)),
    call('deliveries.claimDelivery when none is due', 1, () => deliveries.claimDelivery(0, 1)),
    call('deliveries.finishDelivery', 1, () => deliveries.finishDelivery('d-7', 'processed')),
    call('deliveries.postponeDelivery', 1, () => deliveries.postponeDelivery('d-8', NOW, 'later')),
    call('deliveries.redeliver', 1, () => deliveries.redeliver('d-9', NOW)),
    call('deliveries.readDelivery', 1, () => deliveries.readDelivery('d-9')),
    call('deliveries.knownDeliveries', 5, () => deliveries.knownDeliveries(['d-1', 'd-2', 'none'])),
    call('deliveries.listDeliveries', 56, () => deliveries.listDeliveries({ limit: 50 })),
    call('deliveries.redeliver when there is nothing to do', 1, () => deliveries.redeliver('d-10', NOW)),
    call('deliveries.backlog', 1_010, () => deliveries.backlog(SEED_START)),
    call('deliveries.listDeliveries by state', 52, () => deliveries.listDeliveries({ states: ['refused'], limit: 50 })),
    call('deliveries.listDeliveries after', 62, () => deliveries.listDeliveries({ after: PLACE, limit: 50 })),
    call('deliveries.listDeliveries by state after', 54, () =>
      deliveries.listDeliveries({ states: ['received'], after: PLACE, limit: 50 }),
    ),
    // Another job's line is the last one here, and then this job's.
    call('logs.appendLogs after another job', 2, () => logs.appendLogs(RUN, 'd-1', [{ ...line, n: 3_000 }], NOW)),
    call('logs.appendLogs', 1, () => logs.appendLogs(RUN, 'd-1', [{ ...line, n: 3_001 }], NOW)),
    call('logs.countLogs', 1, () => logs.countLogs(RUN)),
    call('logs.readLogs', 100, () => logs.readLogs(RUN, 10, 100)),
    call('sessions.open and read', 2, async () => sessions.read(await sessions.open(user, NOW), NOW + 3_600_000)),
    call('sessions.close', 1, async () => sessions.close(await sessions.open(user, NOW))),
    call('sessions.beginSignIn and finishSignIn', 1, async () =>
      sessions.finishSignIn((await sessions.beginSignIn('/', NOW)).state, NOW),
    ),
    call('idempotency.claimKey anew and again', 3, async () => {
      await keys.claimKey({ key: 'k-new', request: 'r', claim: 'a' }, NOW)
      await keys.claimKey({ key: 'k-new', request: 'r', claim: 'b' }, NOW)
    }),
    call('idempotency.keepAnswer', 1, () => keys.keepAnswer({ key: 'k-7', request: 'r', claim: 'c' }, '{}')),
    call('idempotency.releaseKey', 1, () => keys.releaseKey({ key: 'k-8', request: 'r', claim: 'c' })),
    // Counting reads what it counts, from the index alone; what is live or due is little.
    { name: 'gauges.live', keysMax: LIVE_RUNS + 3, docsMax: 0, issue: () => gauges.live() },
    { name: 'gauges.live of a repository', keysMax: LIVE_RUNS + 3, docsMax: 0, issue: () => gauges.live(1_003) },
    { name: 'gauges.ended', keysMax: 203, docsMax: 0, issue: () => gauges.ended(LATELY) },
    { name: 'gauges.ended of a repository', keysMax: 203, docsMax: 0, issue: () => gauges.ended(LATELY, 1_003) },
    call('content.takeContent', 1, () => contentCounter(connection).takeContent(7, NOW)),
    call('content.blockContent', 1, () => contentCounter(connection).blockContent(7, NOW)),
    {
      name: 'gauges.budgetLeft',
      keysMax: INSTALLATIONS + 1,
      docsMax: INSTALLATIONS,
      issue: () => gauges.budgetLeft(NOW),
    },
    { name: 'gauges.oldestDueEffect', keysMax: 2, docsMax: 0, issue: () => gauges.oldestDueEffect(NOW) },
    { name: 'gauges.pastDeadline', keysMax: LIVE_RUNS + 1, docsMax: 0, issue: () => gauges.pastDeadline(NOW) },
    {
      name: 'agentRuns of two agents in every repository',
      keysMax: AGENT_RUNS + 3 * AGENTS.length * REPOSITORIES,
      docsMax: 0,
      issue: () => agentRuns(connection)({ agents: AGENTS, repositoryIds: all, since: NOW_OF_SEEDED }),
    },
    call('switch.readSwitch', 1, () => switches.readSwitch()),
    call('switch.setSwitch on', 2, () => switches.setSwitch({ on: true, by: 'octocat', reason: null, at: NOW })),
    call('switch.setSwitch', 2, () => switches.setSwitch({ on: false, by: 'octocat', reason: null, at: NOW })),
    call('audit.record', 0, () => audit.record(auditEvent(1))),
    call('audit.record twice by its name', 0, async () => {
      for (let n = 0; n < 2; n++) await audit.record({ ...auditEvent(1), once: 'r_0000000001/1' })
    }),
    ...auditCalls(connection),
    // Counts the Run's proposals, of which it may have 50.
    call('proposals.putProposal', 52, () => proposals.putProposal(RUN, 'digest', Buffer.from('x'), NOW)),
    call('proposals.putProposal of a Run that has as many', 53, () =>
      proposals.putProposal(RUN, 'digest', Buffer.from('x'), NOW),
    ),
    call('proposals.getProposal', 1, () => proposals.getProposal(RUN, 'digest')),
    call('settings.readSettings', 1, () => settings.readSettings()),
    call('tickets.issue and peek', 1, async () => tickets.peek('token', await tickets.issue('token', NOW), NOW)),
    call('tickets.issue and take', 1, async () => tickets.take('state', await tickets.issue('state', NOW), NOW)),
    call('tickets.clear', 1_002, () => tickets.clear()),
    call('places.readPlaces', 1, () => placesStore(connection).readPlaces(7)),
    call('places.writePlaces anew and again', 2, async () => {
      const places = placesStore(connection)
      for (const version of [0, 0, 1]) await places.writePlaces(1_007, version, { taken: [], line: [] })
    }),
    call('places.standings', 4, () => placesStore(connection).standings([RUN, LIVE, 'r_none'])),
    call('leases.holdLease', 1, () => leases.holdLease('l-2', 'me', NOW, 1_000)),
    call('leases.releaseLease', 1, () => leases.releaseLease('l-2', 'me')),
  ]
}

/** Each list, from its start, from a place inside, and between two times. */
function auditCalls(connection: StoreConnection): Call[] {
  const audit = auditStore(connection)
  const filters: AuditFilter[] = [
    {},
    { target: 'run:7' },
    { actor: 'app' },
    { action: 'test', outcome: 'allowed' },
    { repository: 'acme/shop', actor: 'app', action: 'test' },
  ]
  const after = { at: SEED_START + 500, id: 'f'.repeat(24) }
  const times = [
    {},
    { after },
    { from: SEED_START, before: NOW },
    { from: SEED_START, before: NOW, after },
    { from: 1 },
  ]
  return filters.flatMap((filter) =>
    times.map((time) => ({
      name: `audit.listAudit ${JSON.stringify({ ...filter, ...time })}`,
      keysMax: 53,
      docsMax: 50,
      issue: () => audit.listAudit({ ...filter, ...time, limit: 50 }),
    })),
  )
}

const delivery = (id: string) => ({
  id,
  digest: randomUUID(),
  event: 'issues',
  receivedAt: SEED_START,
  body: Buffer.from('{}'),
})
const auditEvent = (target: number) => ({
  at: SEED_START + target,
  actor: 'app',
  action: 'test',
  target: `run:${target % 10}`,
  repository: 'acme/shop',
  outcome: 'allowed' as const,
  reason: null,
})

/** Enough in the other collections that a scan would be seen. */
async function fill(connection: StoreConnection): Promise<void> {
  const [deliveries, logs, sessions] = [deliveryStore(connection), logStore(connection), sessionStore(connection)]
  const [audit, proposals, leases] = [auditStore(connection), proposalStore(connection), leaseStore(connection)]
  const tickets = ticketStore(connection, sealWith('k'.repeat(32)))
  await Promise.all(
    [deliveries, logs, sessions, audit, proposals, leases, tickets].map((store) => store.ensureIndexes()),
  )
  const numbers = Array.from({ length: 1_000 }, (_, number) => number)
  await deliveries.insertMany(numbers.map((number) => delivery(`d-${number}`)))
  const text = { at: '2026-01-01T00:00:00.000Z', source: 'agent' as const, level: 'info' as const, text: 'x' }
  for (const dispatch of ['d-0', 'd-1', 'd-2']) {
    await logs.appendLogs(
      RUN,
      dispatch,
      Array.from({ length: dispatch === 'd-1' ? 3_000 : 100 }, (_, n) => ({ n, ...text })),
      // Of now: MongoDB itself takes away what is older, once a minute.
      Date.now(),
    )
  }
  const proposal = { runId: RUN, body: Buffer.from('x'), receivedAt: new Date() }
  const handedOver = numbers.slice(1, 50).map((n) => ({ _id: `${RUN}/${n}`, digest: `${n}`, ...proposal }))
  await connection.collection<{ _id: string }>('proposals').insertMany(handedOver)
  for (const number of numbers) await audit.record(auditEvent(number))
  await connection.collection('callbacks').insertMany(
    numbers.map((n) => ({
      runId: seededId(12_300 + Math.floor(n / 10)),
      dispatchId: 'd-1',
      seq: n % 10,
      digest: 'x',
      jws: 'y',
      at: NOW,
    })),
  )
  await connection
    .collection<{ _id: string }>('leases')
    .insertMany(numbers.map((n) => ({ _id: `l-${n}`, holder: `h-${n}`, until: new Date(SEED_START) })))
  for (let id = 1; id <= INSTALLATIONS; id++) await contentCounter(connection).takeContent(id, SEED_START)
  const expiresAt = new Date(NOW * 2)
  await connection.collection<{ _id: string }>('idempotency_keys').insertMany(
    numbers.map((n) => ({
      _id: `k-${n}`,
      request: 'r',
      claim: 'c',
      claimedUntil: expiresAt,
      answer: null,
      expiresAt,
    })),
  )
  await connection
    .collection<{ _id: string }>('sessions')
    .insertMany(
      numbers.map((n) => ({ _id: `s-${n}`, user: {}, createdAt: new Date(SEED_START), expiresAt: new Date(NOW * 2) })),
    )
}
