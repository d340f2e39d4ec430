/** Opens an issue and has the stub agent do it, so that an admin sees the whole way work (surfaces.md 4.3). */
import { TEST_AGENT, testIssue } from '../domain/render/onboarding.ts'
import type { GitHubPort } from '../github/port.ts'
import type { Assigned, AssignOrder } from '../http/api/ports.ts'

export interface TestIssueDeps {
  github: Pick<GitHubPort, 'createIssue'>
  assign(order: AssignOrder): Promise<Assigned>
}

export type TestOrder = Pick<AssignOrder, 'repository' | 'by' | 'triggerId' | 'ip'>
export type Tested = { issue: { number: number; url: string }; assigned: Assigned }

/** Who asks may start Runs in the repository. */
export async function openTestIssue(deps: TestIssueDeps, order: TestOrder): Promise<Tested> {
  const issue = await deps.github.createIssue(order.repository, testIssue(order.by.login))
  const wanted = { ...order, number: issue.number, agent: TEST_AGENT, instructions: '' }
  return { issue, assigned: await deps.assign(wanted) }
}
