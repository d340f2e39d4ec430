/** Every REST route that this GitHub serves, by method and described path. */
import { actionRoutes } from './actions.ts'
import { appRoutes } from './apps.ts'
import { checkRoutes } from './checks.ts'
import { codeRoutes } from './code.ts'
import { dependencyRoutes } from './dependencies.ts'
import { gitDatabaseRoutes } from './git-database.ts'
import { hookRoutes } from './hooks.ts'
import { issueRoutes } from './issues.ts'
import { labelRoutes } from './labels.ts'
import { organizationRoutes } from './organizations.ts'
import { pullRoutes } from './pulls.ts'
import { repositoryRoutes } from './repositories.ts'
import { subIssueRoutes } from './sub-issues.ts'
import { userRoutes } from './users.ts'
import type { Routes } from '../route.ts'

export const routes: Routes = {
  ...actionRoutes,
  ...appRoutes,
  ...checkRoutes,
  ...codeRoutes,
  ...dependencyRoutes,
  ...gitDatabaseRoutes,
  ...hookRoutes,
  ...issueRoutes,
  ...labelRoutes,
  ...organizationRoutes,
  ...pullRoutes,
  ...repositoryRoutes,
  ...subIssueRoutes,
  ...userRoutes,
}
