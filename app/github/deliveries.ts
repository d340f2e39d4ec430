/** GitHub's own record of what it tried to deliver: what got lost on the way is asked for again. */
import type { Clients } from './client.ts'
import type { DeliveryAttempt, GitHubPort } from './port.ts'

const PAGE = 100
/** Three days of a busy organisation; all but the first look of a replica end on the first page. */
const PAGES_MAX = 100
const LIST_MS_MAX = 120_000
/** No further page is asked for after this: what was read by then is worth more than nothing at the end of the time. */
const PAGING_MS_MAX = 60_000

export function deliveriesOf({ app }: Clients): Pick<GitHubPort, 'listDeliveries' | 'redeliver'> {
  return {
    listDeliveries: (since) =>
      app(async (octokit, signal) => {
        const attempts: DeliveryAttempt[] = []
        const late = AbortSignal.timeout(PAGING_MS_MAX)
        let cursor: string | undefined
        for (let page = 0; page < PAGES_MAX && !late.aborted; page++) {
          const request = { per_page: PAGE, ...(cursor === undefined ? {} : { cursor }), request: { signal } }
          const { data, headers } = await octokit.rest.apps.listWebhookDeliveries(request)
          const rows = data.map(({ id, guid, event, delivered_at, status_code, redelivery }) => ({
            id,
            guid,
            event,
            deliveredAt: Date.parse(delivered_at),
            statusCode: status_code,
            ok: status_code >= 200 && status_code < 300,
            redelivery,
          }))
          attempts.push(...rows.filter((row) => row.deliveredAt >= since))
          cursor = /[?&]cursor=([^&>]+)(?:&[^>]*)?>; rel="next"/.exec(headers.link ?? '')?.[1]
          if (cursor === undefined || rows.some((row) => row.deliveredAt < since)) return { attempts, complete: true }
          cursor = decodeURIComponent(cursor)
        }
        return { attempts, complete: false }
      }, LIST_MS_MAX),

    redeliver: (id) =>
      app(async (octokit, signal) => {
        await octokit.rest.apps.redeliverWebhookDelivery({ delivery_id: id, request: { signal } })
      }),
  }
}
