/** What people say to the agent, in the core: who hears it when, what is refused, and that nothing is lost or doubled. */
import { expect, test } from 'vitest'

import { happyReports, pauseReports, tellStory } from '../../test/support/story.ts'
import { MESSAGES_MAX, MESSAGES_WAITING_MAX, MESSAGE_CHARS_MAX } from '../contracts/callbacks.ts'
import {
  LEDGER_BYTES_MAX,
  LEDGER_BYTES_RESERVE,
  LEDGER_EVENTS_MAX,
  LEDGER_EVENTS_RESERVE,
  MESSAGE_BYTES_HEADROOM,
  MESSAGE_EVENTS_HEADROOM,
} from './policy.ts'
import { foldAll } from './run.ts'
import { messagesToBegin, undeliveredOf } from './messages.ts'
import { toRunBody } from './view.ts'

const urls = { publicUrl: 'https://deckhand.test', githubUrl: 'https://github.com' }

type Story = ReturnType<typeof tellStory>

const say = (story: Story, id: string, text = `message ${id}`) =>
  story.submit({ type: 'say', id, by: 'hubot', text, via: 'comment', at: 0 })
const delivered = (story: Story, id: string) => story.report({ type: 'message.delivered', data: { id } })
const seen = (story: Story, id: string) => story.report({ type: 'message.seen', data: { id } })
const states = (story: Story) => story.run.messages?.map(({ id, state }) => `${id} ${state}`)

/** Steps that one job reports at most; more go to its log. */
const PROGRESS_EVENTS_MAX = 300

/** The agent tells of long steps until the ledger has so many events. */
async function fillWithSteps(story: Story, events: number): Promise<{ bytes: number }> {
  const data = { step: 1, of: 1, title: 't'.repeat(120), state: 'started' } as const
  while (story.run.seq < events) await story.report({ type: 'agent.progressed', data })
  return { bytes: story.rows.get(story.run.id)!.ledgerBytes }
}

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

test('an agent that has finished is told nothing more, whether its job says so early or an older one says it late', async () => {
  for (const type of ['agent.returned', 'agent.finished'] as const) {
    const story = await working()
    await say(story, 'a')
    if (type === 'agent.returned') await story.report({ type, data: { ms: 500 } })
    else await story.report(happyReports.find((event) => event.type === type)!)
    expect(await say(story, 'b')).toEqual({
      refused: 'not_allowed_now',
      message: `The agent has finished; run ${story.run.id} hands over its work, so nobody reads messages any more.`,
    })
    expect([states(story), undeliveredOf(story.run)]).toEqual([['a queued'], []])
    expect(toRunBody(story.run, urls).whyUnheard).toContain('The agent has finished;')
  }
})

test('a job that pauses after its agent has finished leaves the next one to be told', async () => {
  const story = await working()
  await story.submit({ type: 'pause', by: 'hubot', via: 'comment', at: 0 })
  await story.report({ type: 'agent.returned', data: { ms: 500 } })
  expect(await say(story, 'a')).toMatchObject({ refused: 'not_allowed_now' })
  for (const event of pauseReports) await story.report(event)
  await say(story, 'b')
  await story.resume()
  await story.sent(1)
  story.newJob()
  await story.bind({ workflowRunId: 78 })
  await say(story, 'c')
  expect(undeliveredOf(story.run).map(({ id }) => id)).toEqual(['b', 'c'])
  expect(toRunBody(story.run, urls).whyUnheard).toBeNull()
  expect(foldAll(story.run.id, story.events)).toEqual(story.run)
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
  expect(story.run.messages).toEqual([])
  await say(story, 'a', 'x'.repeat(MESSAGE_CHARS_MAX))
  // Half of a character pair would be another text once it was stored.
  await say(story, 'b', 'half \ud83d')
  expect(story.run.messages?.map(({ text }) => text.slice(0, 8))).toEqual(['xxxxxxxx', 'half \ufffd'])
})

test('control characters, of which nobody sees anything, are taken out; tabs and lines stay', async () => {
  const story = await working()
  await say(story, 'a', '\u0000Use\ttabs.\r\n\u001b[31mAlways.\u0007 ')
  expect(story.run.messages).toMatchObject([{ text: 'Use\ttabs.\n[31mAlways.' }])
  expect(await say(story, 'b', '\u0001'.repeat(9))).toMatchObject({
    message: 'There is nothing to tell the agent. Write `/agent say <text>`.',
  })
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

const noRoom = (story: Story) => ({
  refused: 'ledger_full',
  message: `The history of run ${story.run.id} has no room for another message: what is left of it is kept for what the agent does.`,
})

test('a message for which the ledger has no room is refused, and its Run goes on', async () => {
  const story = await working()
  story.rows.get(story.run.id)!.ledgerBytes = LEDGER_BYTES_MAX - LEDGER_BYTES_RESERVE - MESSAGE_BYTES_HEADROOM - 1_000
  const other = tellStory({ over: story })
  other.follow(story.run.id)
  expect(await say(other, 'a', 'x'.repeat(2_000))).toEqual(noRoom(story))
  expect(other.run.status).toBe('running')
  await say(other, 'b', 'short')
  expect(states(other)).toEqual(['b queued'])
})

test('told as much as its ledger takes, a Run has room for all that its job reports', async () => {
  const story = await working()
  const { bytes } = await fillWithSteps(story, LEDGER_EVENTS_MAX - LEDGER_EVENTS_RESERVE - MESSAGE_EVENTS_HEADROOM - 10)
  for (let n = 1; n <= 10; n++) await say(story, `m${n}`, 'x'.repeat(MESSAGE_CHARS_MAX))
  expect(await say(story, 'more')).toEqual({ refused: 'not_allowed_now', message: expect.any(String) })
  for (let n = 1; n <= 10; n++) await delivered(story, `m${n}`)
  for (let n = 1; n <= 10; n++) await seen(story, `m${n}`)
  expect(await say(story, 'more')).toEqual(noRoom(story))
  expect(bytes).toBeLessThan(LEDGER_BYTES_MAX)

  await fillWithSteps(story, story.run.seq + PROGRESS_EVENTS_MAX)
  for (const event of happyReports.slice(-4)) await story.report(event)
  expect(story.run).toMatchObject({ status: 'running', phase: 'publishing', dispatch: { finished: 'completed' } })
})
