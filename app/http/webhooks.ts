/**
 * Where GitHub's webhooks come in. Size, encoding and signature are checked, the bytes are stored, and only then GitHub
 * is told 202; nothing is parsed here (trust.md facts 1 says why the stock receivers may not face the internet). What
 * cannot be about a Run by its bytes alone is not kept (`domain/passed-over.ts`).
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

import { z } from 'zod'

import { isPassedOver } from '../domain/passed-over.ts'
import { DELIVERY_BODY_BYTES_MAX } from '../store/deliveries.ts'
import type { Inserted, NewDelivery } from '../store/deliveries.ts'
import { InboxOverloaded } from '../store/inbox.ts'
import { readChunks, requireIdentityEncoding } from './body.ts'
import { ProblemError } from './problem.ts'
import { setupNeeded } from './setup/closed.ts'
import { route } from './route.ts'
import type { Answer, Route } from './route.ts'
import { discard, WebhookBuffer } from './webhook-buffer.ts'

export interface WebhookDeps {
  /** The webhook secret; null before the App is set up. */
  secret: () => string | null
  inbox: { add(delivery: NewDelivery): Promise<Inserted> }
  /** Hurries the intake loop; called after a delivery was stored. */
  arrived: () => void
  now: () => number
}

/** Lower case and exactly this long: there is one right spelling of a signature. */
const SIGNATURE = /^sha256=[0-9a-f]{64}$/
const DELIVERY_ID = /^[A-Za-z0-9-]{1,64}$/
const EVENT = /^[a-z_]{1,64}$/

/** GitHub's own path for Apps on Probot; the other one is S003-154's. */
const CANONICAL = '/api/github/webhooks'

export function webhookRoutes(deps: WebhookDeps): Route[] {
  const buffer = new WebhookBuffer()
  return [CANONICAL, '/webhooks/github'].map((path) =>
    route({
      method: 'POST',
      path,
      access: 'github',
      summary: 'Takes a webhook of GitHub',
      status: 202,
      answer: z.strictObject({ accepted: z.literal(true) }),
      sends: { type: 'application/json', description: 'A webhook as GitHub sends it, at most 25 MB' },
      ...(path === CANONICAL ? {} : { aliasOf: `POST ${CANONICAL}` }),
      handle: ({ req }) => receive(req, deps, buffer),
    }),
  )
}

async function receive(req: IncomingMessage, deps: WebhookDeps, buffer: WebhookBuffer): Promise<Answer> {
  const secret = deps.secret()
  if (secret === null) throw setupNeeded()
  requireIdentityEncoding(req)
  const signature = single(req, 'x-hub-signature-256')
  const plausible = SIGNATURE.test(signature)
  const share = buffer.share()
  try {
    const into = plausible ? (chunk: Buffer) => share.take(chunk) : discard
    const stoppable = (stop: (reason: Error) => void) => void (share.stop = stop)
    await readChunks(req, { bytesMax: DELIVERY_BODY_BYTES_MAX, into, stoppable })
    const body = share.view()
    if (!plausible || !isSigned(body, secret, signature)) throw refused('bad_signature')
    const names = namesOf(req)
    if (!isPassedOver(names.event, body)) await store(deliveryOf(names, share.own(), deps.now()), deps)
    return { json: { accepted: true } }
  } finally {
    share.release()
  }
}

/** Over the raw bytes, in constant time. */
function isSigned(body: Uint8Array, secret: string, signature: string): boolean {
  const digest = createHmac('sha256', secret).update(body).digest()
  return timingSafeEqual(digest, Buffer.from(signature.slice('sha256='.length), 'hex'))
}

function namesOf(req: IncomingMessage): Pick<NewDelivery, 'id' | 'event'> {
  const id = single(req, 'x-github-delivery')
  const event = single(req, 'x-github-event')
  if (!DELIVERY_ID.test(id) || !EVENT.test(event)) {
    throw new ProblemError('bad_request', { detail: 'The headers X-GitHub-Delivery and X-GitHub-Event are needed.' })
  }
  return { id, event }
}

function deliveryOf(names: Pick<NewDelivery, 'id' | 'event'>, body: Buffer, receivedAt: number): NewDelivery {
  return { ...names, receivedAt, body, digest: createHash('sha256').update(body).digest('hex') }
}

/** A duplicate is as good as stored: GitHub is told the same. */
async function store(delivery: NewDelivery, deps: WebhookDeps): Promise<void> {
  try {
    if ((await deps.inbox.add(delivery)) === 'inserted') deps.arrived()
  } catch (cause) {
    const reason = cause instanceof InboxOverloaded ? 'overloaded' : 'store_failed'
    throw new ProblemError('unavailable', { detail: 'The webhook was not stored. Send it again.', reason, cause })
  }
}

function single(req: IncomingMessage, header: string): string {
  const value = req.headers[header]
  return typeof value === 'string' ? value : ''
}

function refused(reason: string): ProblemError {
  return new ProblemError('unauthenticated', { reason })
}
