/** Every store over one connection, with its indexes made. */
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { AppOptions } from './options.ts'
import { agentOnboardingStore } from '../store/agent-onboarding.ts'
import { agentRuns } from '../store/agent-runs.ts'
import { auditStore } from '../store/audit.ts'
import { connect } from '../store/connect.ts'
import { contentCounter } from '../store/content-counter.ts'
import { deliveryStore } from '../store/deliveries.ts'
import { documentStore } from '../store/documents.ts'
import { RunFeed } from '../store/feed.ts'
import { idempotencyStore } from '../store/idempotency.ts'
import { leaseStore } from '../store/leases.ts'
import { logStore } from '../store/logs.ts'
import { RunNews } from '../store/news.ts'
import { placesStore } from '../store/places.ts'
import { proposalStore } from '../store/proposals.ts'
import { runSearch } from '../store/run-search.ts'
import { sessionStore } from '../store/sessions.ts'
import { ourDocuments } from './documents.ts'
import { WatchedRuns } from './watched-runs.ts'
import { switchStore } from '../store/switch.ts'

export type Stores = Awaited<ReturnType<typeof openStores>>

/** Rejects when no primary answers in time. */
export async function openStores(config: Config, log: Logger, { observeStore }: AppOptions = {}) {
  const connection = await connect(config.mongodbUri, observeStore ? { observe: observeStore } : {})
  const runs = new WatchedRuns(connection)
  const onTrouble = (err: unknown) => log.warn({ err }, 'feed_interrupted')
  const feed = new RunFeed(connection, runs, { onTrouble })
  const stores = {
    connection,
    runs,
    agentRuns: agentRuns(connection),
    runSearch: runSearch(connection),
    agentOnboarding: agentOnboardingStore(connection),
    documents: documentStore(connection, ourDocuments()),
    deliveries: deliveryStore(connection),
    proposals: proposalStore(connection),
    logs: logStore(connection),
    sessions: sessionStore(connection),
    audit: auditStore(connection),
    killSwitch: switchStore(connection),
    leases: leaseStore(connection),
    places: placesStore(connection),
    idempotency: idempotencyStore(connection),
    content: contentCounter(connection),
    feed,
    news: new RunNews(feed, runs, onTrouble),
  }
  const { deliveries, proposals, logs, sessions, audit, leases, killSwitch, idempotency } = stores
  const { agentOnboarding, documents } = stores
  const others = [agentOnboarding, documents]
  await Promise.all(
    [runs, deliveries, proposals, logs, sessions, audit, leases, killSwitch, idempotency, ...others].map((store) =>
      store.ensureIndexes(),
    ),
  )
  return stores
}
