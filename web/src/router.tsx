/** Which address shows which page. Pages are loaded when they are first visited. */
import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  parseSearchWith,
  redirect,
  stringifySearchWith,
} from '@tanstack/react-router'

import { parseRunSearch, parseRunsSearch } from './lib/search.ts'
import { BrokenPage, NotFoundPage } from './pages/messages.tsx'
import { Root } from './ui/Root.tsx'
import { sessionQuery } from './queries.ts'

interface RouterContext {
  client: QueryClient
}

const rootRoute = createRootRouteWithContext<RouterContext>()({
  component: Root,
  notFoundComponent: () => <NotFoundPage />,
  errorComponent: BrokenPage,
  beforeLoad: async ({ context }) => {
    // The pages can say better than a blank screen that the server is away.
    await context.client.ensureQueryData(sessionQuery).catch(() => null)
  },
})

const homeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/runs', replace: true })
  },
})
const shortRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/r/$id',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/runs/$id', params, replace: true })
  },
})
const runsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/runs',
  validateSearch: parseRunsSearch,
  component: lazyRouteComponent(() => import('./pages/RunsPage.tsx'), 'RunsPage'),
})
const runRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/runs/$id',
  validateSearch: parseRunSearch,
  component: lazyRouteComponent(() => import('./pages/RunPage.tsx'), 'RunPage'),
})
const issueRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/repos/$owner/$repo/issues/$number',
  component: lazyRouteComponent(() => import('./pages/IssuePage.tsx'), 'IssuePage'),
})
const loginRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/login',
  component: lazyRouteComponent(() => import('./pages/LoginPage.tsx'), 'LoginPage'),
})
const deniedRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/denied',
  component: lazyRouteComponent(() => import('./pages/LoginPage.tsx'), 'DeniedPage'),
})

const routeTree = rootRoute.addChildren([
  homeRoute,
  shortRoute,
  runsRoute,
  runRoute,
  issueRoute,
  loginRoute,
  deniedRoute,
])

export function createAppRouter(client: QueryClient) {
  return createRouter({
    routeTree,
    context: { client },
    defaultPreload: 'intent',
    // Parameters are plain text: by default they would be read as JSON, and a cursor of digits would become a number.
    parseSearch: parseSearchWith((value) => value),
    stringifySearch: stringifySearchWith(String),
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>
  }
}
