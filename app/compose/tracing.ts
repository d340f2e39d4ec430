/**
 * Where spans are noted: webhooks as they are worked off, the engine, effects, calls of GitHub, and what executors and
 * people send. Each is a wrapping of a part that knows nothing of it; names and attributes follow OpenTelemetry's
 * conventions for CI/CD and HTTP (trust.md, "Conventions of the ecosystem").
 */
import { pipelineResult, pipelineStretches } from '../domain/pipeline.ts'
import type { RunEvent } from '../domain/events.ts'
import type { Input, Refusal } from '../domain/inputs.ts'
import type { Run } from '../domain/run.ts'
import { parentSpanOf, rootSpanIdOf, traceIdOf } from '../domain/trace.ts'
import { Engine } from '../engine.ts'
import type { EngineDeps, RequestAnswer } from '../engine.ts'
import type { RunRequest } from '../domain/change.ts'
import type { AroundCall } from '../github/client.ts'
import type { Route } from '../http/route.ts'
import { sha256 } from '../ids.ts'
import type { Receive } from '../loops/intake.ts'
import type { Perform, PerformTable } from '../perform/perform.ts'
import type { Otlp } from './otlp.ts'
import { Spans } from './spans.ts'
import type { Place } from './spans.ts'

const RUN_ID = 'cicd.pipeline.run.id'

function placeOf(run: Pick<Run, 'id' | 'dispatch'>): Place {
  return { traceId: traceIdOf(sha256, run.id), parentId: rootSpanIdOf(sha256, run.dispatch.id) }
}

/** The engine, with a span for each thing that changes a Run. */
class TracedEngine extends Engine {
  readonly #spans: Spans

  constructor(deps: EngineDeps, spans: Spans) {
    super(deps)
    this.#spans = spans
  }

  override request(spec: RunRequest): Promise<RequestAnswer> {
    return this.#spans.within({ name: 'engine request' }, async (annotate) => {
      const answer = await super.request(spec)
      this.#spans.belongsTo(placeOf(answer.run))
      annotate({ [RUN_ID]: answer.run.id })
      return answer
    })
  }

  override submit(runId: string, input: Input, ip?: string): Promise<Run | Refusal> {
    return this.#spans.within({ name: `engine ${input.type}`, attributes: { [RUN_ID]: runId } }, async (annotate) => {
      const answer = await super.submit(runId, input, ip)
      if ('refused' in answer) annotate({ 'deckhand.refused': answer.refused })
      else this.#spans.belongsTo(placeOf(answer))
      return answer
    })
  }
}

interface Addresses {
  publicUrl: string
  githubUrl: string
}

export class Tracing {
  readonly #otlp: Otlp
  readonly #spans: Spans
  readonly #urls: Addresses

  constructor(otlp: Otlp, urls: Addresses, now: () => number) {
    this.#otlp = otlp
    this.#urls = urls
    this.#spans = new Spans({ emit: (span) => otlp.emit(span), spanId: () => otlp.spanId(), now })
  }

  engine(deps: EngineDeps): Engine {
    // Loops that are hurried go on by themselves, and their timers would keep this call's tree for ever.
    const hurry: EngineDeps['hurry'] = (...args) => this.#spans.apart(() => deps.hurry?.(...args))
    const apart = deps.hurry ? { ...deps, hurry } : deps
    return new TracedEngine(apart, this.#spans)
  }

  receive(receive: Receive): Receive {
    return (delivery) =>
      this.#spans.within(
        {
          name: `webhook ${delivery.name}`,
          kind: 'consumer',
          attributes: { 'messaging.system': 'github', 'messaging.message.id': delivery.id },
        },
        () => receive(delivery),
      )
  }

  table(table: PerformTable): PerformTable {
    const traced = (type: string, perform: Perform): Perform => {
      return (deps, performance) => {
        const { run, retried } = performance
        const attributes = { [RUN_ID]: run.id, 'cicd.pipeline.task.name': type, 'deckhand.retried': retried }
        return this.#spans.within({ name: `effect ${type}`, attributes }, () => {
          this.#spans.belongsTo(placeOf(run))
          return perform(deps, performance)
        })
      }
    }
    const entries = Object.entries(table).map(([type, perform]) => [type, traced(type, perform)] as const)
    return Object.fromEntries(entries) as PerformTable
  }

  readonly aroundGitHub: AroundCall = ({ method, route }, send) =>
    this.#spans.within(
      {
        name: `${method} ${route}`,
        kind: 'client',
        attributes: { 'http.request.method': method, 'url.template': route },
      },
      async (annotate) => {
        const response = await send()
        annotate({ 'http.response.status_code': response.status })
        return response
      },
    )

  /** Requests that were answered well: what strangers send must not fill the trace. */
  routes(routes: Route[]): Route[] {
    return routes.map((route) => {
      if (route.stream || route.method === 'GET' || route.access === 'github' || route.access === 'probe') return route
      return { ...route, handle: this.#handle(route) }
    })
  }

  #handle(route: Route): Route['handle'] {
    const { method, path } = route
    const attributes = { 'http.request.method': method, 'http.route': path }
    return (context) =>
      this.#spans.within({ name: `${method} ${path}`, kind: 'server', attributes }, async (annotate) => {
        const answer = await route.handle(context)
        annotate({ 'http.response.status_code': answer ? (answer.status ?? 200) : 200 })
        const { id } = context.params as { id?: unknown }
        const parentId = typeof id === 'string' ? parentSpanOf(sha256, id, context.req.headers['traceparent']) : null
        if (parentId) this.#spans.belongsTo({ traceId: traceIdOf(sha256, String(id)), parentId })
        return answer
      })
  }

  /** The Run itself, once it has ended, with what it went through. `events` is its ledger. */
  ended(run: Run, events: readonly RunEvent[]): void {
    const result = pipelineResult(run)
    if (result === null) return
    const { traceId, parentId: spanId } = placeOf(run)
    const { repository, pullRequest, branch } = run
    const error = run.status === 'failed' ? (run.reason ?? 'unknown') : null
    const base = { traceId, error, from: run.createdAt, to: run.endedAt ?? run.updatedAt }
    this.#otlp.emit({
      ...base,
      spanId,
      parentId: null,
      name: `RUN ${run.agent}`,
      kind: 'server',
      attributes: {
        'cicd.pipeline.name': run.agent,
        [RUN_ID]: run.id,
        'cicd.pipeline.run.url.full': `${this.#urls.publicUrl}/runs/${run.id}`,
        'cicd.pipeline.result': result,
        'vcs.repository.url.full': `${this.#urls.githubUrl}/${repository.owner}/${repository.name}`,
        ...(pullRequest ? { 'vcs.change.id': String(pullRequest.number) } : {}),
        ...(branch ? { 'vcs.ref.head.name': branch.name, 'vcs.ref.head.revision': branch.sha } : {}),
      },
    })
    for (const { state, from, to } of pipelineStretches(run, events)) {
      const attributes = { 'cicd.pipeline.run.state': state, [RUN_ID]: run.id }
      this.#otlp.emit({
        ...base,
        error: null,
        from,
        to,
        attributes,
        spanId: this.#otlp.spanId(),
        parentId: spanId,
        name: state,
        kind: 'internal',
      })
    }
  }

  stop(): Promise<void> {
    return this.#otlp.stop()
  }
}
