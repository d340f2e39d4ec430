/**
 * One stream for all pages of a browser: the topics are the union of what its pages want, and each page hears of its
 * own. It runs in a SharedWorker, or inside of a page where there is none. When the union grows, the stream is opened
 * anew from where it stopped; a topic that is new to a page is read again over REST once the stream carries it, because
 * nobody knows what happened between the page's reading and that moment.
 */
import type { RunStreamData } from '#contracts/api.ts'

import { openStream, type Source, type Stream, type World } from './stream.ts'

/** As the contract of the stream says. */
const TOPICS_MAX = 100
/** Pages that are opened together make one stream together. */
const REGROUP_MS = 50
/** What nobody wants any more is carried for a while: the next page may want it again. */
const SHRINK_MS = 5_000
/** A page that was closed says so; one that crashed does not. Hidden pages speak once a minute. */
const PAGE_SILENT_MS = 180_000
export const PAGE_HERE_MS = 30_000
const SEEN_MAX = 2_000

export type ToHub =
  | { type: 'topics'; topics: readonly string[] }
  | { type: 'here' }
  | { type: 'retry' }
  | { type: 'bye' }
export type FromHub =
  | { type: 'change'; data: RunStreamData }
  | { type: 'refresh'; topics: readonly string[] }
  | { type: 'beat'; atMs: number }
  | { type: 'lost'; atMs: number }
  | { type: 'auth' }

/** A page's end of the hub. */
export interface HubPage {
  hear: (message: ToHub) => void
}
export interface Hub {
  attach(say: (message: FromHub) => void): HubPage
}

export interface HubOptions {
  world: World
  open: (topics: readonly string[], after: string | null) => Source
}

interface Page {
  say: (message: FromHub) => void
  topics: ReadonlySet<string>
  /** Topics that it has not read since the stream carries them. */
  fresh: Set<string>
  heardAtMs: number
}

export function createHub(options: HubOptions): Hub {
  const hub = new LiveHub(options)
  return { attach: (say) => hub.attach(say) }
}

class LiveHub {
  readonly #world: World
  readonly #open: HubOptions['open']
  readonly #pages = new Set<Page>()
  readonly #seen = new Map<string, number>()
  #stream: Stream | null = null
  #carried: ReadonlySet<string> = new Set()
  /** The stream has said something, so the server listens. */
  #speaking = false
  #place: string | null = null
  #last: FromHub | null = null
  #planned = Number.POSITIVE_INFINITY
  #cancelPlan = () => {}
  #watching = false

  constructor({ world, open }: HubOptions) {
    this.#world = world
    this.#open = open
  }

  attach(say: Page['say']): HubPage {
    const page: Page = { say, topics: new Set(), fresh: new Set(), heardAtMs: this.#world.now() }
    return { hear: (message) => this.#hear(page, message) }
  }

  #hear(page: Page, message: ToHub): void {
    page.heardAtMs = this.#world.now()
    if (message.type === 'retry') this.#stream?.retry()
    if (message.type === 'bye' && this.#pages.delete(page)) {
      if (this.#pages.size === 0) this.#regroup()
      else this.#plan()
    }
    if (message.type !== 'topics') return
    const wanted = new Set(message.topics)
    for (const topic of wanted) if (!page.topics.has(topic) || !this.#pages.has(page)) page.fresh.add(topic)
    page.topics = wanted
    this.#pages.add(page)
    if (this.#last && this.#stream) page.say(this.#last)
    if (this.#speaking) this.#refresh(page)
    this.#plan()
    this.#watch()
  }

  /** Opens the stream anew when what it carries is not what is wanted: soon for more topics, later for fewer. */
  #plan(): void {
    const wanted = this.#wanted()
    const more = [...wanted].some((topic) => !this.#carried.has(topic))
    if (!more && wanted.size === this.#carried.size) return this.#unplan()
    const delayMs = more ? REGROUP_MS : SHRINK_MS
    const atMs = this.#world.now() + delayMs
    if (atMs >= this.#planned) return
    this.#unplan()
    this.#planned = atMs
    this.#cancelPlan = this.#world.after(delayMs, () => this.#regroup())
  }

  #unplan(): void {
    this.#cancelPlan()
    this.#planned = Number.POSITIVE_INFINITY
  }

  #regroup(): void {
    this.#unplan()
    this.#stop()
    const wanted = this.#wanted()
    this.#carried = wanted
    if (wanted.size === 0) {
      this.#place = null
      return
    }
    const topics = [...wanted]
    this.#stream = openStream({
      world: this.#world,
      names: ['change', 'reset', 'auth'],
      lastId: this.#place,
      open: (lastId) => this.#open(topics, lastId),
      onMessage: (name, data, lastId) => this.#receive(name, data, lastId),
      onBeat: (atMs) => this.#tell({ type: 'beat', atMs }),
      onLost: (atMs) => {
        this.#speaking = false
        this.#tell({ type: 'lost', atMs })
      },
    })
  }

  #receive(name: string, text: string, lastId: string | null): void {
    this.#place = lastId
    const first = !this.#speaking
    // A stream knows of the session that it was opened with; by now another page may have signed in again. One that
    // says so first of all was opened just now, with what the browser has.
    if (name === 'auth') return first ? this.#signedOut() : this.#regroup()
    this.#speaking = true
    if (name === 'reset') this.#again()
    else if (first) for (const page of this.#pages) this.#refresh(page)
    if (name === 'change') this.#change(text)
  }

  #change(text: string): void {
    const data = parse(text)
    if (!data || !this.#isNew(data)) return
    for (const page of this.#pages) if (page.topics.has(data.topic)) page.say({ type: 'change', data })
  }

  /** After a reconnect the server may repeat itself. */
  #isNew({ topic, seq, run }: RunStreamData): boolean {
    const key = `${topic} ${run.id}`
    if ((this.#seen.get(key) ?? 0) >= seq) return false
    this.#seen.delete(key)
    this.#seen.set(key, seq)
    const [oldest] = this.#seen.keys()
    if (this.#seen.size > SEEN_MAX && oldest !== undefined) this.#seen.delete(oldest)
    return true
  }

  #again(): void {
    this.#seen.clear()
    for (const page of this.#pages) {
      page.fresh = new Set(page.topics)
      this.#refresh(page)
    }
  }

  #refresh(page: Page): void {
    const topics = [...page.fresh].filter((topic) => this.#carried.has(topic))
    for (const topic of topics) page.fresh.delete(topic)
    if (topics.length > 0) page.say({ type: 'refresh', topics })
  }

  /** Until a page comes that wants something, which is after somebody has signed in. */
  #signedOut(): void {
    this.#stop()
    this.#carried = new Set()
    for (const page of this.#pages) {
      page.topics = new Set()
      page.say({ type: 'auth' })
    }
  }

  #stop(): void {
    this.#stream?.close()
    this.#stream = null
    this.#speaking = false
  }

  #tell(message: FromHub): void {
    // A page that comes while the connection is lost hears of the first moment, not of the last try.
    if (message.type !== 'lost' || this.#last?.type !== 'lost') this.#last = message
    for (const page of this.#pages) page.say(message)
  }

  /** The union, the newest pages first where it is more than the server takes. */
  #wanted(): ReadonlySet<string> {
    const all = [...this.#pages].toReversed().flatMap(({ topics }) => [...topics])
    return new Set([...new Set(all)].slice(0, TOPICS_MAX))
  }

  #watch(): void {
    if (this.#watching || this.#pages.size === 0) return
    this.#watching = true
    this.#world.after(PAGE_SILENT_MS, () => {
      this.#watching = false
      const sinceMs = this.#world.now() - PAGE_SILENT_MS
      for (const page of this.#pages) if (page.heardAtMs <= sinceMs) this.#pages.delete(page)
      this.#plan()
      this.#watch()
    })
  }
}

function parse(text: string): RunStreamData | null {
  try {
    return JSON.parse(text) as RunStreamData
  } catch {
    return null
  }
}
