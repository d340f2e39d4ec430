/** Which address shows which page. Pages are loaded when they are first visited. */
import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
  stringifySearchWith,
} from '@tanstack/react-router'

import { parseAdminSearch } from './lib/admin-search.ts'
import {
  only,
  parametersOf,
  parseIssuesSearch,
  parseNodeSearch,
  parseRepositorySearch,
  parseRunSearch,
  parseRunsSearch,
  parseTreeSearch,
} from './lib/search.ts'
import { BrokenPage, NotFoundPage } from './pages/messages.tsx'
import { isSetup, Root } from './ui/Root.tsx'
import { sessionQuery } from './queries.ts'

interface RouterContext {
  client: QueryClient
}

const rootRoute = createRootRouteWithContext<RouterContext>()({
  component: Root,
  notFoundComponent: () => <NotFoundPage />,
  errorComponent: BrokenPage,
  beforeLoad: async ({ context, location }) => {
    if (isSetup(location.pathname)) return
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
  validateSearch: only(parseRunSearch),
  beforeLoad: ({ params, search, location }) => {
    throw redirect({ to: '/runs/$id', params, search, hash: location.hash, replace: true })
  },
})
const runsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/runs',
  validateSearch: only(parseRunsSearch),
  component: lazyRouteComponent(() => import('./pages/RunsPage.tsx'), 'RunsPage'),
})
const runRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/runs/$id',
  validateSearch: only(parseRunSearch),
  component: lazyRouteComponent(() => import('./pages/RunPage.tsx'), 'RunPage'),
})
const issueRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/repos/$owner/$repo/issues/$number',
  validateSearch: only(parseNodeSearch),
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

const settingsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/settings',
  component: lazyRouteComponent(() => import('./pages/SettingsPage.tsx'), 'SettingsPage'),
})

const checksRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/admin/checks',
  component: lazyRouteComponent(() => import('./pages/ChecksPage.tsx'), 'ChecksPage'),
})
const setupRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/setup',
  component: lazyRouteComponent(() => import('./pages/SetupPage.tsx'), 'SetupPage'),
})
const setupCallbackRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/setup/callback',
  component: lazyRouteComponent(() => import('./pages/SetupPage.tsx'), 'SetupPage'),
})
const adminRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/admin',
  validateSearch: only(parseAdminSearch),
  component: lazyRouteComponent(() => import('./pages/AdminPage.tsx'), 'AdminPage'),
})
const adminPartRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/admin/$part',
  validateSearch: only(parseAdminSearch),
  component: lazyRouteComponent(() => import('./pages/AdminPage.tsx'), 'AdminPage'),
})

const apiDocsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/docs/api',
  component: lazyRouteComponent(() => import('./pages/ApiDocsPage.tsx'), 'ApiDocsPage'),
})

const issuesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/issues',
  validateSearch: only(parseIssuesSearch),
  component: lazyRouteComponent(() => import('./pages/IssuesPage.tsx'), 'IssuesPage'),
})
const repositoryRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/repos/$owner/$repo',
  validateSearch: only(parseRepositorySearch),
  component: lazyRouteComponent(() => import('./pages/RepositoryPage.tsx'), 'RepositoryPage'),
})
const treeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/repos/$owner/$repo/tree',
  validateSearch: only(parseTreeSearch),
  component: lazyRouteComponent(() => import('./pages/TreePage.tsx'), 'TreePage'),
})
const agentsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/agents',
  component: lazyRouteComponent(() => import('./pages/AgentsPage.tsx'), 'AgentsPage'),
})
const agentRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/agents/$name',
  component: lazyRouteComponent(() => import('./pages/AgentsPage.tsx'), 'AgentPage'),
})
const agentOnboardingRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/agents/$name/onboarding',
  component: lazyRouteComponent(() => import('./pages/agents/OnboardingPage.tsx'), 'OnboardingPage'),
})

const routeTree = rootRoute.addChildren([
  homeRoute,
  shortRoute,
  runsRoute,
  runRoute,
  issueRoute,
  loginRoute,
  deniedRoute,
  checksRoute,
  setupRoute,
  setupCallbackRoute,
  settingsRoute,
  adminRoute,
  adminPartRoute,
  apiDocsRoute,
  issuesRoute,
  repositoryRoute,
  treeRoute,
  agentsRoute,
  agentRoute,
  agentOnboardingRoute,
])

export function createAppRouter(client: QueryClient) {
  return createRouter({
    routeTree,
    context: { client },
    defaultPreload: 'intent',
    // By default parameters would be read as JSON, and a cursor, a number of an issue or `true` would be no text.
    parseSearch: parametersOf,
    stringifySearch: stringifySearchWith(String),
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>
  }
}
