/** The whole port over one GitHub App. */
import { actionsOf } from './actions.ts'
import { activityOf } from './activity.ts'
import { blockersOf } from './blockers.ts'
import { branchesOf } from './branches.ts'
import { checksOf } from './checks.ts'
import { createClients } from './client.ts'
import type { GitHubOptions } from './client.ts'
import { browseOf } from './browse.ts'
import { commentsOf } from './comments.ts'
import { compareOf } from './compare.ts'
import { deliveriesOf } from './deliveries.ts'
import { issuesOf } from './issues.ts'
import { jobOf } from './job.ts'
import { ownersOf } from './owners.ts'
import { peopleOf } from './people.ts'
import type { GitHubPort } from './port.ts'
import { pullsOf } from './pulls.ts'
import { subIssuesOf } from './sub-issues.ts'

export function createGitHub(options: GitHubOptions): GitHubPort {
  const clients = createClients(options)
  return {
    ...peopleOf(clients, options.allowedBots),
    ...ownersOf(clients),
    ...issuesOf(clients),
    ...browseOf(clients),
    ...subIssuesOf(clients),
    ...activityOf(clients),
    ...blockersOf(clients),
    ...commentsOf(clients),
    ...actionsOf(clients),
    ...jobOf(clients),
    ...branchesOf(clients),
    ...compareOf(clients),
    ...pullsOf(clients),
    ...checksOf(clients),
    ...deliveriesOf(clients),
  }
}
