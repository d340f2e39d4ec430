/**
 * `GET /control`: the stream on which a job hears at once that it is to stop, and what people say to its agent. What was
 * missed is said again at the next connect and in the answer to every heartbeat, so a broken stream costs time and never
 * the message.
 */
import { z } from 'zod'

import type { Wanted } from '../../contracts/callbacks.ts'
import { RunId } from '../../contracts/ids.ts'
import { undeliveredOf } from '../../domain/messages.ts'
import type { Run } from '../../domain/run.ts'
import { wantedOf } from '../../domain/wanted.ts'
import { route } from '../route.ts'
import type { Route } from '../route.ts'
import type { OpenStream } from '../sse.ts'
import { bearerOf } from './caller.ts'
import type { ExecutorDeps } from './ports.ts'

const CONTROL_PING_MS = 15_000
/** One, and the one that its reconnect has not displaced yet. */
const CONTROL_STREAMS_PER_RUN_MAX = 2
/** Then the job connects again with a fresh token. */
const CONTROL_STREAM_MS_MAX = 15 * 60_000

export function controlRoute(deps: ExecutorDeps): Route {
  const open = new Map<string, OpenStream[]>()
  return route({
    method: 'GET',
    path: '/api/runs/:id/control',
    access: 'executor',
    stream: true,
    problems: ['run_ended', 'gone'],
    summary: 'Streams what is wanted of the Run’s executor',
    params: z.strictObject({ id: RunId }),
    async handle({ params, req, openStream }) {
      const { run, binding } = await bearerOf(req, params.id, '/control', deps)
      const stream = openStream({ pingMs: CONTROL_PING_MS })
      keep(open, run.id, stream)
      let said: Wanted = 'continue'
      const told = new Set<string>()
      const tell = (now: Run): void => {
        // A later dispatch has a job of its own; this one has nothing to hear any more.
        if (now.dispatch.binding?.jkt !== binding.jkt) return stream.close()
        const wanted = wantedOf(now)
        if (wanted !== said) stream.send(wanted, {})
        said = wanted
        for (const message of undeliveredOf(now)) {
          if (told.has(message.id)) continue
          told.add(message.id)
          stream.send('message', message)
        }
      }
      const stop = deps.feed.onState(run.id, { tell, seen: (lastHash) => deps.engine.seenAt(run.id, lastHash) })
      const end = setTimeout(() => stream.close(), CONTROL_STREAM_MS_MAX)
      const over = (): void => {
        stop()
        clearTimeout(end)
      }
      if (stream.closed.aborted) return over()
      stream.closed.addEventListener('abort', over)
      stream.send('ping', {})
      // What changed between the check of the token and the subscription would otherwise be missed.
      const now = await deps.engine.load(run.id).catch(() => null)
      tell(now ?? run)
    },
  })
}

/** Ends the oldest stream beyond the bound: it belongs to a connection that the job has given up. */
function keep(open: Map<string, OpenStream[]>, runId: string, stream: OpenStream): void {
  const streams = [...(open.get(runId) ?? []), stream]
  open.set(runId, streams)
  stream.closed.addEventListener('abort', () => {
    const rest = (open.get(runId) ?? []).filter((each) => each !== stream)
    if (rest.length > 0) open.set(runId, rest)
    else open.delete(runId)
  })
  for (const old of streams.slice(0, -CONTROL_STREAMS_PER_RUN_MAX)) old.close()
}
