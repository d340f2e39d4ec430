/** The API description as the app serves it, for the page that shows it: made of the real routes, which are not called. */
import { apiRoutes } from '../../app/http/api/routes.ts'
import type { ApiRoutesDeps } from '../../app/http/api/routes.ts'
import { healthRoutes } from '../../app/http/health.ts'
import type { HealthDeps } from '../../app/http/health.ts'
import { openApiDocument } from '../../app/http/openapi.ts'
import { webhookRoutes } from '../../app/http/webhooks.ts'
import type { WebhookDeps } from '../../app/http/webhooks.ts'

/** Stands for whatever a route would use if it were called. */
const unused: object = new Proxy(() => {}, { get: () => unused })

const routes = [
  ...healthRoutes(unused as HealthDeps),
  ...webhookRoutes(unused as WebhookDeps),
  ...apiRoutes({ auth: unused, api: unused } as ApiRoutesDeps),
]

export const apiDescription = openApiDocument(routes, { version: '0.1.0', publicUrl: 'https://agents.example.com' })
