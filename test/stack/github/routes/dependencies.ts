/** Issues that block others, over REST. What a token may not see is not among them. */
import { visible } from '../access.ts'
import { blockersOf } from '../acts/dependencies.ts'
import { issueOf, listAnswer, onRepository, reads } from '../route.ts'
import type { Routes } from '../route.ts'
import { issueView } from '../views/issue.ts'

export const dependencyRoutes: Routes = {
  'GET /repos/{owner}/{repo}/issues/{issue_number}/dependencies/blocked_by': onRepository(reads('issues'), (call) => {
    const { world, principal } = call
    const all = blockersOf(world, issueOf(call)).filter((issue) =>
      visible(world, principal, world.repositoryById(issue.repositoryId)),
    )
    return listAnswer(call, all, (issue) => issueView(world, issue))
  }),
}
