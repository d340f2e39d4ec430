/**
 * Webhooks as they were taken in: what became of each, what it held, and a second try for what was refused or lost its
 * way. Payloads hold the words of private repositories, so only admins of everything read them, and that is recorded.
 */
import { z } from 'zod'

import {
  ADMIN_PAGE_DEFAULT,
  ADMIN_PAGE_MAX,
  DeliveryDetail,
  DeliveryList,
  RedeliverBody,
  deliveryStates,
} from '../../../contracts/admin.ts'
import type { DeliveryBody } from '../../../contracts/admin.ts'
import { inspectPayload } from '../../../domain/payload.ts'
import type { ClaimedDelivery, DeliveryRecord } from '../../../store/deliveries.ts'
import { ProblemError } from '../../problem.ts'
import { route } from '../../route.ts'
import type { Route } from '../../route.ts'
import { requireGlobalAdmin } from '../admins.ts'
import { bad, limitOf } from '../answers.ts'
import { cursorAt, placeAt } from '../cursor.ts'
import type { ApiPorts } from '../ports.ts'
import { iso } from './overview.ts'

const PAYLOAD_CHARS_MAX = 200_000
const DELIVERY_ID = /^[\w-]{1,100}$/
const PATH = '/api/admin/deliveries'

const DeliveryParams = z.strictObject({ id: z.string().regex(DELIVERY_ID) })
const DeliveryQuery = z.strictObject({
  state: z.string().max(60).optional().describe('One or more states, with commas between them.'),
  id: z.string().max(100).optional().describe('`X-GitHub-Delivery`: the one with this id.'),
  after: z.string().max(200).optional(),
  limit: z
    .string()
    .regex(/^\d{1,3}$/)
    .optional(),
})

export function deliveryRoutes(ports: ApiPorts): Route[] {
  return [many(ports), one(ports), redelivered(ports)]
}

function many(ports: ApiPorts): Route {
  const { deliveries } = ports.admin
  return route({
    method: 'GET',
    path: PATH,
    access: 'signed_in',
    summary: 'Webhooks that were taken in, newest first; by state, or one by its id',
    query: DeliveryQuery,
    answer: DeliveryList,
    async handle({ who, req, log, query }) {
      const deed = { action: 'delivery.list', target: 'deliveries', why: null }
      await requireGlobalAdmin(ports, { who, req, log }, deed)
      const limit = limitOf(query.limit, ADMIN_PAGE_DEFAULT, ADMIN_PAGE_MAX)
      const states = statesOf(query.state)
      if (query.id !== undefined) {
        const found = await deliveries.readDelivery(query.id)
        const fits = found && (!states || states.includes(found.state))
        return { json: { deliveries: fits ? [bodyOf(found)] : [], next: null } satisfies DeliveryList }
      }
      const place = query.after === undefined ? null : placeAt(query.after, (id) => DELIVERY_ID.test(id))
      const found = await deliveries.listDeliveries({
        // One more than asked for tells whether there is another page.
        limit: limit + 1,
        ...(states ? { states } : {}),
        ...(place ? { after: { receivedAt: place.at, id: place.id } } : {}),
      })
      const page = found.slice(0, limit)
      const last = page.at(-1)
      const next = found.length > limit && last ? cursorAt(last.receivedAt, last.id) : null
      return { json: { deliveries: page.map(bodyOf), next } satisfies DeliveryList }
    },
  })
}

function one(ports: ApiPorts): Route {
  return route({
    method: 'GET',
    path: `${PATH}/:id`,
    access: 'signed_in',
    summary: 'One webhook with its payload, without credentials',
    params: DeliveryParams,
    answer: DeliveryDetail,
    async handle({ who, req, log, params }) {
      const deed = { action: 'delivery.read', target: `delivery:${params.id}`, why: null }
      const { audit } = await requireGlobalAdmin(ports, { who, req, log }, deed)
      const found = await ports.admin.deliveries.readDelivery(params.id)
      if (!found) throw new ProblemError('not_found')
      await audit('read')
      const text = ports.admin.redact(textOf(found))
      const truncated = text.length > PAYLOAD_CHARS_MAX
      const payload = truncated ? text.slice(0, PAYLOAD_CHARS_MAX) : text
      return { json: { delivery: bodyOf(found), payload, truncated } satisfies DeliveryDetail }
    },
  })
}

function redelivered(ports: ApiPorts): Route {
  return route({
    method: 'POST',
    path: `${PATH}/:id/redeliver`,
    access: 'signed_in',
    summary: 'Takes a webhook in once more; while it is on its way this changes nothing',
    params: DeliveryParams,
    body: z.strictObject({}),
    example: {},
    idempotent: true,
    status: 202,
    answer: RedeliverBody,
    problems: ['not_allowed_now'],
    async handle({ who, req, log, params: { id } }) {
      const deed = { action: 'delivery.redeliver', target: `delivery:${id}`, why: null }
      const { audit } = await requireGlobalAdmin(ports, { who, req, log }, deed)
      const { deliveries, arrived } = ports.admin
      const before = await deliveries.readDelivery(id)
      if (!before) throw new ProblemError('not_found')
      if (before.body.length < before.bytes) {
        const detail = 'The body of this webhook was too large to keep, so there is nothing to take in again.'
        throw new ProblemError('not_allowed_now', { detail })
      }
      const again = await deliveries.redeliver(id, ports.now())
      await audit(again ? 'redelivered' : 'under_way')
      if (again) arrived()
      const now: DeliveryRecord = again ? { ...before, state: 'received', reason: null, attempts: 0 } : before
      return { json: { delivery: bodyOf(now), redelivered: again } satisfies RedeliverBody }
    },
  })
}

function bodyOf({ id, event, state, reason, attempts, bytes, receivedAt }: DeliveryRecord): DeliveryBody {
  return { id, event, state, reason, attempts, bytes, receivedAt: iso(receivedAt) }
}

/** As people read it; what is no JSON (or must not be parsed) is shown as it came. */
function textOf({ body }: ClaimedDelivery): string {
  const inspected = inspectPayload(body)
  return inspected.ok ? JSON.stringify(inspected.json, null, 2) : new TextDecoder().decode(body)
}

function statesOf(given: string | undefined): DeliveryBody['state'][] | undefined {
  if (given === undefined) return undefined
  const parsed = z.array(z.enum(deliveryStates)).safeParse([...new Set(given.split(','))])
  if (parsed.success) return parsed.data
  throw bad(`state is one or more of ${deliveryStates.join(', ')}, with commas between them.`)
}
