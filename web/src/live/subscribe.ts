/**
 * `subscribe(topic, onEvent)`: the one way in which a page hears of changes. Behind it stands one `EventSource` per
 * streamed topic and a poll for the others; both end while the tab is hidden, so that many tabs do not use up the
 * browser's six connections to a host. A worker that carries all topics over one connection can replace this file alone.
 */
import { runStreamEvents, type RunStreamData } from '#contracts/api.ts'

import { api } from '../api.ts'
import { endSession } from '../session.ts'
import { openPoll } from './poll.ts'
import { openStream, type Source, type Stream, type World } from './stream.ts'
import { markBeat, markLost, setTopics } from './store.ts'

export type Topic = `run:${string}` | 'runs' | `issue:${string}`

/** `event`: what changed, with the whole Run. `refresh`: read again over REST; a rejected promise counts as a lost connection. */
type LiveEvent = { type: 'event'; data: RunStreamData } | { type: 'refresh' }
export type Listener = (event: LiveEvent) => void | Promise<void>

interface Subscription {
  listeners: Set<Listener>
  /** The last `seq` that the page knows; a fresh stream starts after it. */
  after: number
  stream: Stream | null
}

const world: World = {
  now: () => Date.now(),
  chance: () => Math.random(),
  after: (delayMs, then) => {
    const timer = window.setTimeout(then, delayMs)
    return () => window.clearTimeout(timer)
  },
}

const subscriptions = new Map<Topic, Subscription>()

/**
 * Hears of a topic until the returned function is called. `after` is the `seq` that the page has read over REST.
 * Topics: `run:<id>`, `runs`, `issue:<owner>/<repo>#<number>`.
 */
export function subscribe(topic: Topic, listener: Listener, after = 0): () => void {
  const known = subscriptions.get(topic)
  const subscription = known ?? { listeners: new Set(), after, stream: null }
  subscription.listeners.add(listener)
  if (!known) {
    subscriptions.set(topic, subscription)
    if (document.visibilityState === 'visible') start(topic, subscription)
    publishTopics()
  }
  return () => {
    subscription.listeners.delete(listener)
    if (subscription.listeners.size > 0) return
    subscription.stream?.close()
    if (subscriptions.get(topic) === subscription) subscriptions.delete(topic)
    publishTopics()
  }
}

/** Tries all lost connections again at once. */
export function reconnect(): void {
  for (const { stream } of subscriptions.values()) stream?.retry()
}

function start(topic: Topic, subscription: Subscription): void {
  const report = {
    world,
    onBeat: (atMs: number) => markBeat(topic, atMs),
    onLost: (atMs: number) => markLost(topic, atMs),
  }
  subscription.stream = topic.startsWith('run:')
    ? openStream({
        ...report,
        names: [...runStreamEvents, 'auth', 'reset'],
        open: (lastId) => openRunSource(topic.slice('run:'.length), Math.max(subscription.after, seqOf(lastId))),
        onMessage: (name, data) => receive(subscription, name, data),
      })
    : openPoll({ ...report, refresh: () => hand(subscription, { type: 'refresh' }) })
}

function openRunSource(id: string, after: number): Source {
  return new EventSource(api.runStreamUrl(id, after))
}

/** `<runId>/<seq>` → seq */
function seqOf(lastId: string | null): number {
  return Number(lastId?.split('/')[1]) || 0
}

function receive(subscription: Subscription, name: string, text: string): void {
  if (name === 'auth') {
    stopAll()
    endSession()
    return
  }
  const data = name === 'reset' ? null : parse(text)
  if (data) subscription.after = Math.max(subscription.after, data.seq)
  // What a failing listener could not take in comes again with the next event: each carries the whole Run.
  hand(subscription, data ? { type: 'event', data } : { type: 'refresh' }).catch(() => undefined)
}

function parse(text: string): RunStreamData | null {
  try {
    return JSON.parse(text) as RunStreamData
  } catch {
    return null
  }
}

async function hand(subscription: Subscription, event: LiveEvent): Promise<void> {
  await Promise.all([...subscription.listeners].map(async (listener) => listener(event)))
}

function stopAll(): void {
  for (const subscription of subscriptions.values()) {
    subscription.stream?.close()
    subscription.stream = null
  }
}

function publishTopics(): void {
  setTopics([...subscriptions.keys()])
}

document.addEventListener('visibilitychange', () => {
  stopAll()
  if (document.visibilityState !== 'visible') return
  for (const [topic, subscription] of subscriptions) {
    start(topic, subscription)
    // What a poll missed while hidden is read at once; a stream catches up by itself.
    if (!topic.startsWith('run:')) subscription.stream?.retry()
  }
})
window.addEventListener('online', reconnect)
