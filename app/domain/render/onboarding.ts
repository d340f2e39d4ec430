/** The pull request that brings a repository the workflow file, and the issue that shows a first Run. */
import { CALLER_PATH } from '../caller-workflow.ts'
import { agentRunIdTrailer } from './commit.ts'

/** Where a Run's id stands otherwise: branch and pull request are known again by it. */
export const ONBOARDING_ID = 'onboarding'
export const onboardingMarker = '<!-- deckhand:onboarding -->'

export const onboardingCommit = (): string => `Add the workflow that runs agents\n\n${agentRunIdTrailer(ONBOARDING_ID)}`

export function onboardingPullRequest(login: string) {
  return {
    title: 'Add the workflow that runs Deckhand’s agents',
    body: [
      `\`${CALLER_PATH}\` starts a job when somebody assigns an issue to the agent. The job may read this repository and prove who it is; it cannot write.`,
      'With E2B sandboxes it also needs the Actions secret `E2B_API_KEY`. Agents themselves can never change workflows.',
      `Asked for by \`${login}\` on the check page.`,
      onboardingMarker,
    ].join('\n\n'),
  }
}

/** The agent that needs no model. */
export const TEST_AGENT = 'stub'

export function testIssue(login: string) {
  return {
    title: 'A test of Deckhand: append a line to the README',
    body: [
      `Opened from the check page for \`${login}\`, to see a Run work from an issue to a pull request.`,
      `The agent \`${TEST_AGENT}\` appends a line to \`README.md\`; it uses no model.`,
      'Close this issue and its pull request when you have seen them.',
    ].join('\n\n'),
  }
}
