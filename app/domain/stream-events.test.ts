/** The words of a Run's stream, and the places that a reader may come back with. */
import { expect, test } from 'vitest'

import { runStreamEvents } from '../contracts/api.ts'
import type { RunEvent } from './events.ts'
import { placeOf, streamId, streamName } from './stream-events.ts'

const event = (type: string, data: object = {}): RunEvent =>
  ({
    v: 1,
    runId: 'r_8k2f0q7w3z',
    attempt: 1,
    seq: 7,
    type,
    at: 0,
    actor: 'app',
    data,
    prev: null,
    hash: '',
  }) as RunEvent

test.each([
  ['run.requested', {}, 'workflow.started'],
  ['sandbox.acquired', {}, 'workflow.step.completed'],
  ['sandbox.acquire_failed', {}, 'workflow.step.failed'],
  ['agent.progressed', { state: 'started' }, 'workflow.step.started'],
  ['agent.progressed', { state: 'completed' }, 'workflow.step.completed'],
  ['agent.progressed', { state: 'failed' }, 'workflow.step.failed'],
  ['executor.finished', { outcome: 'completed' }, 'workflow.step.completed'],
  ['executor.finished', { outcome: 'cancelled' }, 'workflow.step.failed'],
  ['workflow.observed', {}, 'ci.status'],
  ['workflow.changed', {}, 'ci.status'],
  ['pull_request.opened', {}, 'issue.updated'],
  ['run.succeeded', {}, 'workflow.completed'],
  ['run.failed', {}, 'workflow.failed'],
  ['run.cancelled', {}, 'workflow.failed'],
])('%s %o goes out as %s', (type, data, name) => {
  expect(streamName(event(type, data))).toBe(name)
  expect(runStreamEvents).toContain(name)
})

test('an id names the Run and the place in it, and only this Run takes it back', () => {
  expect(streamId(event('run.requested'))).toBe('r_8k2f0q7w3z/7')
  expect(placeOf('r_8k2f0q7w3z', 'r_8k2f0q7w3z/7')).toBe(7)
  expect(placeOf('r_8k2f0q7w3z', '7')).toBe(7)
  expect(placeOf('r_8k2f0q7w3z', 'r_0000000000/7')).toBeNull()
  expect(placeOf('r_8k2f0q7w3z', 'r_8k2f0q7w3z/7/8')).toBeNull()
  expect(placeOf('r_8k2f0q7w3z', '-1')).toBeNull()
  expect(placeOf('r_8k2f0q7w3z', '')).toBeNull()
})
