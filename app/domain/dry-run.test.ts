/** A dry run (S003-246): all that a Run does, and at its end a judgement instead of a branch. */
import { expect, test } from 'vitest'

import { happyReports, tellStory } from '../../test/support/story.ts'
import type { Outcome } from './inputs.ts'

const accepted: Outcome = { type: 'proposal.accepted', data: {} }

/** A dry run whose agent has handed over what it made. */
async function proposed(retried = false) {
  const story = tellStory()
  await story.request({ dryRun: true })
  if (retried) {
    await story.submit({ type: 'cancel', by: 'octocat', reason: null, via: 'api', at: story.now })
    await story.engine.retry(story.run.id, 'octocat')
    story.newJob()
  }
  await story.dispatched()
  await story.bind()
  for (const event of happyReports) await story.report(event)
  const outcome = (of: Outcome) => story.submit({ type: 'outcome', outcome: of, at: story.now })
  return { story, outcome }
}

test.each([false, true])(
  'it ends succeeded when its change is accepted, and owes GitHub nothing (retried: %s)',
  async (retried) => {
    const { story, outcome } = await proposed(retried)
    expect(story.run).toMatchObject({ dryRun: true, attempt: retried ? 2 : 1, status: 'running', phase: 'publishing' })
    expect(story.effects()).toContain('checkProposal')
    expect(story.effects()).not.toContain('publishBranch')
    await outcome(accepted)
    expect(story.run).toMatchObject({ status: 'succeeded', reason: 'dry_run', branch: null, pullRequest: null })
    expect(story.effects()).toContain('publishComment')
    expect(story.effects()).not.toContain('checkProposal')
  },
)

test('it fails of a change that is refused, as any Run would', async () => {
  const { story, outcome } = await proposed()
  await outcome({ type: 'proposal.refused', data: { reason: 'protected_path', detail: '.github/workflows/ci.yml' } })
  expect(story.run).toMatchObject({ status: 'failed', reason: 'protected_path' })
})

test('a cancel is never too late for it, because nothing was written', async () => {
  const { story, outcome } = await proposed()
  await story.submit({ type: 'cancel', by: 'octocat', reason: null, via: 'api', at: story.now })
  await outcome(accepted)
  expect(story.run).toMatchObject({ status: 'cancelled', reason: 'cancelled_by_person' })
})

test('it fails when nobody could judge its change', async () => {
  const { story } = await proposed()
  await story.submit({ type: 'effect.abandoned', effect: 'checkProposal', detail: 'not in the store', at: story.now })
  expect(story.run).toMatchObject({ status: 'failed', reason: 'proposal_unchecked' })

  const { story: late } = await proposed()
  late.pass(late.run.clocks.publishMs + 1)
  await late.tick()
  expect(late.run).toMatchObject({ status: 'failed', reason: 'proposal_unchecked' })
})

test('a Run that nobody asked to be one does not say that it is none', async () => {
  const story = tellStory()
  await story.request({ dryRun: false })
  expect(story.run).not.toHaveProperty('dryRun')
})
