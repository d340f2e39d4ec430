import fc from 'fast-check'
import { expect, test } from 'vitest'

import { happyReports, published, tellStory } from '../../test/support/story.ts'

const [started, requested] = happyReports as [(typeof happyReports)[0], (typeof happyReports)[0]]

test('row 17: the same callback again is answered and changes nothing', async () => {
  const story = tellStory()
  await story.upTo('executor.started')
  const before = story.run
  const { lastDigest } = story.run.dispatch
  expect(await story.report(started, { seq: 1, prev: null, digest: lastDigest! })).toMatchObject({ replay: true })
  expect(story.run).toEqual(before)
})

test('row 18: the same sequence number with other content is a fork', async () => {
  const story = tellStory()
  await story.upTo('executor.started')
  expect(await story.report(requested, { seq: 1, prev: null })).toMatchObject({ refused: 'fork' })
})

test('row 19: a gap is named with the number that is expected', async () => {
  const story = tellStory()
  await story.upTo('executor.started')
  expect(await story.report(requested, { seq: 3 })).toMatchObject({ refused: 'expected_seq', expectedSeq: 2 })
})

test('row 20: after the end only the farewell is heard', async () => {
  const story = tellStory()
  await story.upTo('agent.started')
  await story.report({ type: 'agent.failed', data: { reason: 'agent_failed', exitCode: 1, detail: 'x', ms: 1 } })
  expect(story.run.status).toBe('failed')
  expect(await story.report(started)).toMatchObject({ refused: 'ended' })
  await story.report({ type: 'sandbox.destroyed', data: { sandboxId: 'sbx_1', ms: 1 } })
  expect(story.run).toMatchObject({ status: 'failed', sandbox: { state: 'gone' } })
})

test('row 16: a second job, and a job with another key, are refused', async () => {
  const story = tellStory()
  await story.upTo('executor.started')
  expect(await story.bind({ bind: '78.1.100' })).toMatchObject({ refused: 'already_bound' })
  expect(await story.bind({ jkt: 'other' })).toMatchObject({ refused: 'already_bound' })
  expect(await story.bind()).toMatchObject({ status: 'running' })
  expect(await story.report(requested, { bind: '78.1.100' })).toMatchObject({ refused: 'foreign_job' })
})

test('every order and repetition of the reports ends in the same state or in an explicit refusal', async () => {
  const expected = tellStory()
  await expected.upTo('executor.finished')
  for (const outcome of published) await expected.submit(outcome)

  const places = happyReports.map((_, i) => i)
  const order = fc.tuple(
    fc.shuffledSubarray(places, { minLength: places.length }),
    fc.array(fc.nat(places.length - 1), { maxLength: 10 }),
  )
  await fc.assert(
    fc.asyncProperty(order, async ([shuffled, repeated]) => {
      const story = tellStory()
      await story.upTo('bind')
      const marks = expected.events.flatMap((e) => ('callback' in e.data ? [e.data.callback] : []))
      // The sender goes on until all is in, as the executor does; what comes out of turn is refused by name.
      for (let round = 0; round < places.length; round++) {
        for (const i of [...shuffled, ...repeated]) {
          const answer = await story.report(happyReports[i]!, marks[i])
          expect('refused' in answer ? answer.refused : 'expected_seq').toBe('expected_seq')
        }
      }
      for (const outcome of published) await story.submit(outcome)
      expect(story.run).toEqual({ ...expected.run, id: story.run.id })
    }),
    { numRuns: 100 },
  )
})

test('two deliveries of one callback at the same time fold it once', async () => {
  const story = tellStory()
  await story.upTo('bind')
  await Promise.all([1, 2, 3].map(() => story.report(started, { seq: 1, prev: null, digest: 'd'.repeat(64) })))
  expect(story.types().filter((t) => t === 'executor.started')).toHaveLength(1)
})

test('a job submits one proposal: what was judged and written cannot be exchanged afterwards', async () => {
  const story = tellStory()
  await story.upTo('proposal.submitted')
  const { proposal } = story.run
  const first = happyReports.find((event) => event.type === 'proposal.submitted')!
  const another = { ...first, data: { ...first.data, digest: 'c'.repeat(64) } } as typeof first
  for (const event of [another, first]) expect(await story.report(event)).toMatchObject({ refused: 'not_allowed_now' })
  await story.submit(published[0]!)
  expect(await story.report(another)).toMatchObject({ refused: 'not_allowed_now' })
  expect(story.run.proposal).toEqual(proposal)
})
