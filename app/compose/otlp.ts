/**
 * Sends spans to an OpenTelemetry collector (OTLP over HTTP). The packages are loaded only when there is an endpoint: an
 * app that is not traced does not pay for them.
 */
import type { Span } from './spans.ts'

const SERVICE = 'deckhand'
const FLUSH_MS_MAX = 5_000
const BATCH_DELAY_MS = 1_000

export interface Otlp {
  emit(span: Span): void
  spanId(): string
  /** Sends what is left; at most `FLUSH_MS_MAX`. */
  stop(): Promise<void>
}

/** `endpoint` is the collector's base address, as in OTEL_EXPORTER_OTLP_ENDPOINT. */
export async function openOtlp(endpoint: string, version: string): Promise<Otlp> {
  const [api, sdk, exporter, resources] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ])
  const random = new sdk.RandomIdGenerator()
  const next = { traceId: '', spanId: '' }
  const provider = new sdk.TracerProvider({
    resource: resources.resourceFromAttributes({ 'service.name': SERVICE, 'service.version': version }),
    // The ids are given by whoever emits; `emit` sets them right before the tracer asks.
    idGenerator: { generateTraceId: () => next.traceId, generateSpanId: () => next.spanId },
    sampler: new sdk.AlwaysOnSampler(),
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        exporter: new exporter.OTLPTraceExporter({ url: `${endpoint}/v1/traces`, timeoutMillis: FLUSH_MS_MAX }),
        scheduledDelayMillis: BATCH_DELAY_MS,
      }),
    ],
  })
  const tracer = provider.getTracer(SERVICE, version)
  const { ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace } = api
  const kinds = {
    internal: SpanKind.INTERNAL,
    server: SpanKind.SERVER,
    client: SpanKind.CLIENT,
    consumer: SpanKind.CONSUMER,
  }
  return {
    emit({ traceId, spanId, parentId, name, kind, attributes, from, to, error }) {
      Object.assign(next, { traceId, spanId })
      const parent = parentId && { traceId, spanId: parentId, traceFlags: TraceFlags.SAMPLED, isRemote: true }
      const context = parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT
      const span = tracer.startSpan(name, { kind: kinds[kind], attributes, startTime: from }, context)
      if (error !== null) span.setStatus({ code: SpanStatusCode.ERROR }).setAttribute('error.type', error)
      span.end(to)
    },
    spanId: () => random.generateSpanId(),
    stop: async () => {
      await provider.forceFlush({ timeoutMillis: FLUSH_MS_MAX }).catch(() => {})
      await provider.shutdown()
    },
  }
}
