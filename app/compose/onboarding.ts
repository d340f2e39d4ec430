/** Proposes the workflow file to a repository, where the App was given `workflows: write`. Asked twice it finds the first. */
import type { Config } from '../config.ts'
import type { OnboardingBody } from '../contracts/checks.ts'
import { CALLER_PATH, ONBOARDING_BRANCH } from '../domain/caller-workflow.ts'
import {
  ONBOARDING_ID,
  onboardingCommit,
  onboardingMarker,
  onboardingPullRequest,
} from '../domain/render/onboarding.ts'
import type { Inspection } from '../github/inspection.ts'
import type { GitHubPort } from '../github/port.ts'
import { callerFileOf } from './checks.ts'

export interface OnboardingDeps {
  config: Config
  github: GitHubPort
  inspection: Inspection
}

/** Null when the App may not write workflows there, or does not see the repository. */
export async function proposeWorkflow(
  { config, github, inspection }: OnboardingDeps,
  fullName: string,
  login: string,
): Promise<OnboardingBody | null> {
  const [owner = '', name = ''] = fullName.split('/')
  const repository = await github.repository(owner, name)
  const installation = (await inspection.installations()).find(({ id }) => id === repository?.installationId)
  if (!repository || installation?.permissions['workflows'] !== 'write') return null
  const contentBase64 = Buffer.from(callerFileOf(config)).toString('base64')
  const file = { change: 'put', path: CALLER_PATH, mode: '100644', contentBase64 } as const
  await github.writeBranch(repository, {
    branch: ONBOARDING_BRANCH,
    base: await github.baseCommit(repository, repository.defaultBranch),
    runId: ONBOARDING_ID,
    commits: [{ message: onboardingCommit(), files: [file] }],
    retried: true,
  })
  const { number, url } = await github.openPullRequest(repository, {
    head: ONBOARDING_BRANCH,
    base: repository.defaultBranch,
    ...onboardingPullRequest(login),
    draft: false,
    marker: onboardingMarker,
    retried: true,
  })
  return { number, url }
}
