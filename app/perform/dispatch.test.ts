import { expect, test } from 'vitest'

import { tellStory } from '../../test/support/story.ts'
import { dispatch } from './dispatch.ts'
import type { PerformDeps } from './perform.ts'

type Answer = boolean | Error

/** A dispatch before which the kill switch gives these answers, one after the other. */
async function dispatchWith(...answers: Answer[]) {
  const story = tellStory()
  await story.request()
  const fired: string[] = []
  const deps = {
    github: {
      openBlockers: async () => [],
      permissionOf: async () => 'write',
      async fireDispatch(_repo: unknown, payload: { run_id: string }, beforeSend: () => Promise<void>) {
        await beforeSend()
        fired.push(payload.run_id)
      },
    },
    turns: { take: async () => 'now' },
    now: () => story.now,
    nonceFor: () => 'nonce',
    sha256: () => '0'.repeat(64),
    callbackUrl: () => 'https://agents.example.com/api/runs/r',
    async switchedOff() {
      const answer = answers.shift()!
      if (answer instanceof Error) throw answer
      return answer
    },
  } as unknown as PerformDeps
  const performed = dispatch(deps, { run: story.run, retried: false, memo: {} })
  return { outcome: await performed.catch((error: Error) => error), fired, runId: story.run.id }
}

test('a job is started while the kill switch is off', async () => {
  const { outcome, fired, runId } = await dispatchWith(false, false)
  expect(outcome).toMatchObject({ outcome: { type: 'run.dispatched' } })
  expect(fired).toEqual([runId])
})

test('while it is on the Run ends and says so', async () => {
  const { outcome, fired } = await dispatchWith(true)
  expect(outcome).toMatchObject({ outcome: { type: 'refused', data: { reason: 'kill_switch' } } })
  expect(fired).toEqual([])
})

test('row 42: while MongoDB does not answer nothing is started, and the Run waits', async () => {
  const { outcome, fired } = await dispatchWith(new Error('no primary'))
  expect(outcome).toBeInstanceOf(Error)
  expect(fired).toEqual([])
})

test('a flip while the request waits for its turn at GitHub keeps it back', async () => {
  const { outcome, fired } = await dispatchWith(false, true)
  expect(outcome).toBeInstanceOf(Error)
  expect(fired).toEqual([])
})
