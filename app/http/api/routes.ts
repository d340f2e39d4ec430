/** Every route of the API for people and programs, in one list. */
import type { Route } from '../route.ts'
import { assignRoutes } from './assign.ts'
import { authRoutes } from './auth.ts'
import type { AuthDeps } from './auth.ts'
import { badgeRoutes } from './badges.ts'
import { issueRoutes } from './issues.ts'
import { killRoutes } from './kill.ts'
import { killSwitchRoutes } from './kill-switch.ts'
import { ledgerRoute } from './ledger.ts'
import type { ApiPorts } from './ports.ts'
import { retryRoutes } from './retry.ts'
import { runRoutes } from './runs.ts'
import { streamRoutes } from './stream.ts'

export interface ApiRoutesDeps {
  auth: AuthDeps
  api: ApiPorts
}

export function apiRoutes({ auth, api }: ApiRoutesDeps): Route[] {
  return [
    ...authRoutes(auth),
    ...assignRoutes(api),
    ...issueRoutes(api),
    ...badgeRoutes(api),
    ...streamRoutes(api),
    ...runRoutes(api),
    ...retryRoutes(api),
    ...killRoutes(api),
    ...killSwitchRoutes(api),
    ledgerRoute(api),
  ]
}
