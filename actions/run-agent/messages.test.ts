/** What people say to the agent while it works: by whichever way it comes, once, in order, and before the next step. */
import { expect, test } from 'vitest'

import type { AgentMessage } from '#contracts/callbacks.ts'

import { testWorld } from '../../test/support/run-agent/world.ts'
import type { TestWorld } from '../../test/support/run-agent/world.ts'

const message = (id: string, text: string): AgentMessage => ({ id, by: 'octocat', text })

/** What was reported of messages, as `delivered a`. */
const reported = ({ app }: TestWorld): string[] =>
  app.events.flatMap(({ type, data }) =>
    type === 'message.delivered' || type === 'message.seen' ? [`${type.slice('message.'.length)} ${data.id}`] : [],
  )

/** The files of each commit that was proposed. */
const edited = ({ app }: TestWorld): string[][] =>
  [...app.proposals.values()].flatMap(({ commits }) => commits.map(({ files }) => files.map(({ path }) => path)))

test('a message on the control stream changes the steps that are still to come', async () => {
  await using t = await testWorld({ instructions: 'stub: slow 1000\nstub: commits 2' })
  const job = t.run()
  await Promise.all([t.app.until('agent.progressed'), t.app.until('control')])
  t.app.control('message', message('a', 'Please note:\nstub: edit docs/b.md'))
  expect(await job).toBe(0)
  expect(reported(t)).toEqual(['delivered a', 'seen a'])
  expect(edited(t)).toEqual([['docs/b.md'], ['docs/b.md']])
  const seen = t.app.types.indexOf('message.seen')
  expect(t.app.types.lastIndexOf('agent.progressed')).toBeGreaterThan(seen)
  expect(t.app.logs.map(({ text }) => text)).toContain('octocat says: Please note:')
})

test('what comes between a line and its commit counts from the next line on', async () => {
  await using t = await testWorld({ instructions: 'stub: slow 1000\nstub: commits 2' })
  const job = t.run()
  t.app.fault = ({ type }) => {
    const second = t.app.events.some((e) => e.type === 'agent.progressed' && e.data.step === 2)
    if (type === 'agent.progressed' && second) t.app.control('message', message('a', 'stub: edit docs/b.md'))
    return undefined
  }
  expect(await job).toBe(0)
  expect(edited(t)).toEqual([['README.md'], ['docs/b.md']])
  expect(reported(t)).toEqual(['delivered a', 'seen a'])
})

test('without a control stream the answers to callbacks bring the messages, and nothing comes twice', async () => {
  await using t = await testWorld()
  t.app.fault = ({ route }) => (route === 'control' ? 503 : undefined)
  t.app.messages = [message('a', 'First.'), message('b', 'Second.')]
  expect(await t.run()).toBe(0)
  expect(reported(t)).toEqual(['delivered a', 'delivered b', 'seen a', 'seen b'])
})

test('the answer to a heartbeat brings them, too', async () => {
  const answer = { heartbeatMs: 20 }
  await using t = await testWorld({
    instructions: 'stub: slow 1000',
    answer: (given) => ({ ...given, limits: { ...given.limits, ...answer } }),
  })
  t.app.fault = ({ route }) => (route === 'control' ? 503 : undefined)
  const job = t.run()
  await t.app.until('agent.progressed')
  t.app.messages = [message('a', 'stub: edit docs/b.md')]
  expect(await job).toBe(0)
  expect(edited(t)).toEqual([['docs/b.md']])
})

test('after a pause the agent is told again what it saw, and gets what it had not seen', async () => {
  await using t = await testWorld({ instructions: 'stub: commits 1' })
  const said = [
    { ...message('a', 'stub: edit docs/a.md'), seen: true },
    { ...message('b', 'stub: commits 2'), seen: false },
  ]
  t.nextJob({ resume: undefined, messages: said })
  expect(await t.run()).toBe(0)
  expect(t.app.types[0]).toBe('executor.started')
  expect(reported(t)).toEqual(['delivered b', 'seen b'])
  expect(edited(t)).toEqual([['docs/a.md'], ['docs/a.md']])
})

test('an agent that is told to pause takes nothing more: the message is for the next job', async () => {
  await using t = await testWorld({ instructions: 'stub: slow 60000' })
  const job = t.run()
  await Promise.all([t.app.until('agent.progressed'), t.app.until('control')])
  t.app.control('pause')
  t.app.control('message', message('a', 'stub: edit docs/a.md'))
  expect(await job).toBe(0)
  expect(reported(t)).not.toContain('seen a')
  expect(t.app.events.at(-1)?.data).toMatchObject({ outcome: 'paused' })
})

test('that the agent is over is said before its work is collected, and after the last that it read', async () => {
  await using t = await testWorld({ instructions: 'stub: slow 1000' })
  const job = t.run()
  await Promise.all([t.app.until('agent.progressed'), t.app.until('control')])
  t.app.control('message', message('a', 'stub: edit docs/a.md'))
  expect(await job).toBe(0)
  const about = t.app.types.filter((type) => type === 'message.seen' || type.startsWith('agent.'))
  expect(about.slice(-3)).toEqual(['agent.progressed', 'agent.returned', 'agent.finished'])
  expect(about).toContain('message.seen')
})

test('what comes when the agent is done is delivered to nobody, and what is no message is passed over', async () => {
  await using t = await testWorld()
  t.app.fault = ({ route, type }) => {
    if (type === 'agent.started') t.app.control('message', { text: 'who says so?' })
    if (route === 'proposals') t.app.messages = [message('late', 'Too late.')]
    return undefined
  }
  expect(await t.run()).toBe(0)
  expect(reported(t)).toEqual([])
})
