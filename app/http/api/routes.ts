/** Every route of the API for people and programs, in one list. */
import type { Route } from '../route.ts'
import { auditRoutes } from './admin/audit.ts'
import { deliveryRoutes } from './admin/deliveries.ts'
import { overviewRoutes } from './admin/overview.ts'
import { sandboxRoutes } from './admin/sandboxes.ts'
import { advanceRoute } from './advance.ts'
import { agentRoutes } from './agents.ts'
import { aliasRoutes } from './aliases.ts'
import { assignRoutes } from './assign.ts'
import { authRoutes } from './auth.ts'
import type { AuthDeps } from './auth.ts'
import { badgeRoutes } from './badges.ts'
import { changesRoute } from './changes.ts'
import { issueActivityRoute } from './issue-activity.ts'
import { issueListRoute } from './issue-list.ts'
import { issueTreeRoutes } from './issue-tree.ts'
import { issueRoutes } from './issues.ts'
import { killRoutes } from './kill.ts'
import { killSwitchRoutes } from './kill-switch.ts'
import { ledgerRoute } from './ledger.ts'
import { liveRoutes } from './live.ts'
import { onboardingRoutes } from './onboarding.ts'
import { pauseRoutes } from './pause.ts'
import type { ApiPorts } from './ports.ts'
import { reorderRoute } from './reorder.ts'
import { repositoryRoutes } from './repositories.ts'
import { retryRoutes } from './retry.ts'
import { runActionsRoute } from './run-actions.ts'
import { runListRoutes } from './run-lists.ts'
import { runRoutes } from './runs.ts'
import { sandboxRoute } from './sandbox.ts'
import { sayRoute } from './say.ts'
import { streamRoutes } from './stream.ts'
import { StreamPlaces } from './stream-places.ts'
import { tokensRoute } from './tokens.ts'

export interface ApiRoutesDeps {
  auth: AuthDeps
  api: ApiPorts
}

export function apiRoutes({ auth, api }: ApiRoutesDeps): Route[] {
  const places = new StreamPlaces()
  const routes = [
    ...authRoutes(auth),
    ...assignRoutes(api),
    ...issueRoutes(api),
    ...issueTreeRoutes(api),
    issueActivityRoute(api),
    reorderRoute(api),
    ...badgeRoutes(api),
    ...streamRoutes(api, places),
    ...liveRoutes(api, places),
    // First: what they are called is no Run's id.
    ...runListRoutes(api),
    ...runRoutes(api),
    runActionsRoute(api),
    changesRoute(api),
    sandboxRoute(api),
    ...pauseRoutes(api),
    ...retryRoutes(api),
    sayRoute(api),
    advanceRoute(api),
    ...killRoutes(api),
    ...killSwitchRoutes(api),
    ...overviewRoutes(api),
    ...sandboxRoutes(api),
    ...deliveryRoutes(api),
    ...auditRoutes(api),
    ledgerRoute(api),
    tokensRoute(api),
    issueListRoute(api),
    ...repositoryRoutes(api),
    ...agentRoutes(api),
    ...onboardingRoutes(api),
  ]
  return [...routes, ...aliasRoutes(api, routes)]
}
