/**
 * `subscribe(topic, onEvent)`: the one way in which a page hears of changes, over the one stream that it shares with all
 * other pages of this browser.
 */
import type { RunStreamData } from '#contracts/api.ts'

import { endSession, onSessionAgain } from '../session.ts'
import { createBatch } from './batch.ts'
import { browserWorld } from './browser.ts'
import type { FromHub, HubPage } from './hub.ts'
import { isPaused, markPaused } from './paused.ts'
import { createPolling } from './poll.ts'
import { markBeat, markFlood, markLost, markRead, markTopics } from './store.ts'
import { connectHub } from './transport.ts'

/** A hidden page draws no frames. */
const HIDDEN_FRAME_MS = 1_000

export type Topic = `run:${string}` | 'runs' | `issues:${string}/${string}`

/**
 * `event`: what changed, with the whole Run. `refresh`: what happened before now is not known, so read again over REST;
 * what a listener gives back ends with the reading, and fails with it.
 */
type LiveEvent = { type: 'event'; data: RunStreamData } | { type: 'refresh' }
export type Listener = (event: LiveEvent) => void | Promise<void>

const topics = new Map<string, Set<Listener>>()
let page: HubPage | null = null
const take = createBatch({
  world: browserWorld,
  frame: (then) => {
    if (document.visibilityState === 'visible') window.requestAnimationFrame(then)
    else window.setTimeout(then, HIDDEN_FRAME_MS)
  },
  hand: (data) => hand(data.topic, { type: 'event', data }),
  onFlood: markFlood,
})
const polling = createPolling({
  world: browserWorld,
  may: () => !isPaused() && document.visibilityState === 'visible' && navigator.onLine,
  read: readAll,
  onRead: markRead,
})

/**
 * Hears of a topic until the returned function is called: first a `refresh` when the stream carries the topic, then
 * each change; and a `refresh` every few seconds while the stream is away. Topics: `run:<id>`, `runs`, `issues:<owner>/<repo>`.
 */
export function subscribe(name: Topic, listener: Listener): () => void {
  // GitHub's names do not tell upper from lower case.
  const topic = name.startsWith('issues:') ? name.toLowerCase() : name
  const listeners = topics.get(topic)
  if (listeners) {
    listeners.add(listener)
    // The stream carries it already, and what happened since this page was read may have passed by.
    void run(listener, { type: 'refresh' })
  } else {
    topics.set(topic, new Set([listener]))
    publish()
  }
  return () => {
    const left = topics.get(topic)
    if (!left?.delete(listener) || left.size > 0) return
    topics.delete(topic)
    publish()
  }
}

/** Tries a lost connection again at once. */
export function reconnect(): void {
  page?.hear({ type: 'retry' })
}

/** Stops what moves on the page, or lets it go on from where everything stands then. */
export function pauseUpdates(paused: boolean): void {
  markPaused(paused ? Date.now() : null)
  if (!paused) void readAll().catch(() => undefined)
}

function publish(): void {
  page ??= connectHub(receive)
  markTopics(topics.size)
  if (topics.size === 0) polling.stop()
  page.hear({ type: 'topics', topics: [...topics.keys()] })
}

function receive(message: FromHub): void {
  if (message.type === 'change') take(message.data)
  if (message.type === 'refresh') for (const topic of message.topics) hand(topic, { type: 'refresh' })
  if (message.type === 'beat') {
    markBeat(message.atMs)
    polling.back()
  }
  if (message.type === 'lost') {
    markLost(message.atMs)
    if (topics.size > 0) polling.start()
  }
  if (message.type === 'auth') {
    polling.stop()
    endSession()
  }
}

function hand(topic: string, event: LiveEvent): void {
  if (isPaused()) return
  for (const listener of topics.get(topic) ?? []) void run(listener, event)
}

/** Rejects where a listener could not read. While updates are paused it reads nothing: that is made up for later. */
async function readAll(): Promise<void> {
  if (isPaused()) return
  const listeners = [...topics.values()].flatMap((each) => [...each])
  await Promise.all(listeners.map(async (listener) => listener({ type: 'refresh' })))
}

/** What a failing listener could not take in comes again with the next event: each carries the whole Run. */
async function run(listener: Listener, event: LiveEvent): Promise<void> {
  await Promise.resolve(listener(event)).catch(() => undefined)
}

window.addEventListener('online', reconnect)
onSessionAgain(() => {
  if (topics.size === 0) return
  // The hub has forgotten what this page wants when the session ended.
  publish()
  // What was refused meanwhile has left its error on the page.
  void readAll().catch(() => undefined)
})
