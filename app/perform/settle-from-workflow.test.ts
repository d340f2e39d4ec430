/** A silent job is asked about while a clock runs, so what GitHub breaks at is asked again soon. */
import { zipSync } from 'fflate'
import { expect, test } from 'vitest'

import { tellStory } from '../../test/support/story.ts'
import { defaultClocks } from '../domain/policy.ts'
import { GitHubError } from '../github/errors.ts'
import { NotYet } from './perform.ts'
import type { PerformDeps, Undelivered } from './perform.ts'
import { settleFromWorkflow } from './settle-from-workflow.ts'

/** A Run whose job has said nothing for so long that GitHub is asked. */
async function silent() {
  const story = tellStory()
  await story.upTo('agent.started')
  story.pass(defaultClocks.heartbeatLostMs)
  await story.tick()
  return story
}

test('an answer that GitHub could not give is asked for again in seconds, and a refusal is one', async () => {
  const story = await silent()
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

test('of an archive that anybody may have made, only the Run’s own events and a few proposals are unpacked', async () => {
  const story = await silent()
  const text = (lines: string) => new TextEncoder().encode(lines)
  const digests = Array.from({ length: 20 }, (_, n) => String(n).padStart(64, '0'))
  const zip = zipSync({
    'deckhand-undelivered-r_other00000.ndjson': text('of another Run\n'),
    [`deckhand-undelivered-${story.run.id}.ndjson`]: text('one\ntwo\n'),
    'elsewhere/deckhand.ndjson': text('of nobody\n'),
    ...Object.fromEntries(digests.map((digest) => [`deckhand-proposal-${digest}.json`, text('{}')])),
  })
  const taken: Undelivered[] = []
  const deps = {
    github: {
      workflowRun: () => Promise.resolve({ state: 'completed', conclusion: 'failure' }),
      downloadArtifact: () => Promise.resolve(zip),
    },
    takeUndelivered: (_: string, left: Undelivered) => Promise.resolve(void taken.push(left)),
    now: () => story.now,
  } as unknown as PerformDeps
  await settleFromWorkflow(deps, { run: story.run, retried: false, memo: {} })
  expect(taken.map(({ lines, proposals }) => ({ lines, proposals: proposals.size }))).toEqual([
    { lines: ['one', 'two'], proposals: 5 },
  ])
})
