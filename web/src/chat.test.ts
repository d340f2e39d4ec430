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
