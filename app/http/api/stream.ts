/**
 * A Run's events as they happen (S003-117 to S003-127). A reader first gets what it missed from the ledger and then
 * what the feed tells, each event once and in order; whatever comes in between is read again from the ledger.
 */
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'

import { z } from 'zod'

import { RunId } from '../../contracts/ids.ts'
import { isTerminal } from '../../contracts/status.ts'
import { placeOf, streamData, streamId, streamName } from '../../domain/stream-events.ts'
import { toRunBody } from '../../domain/view.ts'
import type { ViewUrls } from '../../domain/view.ts'
import type { RunChange } from '../../store/feed.ts'
import { ProblemError } from '../problem.ts'
import { route } from '../route.ts'
import type { Route, RouteContext } from '../route.ts'
import { frame, SSE_PING_MS } from '../sse.ts'
import type { OpenStream } from '../sse.ts'
import { readableRun } from './answers.ts'
import type { ApiPorts, StreamClocks } from './ports.ts'
import { readerOf, StreamPlaces } from './stream-places.ts'

/** More than a ledger can hold. */
const REPLAY_EVENTS_MAX = 2_000
/** What was missed goes out in parts of about this size, each when the one before has left. */
const REPLAY_PART_CHARS = 32 * 1024
const REPLAY_STALLED_MS = 30_000

export const streamClocks: StreamClocks = {
  pingMs: SSE_PING_MS,
  /** Less than the 30 s after which a revoked session has to be cut off (trust.md row 37), with time for the check. */
  recheckMs: 25_000,
  /** How long a stream stays open after its Run has ended. */
  lingerMs: 30_000,
  /** How soon GitHub is asked again whether a reader may hear of what was kept back because it gave no answer. */
  owedMs: 5_000,
}

const Params = z.strictObject({ id: RunId })
const Query = z.strictObject({ after: z.string().max(32).optional() })
type Context = RouteContext<z.output<typeof Params>, z.output<typeof Query>>

export function streamRoutes(ports: ApiPorts, places: StreamPlaces = new StreamPlaces()): Route[] {
  const clocks = { ...streamClocks, ...ports.streamClocks }
  return [
    route({
      method: 'GET',
      path: '/api/runs/:id/stream',
      access: 'read',
      stream: true,
      problems: ['too_many_requests'],
      summary: "The Run's events as they happen (server-sent events)",
      params: Params,
      query: Query,
      async handle(context) {
        const { who, params, openStream } = context
        if (who.kind === 'anonymous') return tellToSignIn(context)
        const run = await readableRun(ports, who, params.id)
        const given = context.req.headers['last-event-id']?.toString() ?? context.query.after ?? ''
        const place = placeOf(run.id, given) ?? 0
        const leave = places.enter(readerOf(who))
        const stream = openStream({ pingMs: clocks.pingMs })
        onceClosed(stream, leave)
        // A place that this ledger never had: what the reader shows is not this Run as it is.
        if (place > run.seq) stream.send('reset', {})
        onceClosed(stream, follow(ports, context, stream, place > run.seq ? 0 : place))
        const timer = setInterval(() => void recheck(ports, context, stream), clocks.recheckMs)
        timer.unref()
        onceClosed(stream, () => clearInterval(timer))
      },
    }),
  ]
}

/** A stream that was opened while the server drains is closed from the start. */
export function onceClosed({ closed }: OpenStream, then: () => void): void {
  if (closed.aborted) then()
  else closed.addEventListener('abort', then, { once: true })
}

/** A browser cannot see the status of a refused stream, so it is told in the stream itself (surfaces.md 2.6). */
export function tellToSignIn({ req, openStream }: Pick<RouteContext, 'req' | 'openStream'>): void {
  if (!req.headers.accept?.includes('text/event-stream')) throw new ProblemError('unauthenticated')
  const stream = openStream()
  stream.send('auth', {})
  stream.close()
}

/** Sends what is after `place`, then all that comes, until the stream ends. */
function follow(ports: ApiPorts, { res, params }: Context, stream: OpenStream, place: number): () => void {
  const { feed, runs, urls } = ports
  const lingerMs = ports.streamClocks?.lingerMs ?? streamClocks.lingerMs
  let last = place
  let reading = true
  let again = false
  let linger: NodeJS.Timeout | null = null

  const news = (change: RunChange): Frame[] => framesOf(change, urls).filter(({ seq }) => seq > last)
  const send = (frames: Frame[]): void => {
    if (frames.length > 0 && stream.sendRaw(frames.map(({ text }) => text).join(''))) last = frames.at(-1)!.seq
  }
  const leaveAfter = ({ run }: RunChange): void => {
    if (!isTerminal(run.status) || linger || stream.closed.aborted) return
    linger = setTimeout(() => stream.close(), lingerMs)
    linger.unref()
  }
  const catchUp = async (): Promise<void> => {
    reading = true
    do {
      again = false
      const events = await runs.ledger(params.id, last, REPLAY_EVENTS_MAX)
      const found = await runs.load(params.id)
      if (!found) return stream.close()
      const change = { run: found.run, events }
      for (const part of partsOf(news(change))) {
        await drained(res, stream.closed)
        send(part)
      }
      if (!again) leaveAfter(change)
    } while (again && !stream.closed.aborted)
    reading = false
  }
  // The reader comes back by itself, with its last id.
  const start = (): void => void catchUp().catch(() => stream.close())
  const stop = feed.onRun(params.id, (change) => {
    if (reading) {
      again = true
    } else if ((change.events[0]?.seq ?? 0) > last + 1) {
      start()
    } else {
      send(news(change))
      leaveAfter(change)
    }
  })
  start()
  return () => {
    stop()
    if (linger) clearTimeout(linger)
  }
}

function partsOf(frames: readonly Frame[]): Frame[][] {
  const parts: Frame[][] = []
  let chars = Number.POSITIVE_INFINITY
  for (const frame of frames) {
    if (chars + frame.text.length > REPLAY_PART_CHARS) {
      parts.push([])
      chars = 0
    }
    parts.at(-1)!.push(frame)
    chars += frame.text.length
  }
  return parts
}

/** Resolves when the socket has taken what was written. Rejects when the stream ended, or nothing moved for 30 s. */
export async function drained(res: ServerResponse, closed: AbortSignal): Promise<void> {
  const signal = AbortSignal.any([closed, AbortSignal.timeout(REPLAY_STALLED_MS)])
  signal.throwIfAborted()
  if (res.writableNeedDrain) await once(res, 'drain', { signal })
}

interface Frame {
  seq: number
  text: string
}
/** Rendered once for all who follow the same Run. */
const rendered = new WeakMap<RunChange, Frame[]>()

function framesOf(change: RunChange, urls: ViewUrls): Frame[] {
  const known = rendered.get(change)
  if (known) return known
  const run = toRunBody(change.run, urls)
  const frames = change.events.map((event) => ({
    seq: event.seq,
    text: frame(streamName(event), streamData(event, run), streamId(event)),
  }))
  rendered.set(change, frames)
  return frames
}

/** Ends the stream of somebody who was signed out, or who may not read the Run any more. */
async function recheck(ports: ApiPorts, { req, params, who }: Context, stream: OpenStream): Promise<void> {
  try {
    const now = await ports.identify(req)
    if (now.kind === 'anonymous' || readerOf(now) !== readerOf(who as typeof now)) {
      stream.send('auth', {})
      stream.close()
      return
    }
    await readableRun(ports, now, params.id)
  } catch {
    // Not known to be allowed is not allowed; whoever is comes back at once.
    stream.close()
  }
}
