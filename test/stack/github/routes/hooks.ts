/** The App's webhook: its settings, what was delivered, and delivering again. */
import { ApiError, notFound } from '../errors.ts'
import type { DeliveryRecord } from '../records.ts'
import { asApp, ok } from '../route.ts'
import type { Call, Routes } from '../route.ts'
import { iso } from '../views/common.ts'
import type { Json } from '../views/common.ts'

const PER_PAGE_DEFAULT = 30
const PER_PAGE_MAX = 100
/** GitHub keeps deliveries of the last three days for the API. */
const KEPT_MS = 3 * 24 * 60 * 60 * 1000

function itemView(delivery: DeliveryRecord): Json {
  return {
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: iso(delivery.deliveredAt),
    redelivery: delivery.redelivery,
    duration: delivery.durationMs / 1000,
    status: delivery.status,
    status_code: delivery.statusCode,
    event: delivery.event,
    action: delivery.action,
    installation_id: delivery.installationId,
    repository_id: delivery.repositoryId,
    throttled_at: null,
  }
}

function deliveryView(delivery: DeliveryRecord): Json {
  return {
    ...itemView(delivery),
    url: delivery.url,
    request: { headers: delivery.headers, payload: JSON.parse(delivery.body) as Json },
    response: { headers: delivery.responseHeaders, payload: delivery.responseBody },
  }
}

/** What was answered, or failed; a delivery under way is not listed yet. */
function past(call: Call): DeliveryRecord[] {
  const { world } = call
  const recent = (d: DeliveryRecord) => d.state === 'done' && d.deliveredAt > world.now() - KEPT_MS
  return [...world.deliveries.values()].filter(recent).toReversed()
}

function list(call: Call) {
  const { query, url, world } = call
  const cursor = /^v1_(\d+)$/.exec(typeof query['cursor'] === 'string' ? query['cursor'] : '')?.[1]
  if (query['cursor'] !== undefined && cursor === undefined) throw new ApiError(422, 'Invalid cursor')
  const wanted = past(call).filter((delivery) => cursor === undefined || delivery.id <= Number(cursor))
  const perPage = Math.min(PER_PAGE_MAX, Math.max(1, Number(query['per_page'] ?? PER_PAGE_DEFAULT)))
  const next = wanted[perPage]
  if (!next) return ok(wanted.map(itemView))
  const link = new URL(`${world.url}${url.pathname}${url.search}`)
  link.searchParams.set('cursor', `v1_${next.id}`)
  return { ...ok(wanted.slice(0, perPage).map(itemView)), headers: { link: `<${link.href}>; rel="next"` } }
}

function deliveryOf(call: Call): DeliveryRecord {
  const found = call.world.deliveries.get(Number(call.params['delivery_id']))
  if (!found) throw notFound()
  return found
}

const config = ({ webhooks }: Call) =>
  ok({ content_type: webhooks.contentType, insecure_ssl: '0', secret: '********', url: webhooks.url ?? '' })

export const hookRoutes: Routes = {
  'GET /app/hook/deliveries': asApp(list),
  'GET /app/hook/deliveries/{delivery_id}': asApp((call) => ok(deliveryView(deliveryOf(call)))),
  'POST /app/hook/deliveries/{delivery_id}/attempts': asApp((call) => {
    // Answered at once; the delivery itself happens afterwards.
    void call.webhooks.redeliver(deliveryOf(call).id)
    return { status: 202, body: {} }
  }),
  'GET /app/hook/config': asApp(config),
  'PATCH /app/hook/config': asApp((call) => {
    const { url, content_type: contentType } = call.body
    if (typeof url === 'string') call.webhooks.url = url
    if (typeof contentType === 'string') call.webhooks.contentType = contentType
    return config(call)
  }),
}
