/**
 * One stream for all that a page, or all pages of a browser, want to hear of (surfaces.md 2.6). Each message names its
 * topic and carries the whole Run; its id is the change stream's token, so that a reader goes on at any replica from
 * where it stopped. A topic that somebody may not read is as silent as one that does not exist.
 */
import type { ServerResponse } from 'node:http'

import { z } from 'zod'

import { isTerminal } from '../../contracts/status.ts'
import type { RepositoryRef } from '../../domain/events.ts'
import { streamData } from '../../domain/stream-events.ts'
import { toRunBody } from '../../domain/view.ts'
import type { NewsListener, Told } from '../../store/news.ts'
import { route } from '../route.ts'
import type { Identity, Route, RouteContext } from '../route.ts'
import { frame } from '../sse.ts'
import type { OpenStream } from '../sse.ts'
import type { ApiPorts, StreamClocks } from './ports.ts'
import { drained, onceClosed, streamClocks, tellToSignIn } from './stream.ts'
import { readerOf, StreamPlaces } from './stream-places.ts'
import { Topics } from './topics.ts'

/** A token of MongoDB's change streams. */
const PLACE = /^[0-9A-F]{18,512}$/
const Query = z.strictObject({
  topics: z.string().describe('`runs`, `run:<id>`, `issues:<owner>/<name>`, with commas between them'),
  after: z.string().max(512).optional(),
})
type Context = RouteContext<unknown, z.output<typeof Query>>
type Reader = Exclude<Identity, { kind: 'anonymous' }>

export function liveRoutes(ports: ApiPorts, places: StreamPlaces = new StreamPlaces()): Route[] {
  const clocks = { ...streamClocks, ...ports.streamClocks }
  return [
    route({
      method: 'GET',
      path: '/api/stream',
      access: 'signed_in',
      stream: true,
      problems: ['too_many_requests'],
      summary: 'Changes of many Runs as they happen (server-sent events)',
      query: Query,
      handle(context) {
        const { who, query, req, res, openStream } = context
        if (who.kind === 'anonymous') return tellToSignIn(context)
        const topics = new Topics(query.topics)
        const given = req.headers['last-event-id']?.toString() ?? query.after ?? ''
        const leave = places.enter(readerOf(who))
        const stream = openStream({ pingMs: clocks.pingMs, pingId: () => follower.advance() })
        const follower = new Follower({ ports, who, topics, stream, res, clocks })
        onceClosed(stream, leave)
        follower.start(given)
        const timer = setInterval(() => void recheck(ports, context, stream, follower), clocks.recheckMs)
        timer.unref()
        onceClosed(stream, () => {
          clearInterval(timer)
          follower.stop()
        })
      },
    }),
  ]
}

/** Ends the stream of somebody who was signed out, and asks again what the others may read. */
async function recheck(ports: ApiPorts, { req, who }: Context, stream: OpenStream, follower: Follower): Promise<void> {
  try {
    const now = await ports.identify(req)
    if (now.kind !== 'anonymous' && readerOf(now) === readerOf(who as Reader)) return follower.askAgain(now)
    stream.send('auth', {})
  } catch {
    // Not known to be allowed is not allowed; whoever is comes back at once.
  }
  stream.close()
}

interface FollowerParts {
  ports: ApiPorts
  who: Reader
  topics: Topics
  stream: OpenStream
  res: ServerResponse
  clocks: Pick<StreamClocks, 'lingerMs' | 'owedMs'>
}

class Follower implements NewsListener {
  readonly #parts: FollowerParts
  /** What is known about who may read which repository, by its number. */
  readonly #may = new Map<number, boolean>()
  /** Runs that have ended, each with what ends its topic some time later. */
  readonly #lingering = new Map<string, NodeJS.Timeout>()
  /** Runs whose topics hold the stream open no longer. They keep their names: a retry brings them back. */
  readonly #over = new Set<string>()
  #who: Reader
  /** Everything up to here was sent, but for what is owed. */
  #place = ''
  /** Repositories of which something was kept back, because nobody knew whether the reader may hear of it. */
  readonly #owed = new Map<number, RepositoryRef>()
  /** The place before the first of that: no later one is given to the reader, so that it would be told. */
  #owedAfter: string | null = null
  #asking: NodeJS.Timeout | null = null
  #catching = false
  #again = false
  #leave = (): void => {}

  constructor(parts: FollowerParts) {
    this.#parts = parts
    this.#who = parts.who
  }

  /** `given` is where the reader stopped, or nothing. */
  start(given: string): void {
    const { news } = this.#parts.ports
    this.#leave = news.hear(this)
    this.#place = PLACE.test(given) ? given : news.place
    if (given !== '' && this.#place !== given) this.lost()
    // From the first moment the reader knows a place to come back to.
    else this.#parts.stream.send('ping', {}, this.#told)
    this.#catchUp()
    void this.#endWhatHasEnded()
  }

  stop(): void {
    this.#leave()
    for (const timer of this.#lingering.values()) clearTimeout(timer)
    if (this.#asking) clearTimeout(this.#asking)
  }

  /** The place for a ping: it moves along while nothing happens. */
  advance(): string {
    const { news } = this.#parts.ports
    if (!this.#catching) {
      const reached = news.advance()
      if (reached > this.#place) this.#place = reached
    }
    return this.#told
  }

  askAgain(who: Reader): void {
    this.#who = who
    this.#may.clear()
  }

  told(news: readonly Told[]): void {
    if (this.#catching) {
      this.#again = true
      return
    }
    for (const told of news) {
      // A replica that has just come is told first of what happened before it came, which the reader knows already.
      if (told.place <= this.#place) continue
      const topics = this.#parts.topics.of(told.run)
      if (topics.length > 0) {
        const may = this.#may.get(told.run.repository.id)
        if (may === undefined) return this.#catchUp()
        if (may && !this.#send(told, topics)) return
      }
      this.#place = told.place
    }
  }

  /** The reader has to read everything again. */
  lost(): void {
    this.#place = this.#parts.ports.news.place
    this.#parts.stream.send('reset', {}, this.#told)
  }

  /** Where the reader would go on. */
  get #told(): string {
    return this.#owedAfter ?? this.#place
  }

  #catchUp(): void {
    this.#catching = true
    // The reader comes back by itself, with its last id.
    void this.#tellMissed().catch(() => this.#parts.stream.close())
  }

  /** Sends what lies after the place, in the reader's own time, until nothing new came meanwhile. */
  async #tellMissed(): Promise<void> {
    const { ports, stream, res, topics } = this.#parts
    do {
      this.#again = false
      const missed = await ports.news.since(this.#place)
      if (missed === null) this.lost()
      for (const told of missed ?? []) {
        const wanted = topics.of(told.run)
        if (wanted.length > 0 && (await this.#mayRead(told))) {
          await drained(res, stream.closed)
          if (!this.#send(told, wanted)) return
        }
        this.#place = told.place
      }
    } while (this.#again && !stream.closed.aborted)
    this.#catching = false
  }

  async #mayRead({ run: { repository } }: Pick<Told, 'run'>): Promise<boolean> {
    const known = this.#may.get(repository.id)
    if (known !== undefined) return known
    const may = await this.#parts.ports.access.mayListIfKnown(this.#who, 'read', repository)
    if (may === null) this.#owe(repository)
    this.#may.set(repository.id, may ?? false)
    return may ?? false
  }

  /** The stream goes on without it: what one question waits for must hold nothing else up. */
  #owe(repository: RepositoryRef): void {
    this.#owedAfter ??= this.#place
    this.#owed.set(repository.id, repository)
    this.#settleSoon()
  }

  #settleSoon(): void {
    const { stream, clocks } = this.#parts
    if (this.#asking || stream.closed.aborted) return
    this.#asking = setTimeout(() => void this.#settle(), clocks.owedMs)
    this.#asking.unref()
  }

  /**
   * Asks again. Where the answer is a yes, the reader is sent back to the place before what it missed; where it is a no,
   * nothing shows that there was something: a closed stream would tell that a hidden Run has moved.
   */
  async #settle(): Promise<void> {
    const { ports, stream } = this.#parts
    for (const [id, repository] of this.#owed) {
      // The database may be away, too.
      const may = await ports.access.mayListIfKnown(this.#who, 'read', repository).catch(() => null)
      if (may) return stream.close()
      if (may === false) this.#owed.delete(id)
    }
    this.#asking = null
    if (this.#owed.size > 0) this.#settleSoon()
    else this.#owedAfter = null
  }

  #send(told: Told, topics: readonly string[]): boolean {
    const at = this.#owedAfter === null ? told : { ...told, place: this.#owedAfter }
    for (const topic of topics) {
      if (!this.#parts.stream.sendRaw(bytesOf(at, topic, this.#parts.ports))) return false
    }
    if (isTerminal(told.run.status)) this.#endLater(told.run.id)
    // A retry opens the next attempt of the same Run.
    else if (this.#lingering.size > 0) this.#endNot(told.run.id)
    return true
  }

  /** A Run that had ended before the stream was opened ends as a topic like one that ends now. */
  async #endWhatHasEnded(): Promise<void> {
    const { ports, topics } = this.#parts
    for (const id of topics.runIds) {
      const found = await ports.runs.load(id).catch(() => null)
      if (found && isTerminal(found.run.status) && (await this.#mayRead(found).catch(() => false))) this.#endLater(id)
    }
  }

  #endLater(runId: string): void {
    const { topics, stream, clocks } = this.#parts
    if (stream.closed.aborted || this.#lingering.has(runId) || !topics.runIds.includes(runId)) return
    const timer = setTimeout(() => {
      this.#over.add(runId)
      if (topics.size === this.#over.size) stream.close()
    }, clocks.lingerMs)
    timer.unref()
    this.#lingering.set(runId, timer)
  }

  #endNot(runId: string): void {
    clearTimeout(this.#lingering.get(runId))
    this.#lingering.delete(runId)
    this.#over.delete(runId)
  }
}

/** Rendered once for all who hear of the same change under the same topic. */
const rendered = new WeakMap<Told, Map<string, Uint8Array>>()

function bytesOf(told: Told, topic: string, { urls }: ApiPorts): Uint8Array {
  const byTopic = rendered.get(told) ?? new Map<string, Uint8Array>()
  rendered.set(told, byTopic)
  const known = byTopic.get(topic)
  if (known) return known
  const data = { ...streamData(told.event, toRunBody(told.run, urls)), topic }
  const bytes = Buffer.from(frame('change', data, told.place))
  byTopic.set(topic, bytes)
  return bytes
}
