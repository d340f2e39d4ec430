/** A silent job is asked about while a clock runs, so what GitHub breaks at is asked again soon. */
import { expect, test } from 'vitest'

import { tellStory } from '../../test/support/story.ts'
import { defaultClocks } from '../domain/policy.ts'
import { GitHubError } from '../github/errors.ts'
import { NotYet } from './perform.ts'
import type { PerformDeps } from './perform.ts'
import { settleFromWorkflow } from './settle-from-workflow.ts'

test('an answer that GitHub could not give is asked for again in seconds, and a refusal is one', async () => {
  const story = tellStory()
  await story.upTo('agent.started')
  story.pass(defaultClocks.heartbeatLostMs)
  await story.tick()
  const asked = (kind: 'unavailable' | 'forbidden') => {
    const workflowRun = () => Promise.reject(new GitHubError(kind, '502'))
    const deps = { github: { workflowRun }, now: () => story.now } as unknown as PerformDeps
    return settleFromWorkflow(deps, { run: story.run, retried: false, memo: {} })
  }
  const soon = await asked('unavailable').catch((error: unknown) => error)
  expect(soon).toBeInstanceOf(NotYet)
  expect((soon as NotYet).retryAfterMs).toBeLessThanOrEqual(5_000)
  await expect(asked('forbidden')).rejects.toMatchObject({ kind: 'forbidden' })
})
