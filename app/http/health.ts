/** Probes: alive (the process), ready (may be sent requests) and health (for people and old monitors). */
import { z } from 'zod'

import { ProblemError } from './problem.ts'
import { route } from './route.ts'
import type { Route } from './route.ts'

/** trust.md "Health": the primary was seen less than this ago. */
const STORE_FRESH_MS = 5_000
const PING_TIMEOUT_MS = 2_500

export interface HealthDeps {
  /** Resolves when MongoDB's primary answers. */
  pingStore: () => Promise<void>
  isDraining: () => boolean
  now: () => number
}

const SERVICE = 'deckhand'
const HealthBody = z.strictObject({
  status: z.literal('healthy'),
  service: z.literal(SERVICE),
  uptime: z.number(),
  timestamp: z.string(),
})

export function healthRoutes({ pingStore, isDraining, now }: HealthDeps): Route[] {
  let seenAt = Number.NEGATIVE_INFINITY
  const health = () => ({
    json: {
      status: 'healthy',
      service: SERVICE,
      uptime: Math.round(process.uptime()),
      timestamp: new Date(now()).toISOString(),
    },
  })
  const base = { method: 'GET', access: 'probe' } as const
  return [
    // Never asks MongoDB: an election would otherwise restart every replica.
    route({
      ...base,
      path: '/livez',
      summary: 'Whether the process runs',
      answer: z.strictObject({ status: z.literal('alive') }),
      handle: () => ({ json: { status: 'alive' } }),
    }),
    route({
      ...base,
      path: '/readyz',
      summary: 'Whether this replica may be sent requests',
      answer: z.strictObject({ status: z.literal('ready') }),
      async handle() {
        if (isDraining()) throw new ProblemError('unavailable', { detail: 'This replica is shutting down.' })
        if (now() - seenAt >= STORE_FRESH_MS) {
          try {
            await withDeadline(pingStore())
          } catch (cause) {
            throw new ProblemError('unavailable', { detail: 'The database does not answer.', cause })
          }
          seenAt = now()
        }
        return { json: { status: 'ready' } }
      },
    }),
    route({ ...base, path: '/health', summary: 'Health of the app', answer: HealthBody, handle: health }),
    route({ ...base, path: '/healthz', summary: 'Health of the app', answer: HealthBody, handle: health }),
  ]
}

async function withDeadline(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${PING_TIMEOUT_MS} ms`)), PING_TIMEOUT_MS)
  })
  try {
    await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
