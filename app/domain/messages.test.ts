/** What people say to the agent, in the core: who hears it when, what is refused, and that nothing is lost or doubled. */
import { expect, test } from 'vitest'

import { tellStory, pauseReports } from '../../test/support/story.ts'
import { MESSAGES_MAX, MESSAGES_WAITING_MAX, MESSAGE_CHARS_MAX } from '../contracts/callbacks.ts'
import { LEDGER_BYTES_MAX } from './policy.ts'
import { foldAll } from './run.ts'
import { messagesToBegin, undeliveredOf } from './messages.ts'

type Story = ReturnType<typeof tellStory>

const say = (story: Story, id: string, text = `message ${id}`) =>
  story.submit({ type: 'say', id, by: 'hubot', text, via: 'comment', at: 0 })
const delivered = (story: Story, id: string) => story.report({ type: 'message.delivered', data: { id } })
const seen = (story: Story, id: string) => story.report({ type: 'message.seen', data: { id } })
const states = (story: Story) => story.run.messages?.map(({ id, state }) => `${id} ${state}`)

async function working(): Promise<Story> {
  const story = tellStory()
  await story.upTo('agent.started')
  return story
}

test('a message is queued, delivered and seen; it is on record who said it', async () => {
  const story = await working()
  await say(story, 'a', '  Use tabs. \n')
  expect(undeliveredOf(story.run)).toEqual([{ id: 'a', by: 'hubot', text: 'Use tabs.' }])
  await delivered(story, 'a')
  expect([states(story), undeliveredOf(story.run)]).toEqual([['a delivered'], []])
  await seen(story, 'a')
  expect(states(story)).toEqual(['a seen'])
  expect(story.types().slice(-3)).toEqual(['message.sent', 'message.delivered', 'message.seen'])
  expect(story.acts().at(-1)).toMatchObject({ actor: 'person:hubot', action: 'run.prompt', reason: 'sent', why: null })
  expect(story.run.status, 'the Run goes on as before').toBe('running')
  expect(foldAll(story.run.id, story.events)).toEqual(story.run)
})

test('the same message again is no second one', async () => {
  const story = await working()
  await say(story, 'a')
  await say(story, 'a', 'in other words')
  expect(undeliveredOf(story.run)).toMatchObject([{ id: 'a', text: 'message a' }])
  expect(story.run.messagesSent).toBe(1)
})

test('what a paused Run is told waits for its next job, with all that the last one had not shown', async () => {
  const story = await working()
  for (const id of ['a', 'b', 'c']) await say(story, id)
  for (const id of ['a', 'b']) await delivered(story, id)
  await seen(story, 'a')
  await story.submit({ type: 'pause', by: 'hubot', via: 'comment', at: 0 })
  for (const event of pauseReports) await story.report(event)
  await say(story, 'd')
  expect(states(story)).toEqual(['a seen', 'b queued', 'c queued', 'd queued'])
  expect(undeliveredOf(story.run), 'the job that is over hears nothing more').toEqual([])

  await story.resume()
  await story.sent(1)
  story.newJob()
  await story.bind({ workflowRunId: 78 })
  expect(messagesToBegin(story.run).map(({ id, seen: was }) => [id, was])).toEqual([
    ['a', true],
    ['b', false],
    ['c', false],
    ['d', false],
  ])
  for (const id of ['b', 'c', 'd']) await delivered(story, id)
  for (const id of ['b', 'c', 'd']) await seen(story, id)
  expect(foldAll(story.run.id, story.events)).toEqual(story.run)
})

test('what its agent never saw ends with the Run, and stands in its ledger', async () => {
  const story = await working()
  await say(story, 'a')
  await story.report({ type: 'agent.failed', data: { reason: 'agent_failed', exitCode: 1, detail: 'x', ms: 1 } })
  expect(story.run).toMatchObject({ status: 'failed', messages: [], messagesSent: 1 })
  expect(story.types()).toContain('message.sent')
  expect(await say(story, 'b')).toMatchObject({
    refused: 'ended',
    message: `Run ${story.run.id} already failed, so there is nothing to say.`,
  })
})

test('nobody is told anything while the Run is queued, stopped or publishing', async () => {
  const queued = tellStory()
  await queued.request()
  const { id } = queued.run
  expect(await say(queued, 'a')).toMatchObject({
    refused: 'not_allowed_now',
    message: `Run ${id} is still queued, so there is nothing to say.`,
  })

  const stopped = await working()
  await stopped.submit({ type: 'cancel', by: 'octocat', reason: null, via: 'comment', at: 0 })
  expect(await say(stopped, 'a')).toMatchObject({ message: `Run ${stopped.run.id} is being stopped already.` })

  const publishing = tellStory()
  await publishing.upTo('proposal.submitted')
  expect(await say(publishing, 'a')).toMatchObject({
    message: `The agent of run ${publishing.run.id} is done with its work, so it reads no messages any more.`,
  })
})

test('an agent that does not listen is not spoken to', async () => {
  const story = tellStory()
  await story.request({ agent: 'other' })
  await story.dispatched()
  await story.bind()
  expect(await say(story, 'a')).toMatchObject({
    refused: 'not_allowed_now',
    message: expect.stringContaining('`other` does not take messages while it works.'),
  })
})

test('a message has something to say and an end', async () => {
  const story = await working()
  expect(await say(story, 'a', ' \n ')).toMatchObject({
    message: 'There is nothing to tell the agent. Write `/agent say <text>`.',
  })
  expect(await say(story, 'a', 'x'.repeat(MESSAGE_CHARS_MAX + 1))).toMatchObject({
    message: 'A message to the agent has at most 4,000 characters. Shorten it.',
  })
  expect(story.run.messages).toBeUndefined()
  await say(story, 'a', 'x'.repeat(MESSAGE_CHARS_MAX))
  // Half of a character pair would be another text once it was stored.
  await say(story, 'b', 'half \ud83d')
  expect(story.run.messages?.map(({ text }) => text.slice(0, 8))).toEqual(['xxxxxxxx', 'half \ufffd'])
})

test('so many wait and no more, and so many there are in all attempts', async () => {
  const story = await working()
  for (let n = 1; n <= MESSAGES_WAITING_MAX; n++) await say(story, `m${n}`)
  expect(await say(story, 'more')).toMatchObject({
    message: `The agent of run ${story.run.id} has 10 messages to read. Wait until it has read one.`,
  })
  for (let n = 1; n <= MESSAGES_MAX; n++) {
    if (n > MESSAGES_WAITING_MAX) await say(story, `m${n}`)
    await delivered(story, `m${n}`)
    await seen(story, `m${n}`)
  }
  expect(await say(story, 'more')).toMatchObject({
    message: `The agent of run ${story.run.id} was told 50 messages, which is the most that a run can have.`,
  })
  expect(story.run.status).toBe('running')
})

test('a job cannot say that its agent saw what nobody said, or saw it twice, or in another order', async () => {
  const story = await working()
  for (const id of ['a', 'b']) await say(story, id)
  for (const id of ['a', 'b']) await delivered(story, id)
  expect(await delivered(story, 'nobody’s')).toMatchObject({ refused: 'not_allowed_now' })
  expect(await seen(story, 'b')).toMatchObject({ refused: 'not_allowed_now' })
  await seen(story, 'a')
  expect(await seen(story, 'a')).toMatchObject({ refused: 'not_allowed_now' })
  expect(await delivered(story, 'a')).toMatchObject({ refused: 'not_allowed_now' })
  expect(states(story)).toEqual(['a seen', 'b delivered'])
})

test('a message for which the ledger has no room is refused, and its Run goes on', async () => {
  const story = await working()
  story.rows.get(story.run.id)!.ledgerBytes = LEDGER_BYTES_MAX - 51_000
  const other = tellStory({ over: story })
  other.follow(story.run.id)
  expect(await say(other, 'a', 'x'.repeat(2_000))).toEqual({
    refused: 'ledger_full',
    message: `The history of run ${story.run.id} has no room for another message.`,
  })
  expect(other.run.status).toBe('running')
  await say(other, 'b', 'short')
  expect(states(other)).toEqual(['b queued'])
})
