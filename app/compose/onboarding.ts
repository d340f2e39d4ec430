/**
 * Proposes the workflow file to a repository, where the App was given `workflows: write`. Asked twice it finds the first
 * while that is open and brings the same file; what was closed or merged says nothing of today.
 */
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
import { sha256 } from '../ids.ts'
import { callerFileOf } from './checks.ts'

export interface OnboardingDeps {
  config: Pick<Config, 'executorWorkflows'>
  github: GitHubPort
  inspection: Pick<Inspection, 'installations' | 'openPullFrom'>
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const shortDigest = (text: string): string => sha256(text).slice(0, 8)

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
  const content = callerFileOf(config)
  const file = { change: 'put', path: CALLER_PATH, mode: '100644', contentBase64: base64(content) } as const
  const prefix = `${ONBOARDING_BRANCH}-${shortDigest(content)}-`
  const open = await inspection.openPullFrom(repository, prefix)
  if (open) return open
  const base = await github.baseCommit(repository, repository.defaultBranch)
  const branch = prefix + shortDigest(base)
  await github.writeBranch(repository, {
    branch,
    base,
    runId: ONBOARDING_ID,
    commits: [{ message: onboardingCommit(), files: [file] }],
    retried: true,
  })
  const { number, url } = await github.openPullRequest(repository, {
    head: branch,
    base: repository.defaultBranch,
    ...onboardingPullRequest(login),
    draft: false,
    marker: onboardingMarker,
    // One that was closed is not adopted; of two who ask at once, the second still finds the first.
    retried: false,
  })
  return { number, url }
}
