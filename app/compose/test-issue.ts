/** Opens an issue and has the stub agent do it, so that an admin sees the whole way work (surfaces.md 4.3). */
import { TEST_AGENT, testIssue } from '../domain/render/onboarding.ts'
import type { GitHubPort } from '../github/port.ts'
import type { Assigned, AssignOrder } from '../http/api/ports.ts'

export interface TestIssueDeps {
  github: Pick<GitHubPort, 'repository' | 'createIssue'>
  assign(order: AssignOrder): Promise<Assigned>
}

export type TestOrder = Pick<AssignOrder, 'by' | 'triggerId' | 'ip'> & { repository: string }
export type Tested = { issue: { number: number; url: string }; assigned: Assigned }

/** Null when the App is not installed there. */
export async function openTestIssue(
  deps: TestIssueDeps,
  { repository, by, ...order }: TestOrder,
): Promise<Tested | null> {
  const [owner = '', name = ''] = repository.split('/')
  const found = await deps.github.repository(owner, name)
  if (!found) return null
  const issue = await deps.github.createIssue(found, testIssue(by.login))
  const wanted = { repository: found, number: issue.number, by, agent: TEST_AGENT, instructions: '', ...order }
  return { issue, assigned: await deps.assign(wanted) }
}
