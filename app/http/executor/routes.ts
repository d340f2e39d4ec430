/** The executor's part of the route table (design.md, "Between the app and the executor"). */
import type { Route } from '../route.ts'
import { bindRoute } from './bind.ts'
import { callbackRoutes } from './callbacks.ts'
import { controlRoute } from './control.ts'
import type { ExecutorDeps } from './ports.ts'
import { uploadRoutes } from './uploads.ts'

export function executorRoutes(deps: ExecutorDeps): Route[] {
  return [bindRoute(deps), ...callbackRoutes(deps), controlRoute(deps), ...uploadRoutes(deps)]
}
