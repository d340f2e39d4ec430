import { expect, test } from 'vitest'

import { at, ledgerEvent } from '../../test/web/fixtures.ts'
import { chatOf, instructionsIn } from './chat.ts'

test('instructions, commands with their reason, the agent’s own words and the end, in order', () => {
  const event = (seq: number, type: string, data: Record<string, unknown> = {}) =>
    ledgerEvent(seq, type, at(seq * 1_000), 'somebody', data)
  const lines = chatOf('stub', [
    event(1, 'run.requested', {
      requestedBy: { id: 1, login: 'octocat' },
      agent: 'stub',
      instructions: 'Keep the API.',
    }),
    event(2, 'sandbox.acquired'),
    event(3, 'agent.finished', { summary: '' }),
    event(4, 'agent.finished', { summary: 'Added a line.' }),
    event(5, 'run.cancel_requested', { by: 'monalisa', reason: 'Wrong issue', via: 'api' }),
    event(6, 'run.kill_requested', { by: 'hubot', reason: null, escalated: false }),
    event(7, 'run.cancelled', {}),
    event(8, 'constructor', {}),
  ])
  expect(lines.map(({ seq, who, text, quote }) => [seq, who, text, quote])).toEqual([
    [1, 'octocat', 'Asked stub to work on this issue.', 'Keep the API.'],
    [4, 'stub', '', 'Added a line.'],
    [5, 'monalisa', 'Asked the run to stop at its next checkpoint.', 'Reason: Wrong issue'],
    [6, 'hubot', 'Asked to stop the sandbox at once.', null],
    [7, null, 'The run was cancelled.', null],
  ])
})

test('a retry tells what it changed, and what the agent was told last is known', () => {
  const requested = ledgerEvent(1, 'run.requested', at(0), 'octocat', { agent: 'stub', instructions: 'Keep the API.' })
  const same = ledgerEvent(2, 'run.retried', at(1_000), 'octocat', { by: 'octocat', attempt: 2 })
  const other = ledgerEvent(3, 'run.retried', at(2_000), 'octocat', {
    by: 'octocat',
    attempt: 3,
    instructions: 'Keep it small.',
  })
  expect(instructionsIn([])).toBe('')
  expect(instructionsIn([requested, same])).toBe('Keep the API.')
  expect(instructionsIn([requested, other, same])).toBe('Keep it small.')
  expect(chatOf('stub', [same, other]).map(({ text, quote }) => [text, quote])).toEqual([
    ['Asked for attempt 2.', null],
    ['Asked for attempt 3.', 'Keep it small.'],
  ])
})

test('a message says how far it has come, also when nobody read it any more', () => {
  const sent = (seq: number, id: string) =>
    ledgerEvent(seq, 'message.sent', at(seq * 1_000), 'octocat', {
      id,
      by: 'octocat',
      text: `<b>${id}</b>`,
      via: 'api',
    })
  const told = (seq: number, type: string, id: string) => ledgerEvent(seq, type, at(seq * 1_000), 'executor', { id })
  const events = [
    sent(1, 'a'),
    sent(2, 'b'),
    sent(3, 'c'),
    told(4, 'message.delivered', 'a'),
    told(5, 'message.delivered', 'b'),
    told(6, 'message.seen', 'a'),
  ]
  const states = (more: typeof events = []) =>
    chatOf('stub', [...events, ...more]).flatMap(({ quote, state }) => (state === null ? [] : [`${quote} ${state}`]))
  expect(states()).toEqual(['<b>a</b> seen', '<b>b</b> delivered', '<b>c</b> queued'])
  const paused = ledgerEvent(7, 'run.paused', at(7_000), 'app')
  expect(states([paused])).toEqual(['<b>a</b> seen', '<b>b</b> queued', '<b>c</b> queued'])
  const failed = ledgerEvent(8, 'run.failed', at(8_000), 'app')
  expect(states([failed])).toEqual(['<b>a</b> seen', '<b>b</b> unread', '<b>c</b> unread'])
  expect(chatOf('stub', [failed]).map(({ state }) => state)).toEqual([null])
})
