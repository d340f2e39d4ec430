/** No sandbox can be had: each way in which E2B says so has a reason of its own, and none holds a Run past its clock. */
import { expect, test } from 'vitest'

import { openStage } from '../support/scenario.ts'
import type { Stage } from '../support/scenario.ts'

const ACQUIRE_MS = 2_000
/** What the job needs around its acquisition: its way out, and its reports. */
const AROUND_MS = 10_000
const ALWAYS = 1_000

type Faults = NonNullable<Stage['world']['e2b']>['faults']
const ways: { what: string; order: (faults: Faults) => void; reason: string; detail: RegExp }[] = [
  {
    what: 'refuses the key with 401',
    order: (faults) => faults.failNext({ op: 'create', status: 401 }),
    reason: 'sandbox_unauthorized',
    detail: /E2B_API_KEY/,
  },
  {
    what: 'answers 429 again and again',
    order: (faults) => faults.failNext({ op: 'create', status: 429, times: ALWAYS }),
    reason: 'sandbox_rate_limited',
    detail: /429|rate/i,
  },
  {
    what: 'answers 500 again and again',
    order: (faults) => faults.failNext({ op: 'create', status: 500, times: ALWAYS }),
    reason: 'sandbox_provider_error',
    detail: /500/,
  },
  {
    what: 'never answers',
    order: (faults) => faults.hangCreate(ALWAYS),
    reason: 'sandbox_acquire_timeout',
    detail: /did not answer/,
  },
]

test.each(ways)('E2B $what: $reason', async ({ order, reason, detail }) => {
  const stage = await openStage({ sandbox: 'e2b', settings: { SANDBOX_ACQUIRE_TIMEOUT_MS: String(ACQUIRE_MS) } })
  const { world, assign, ended, ledger, until } = stage
  order(world.e2b!.faults)
  const { id } = await assign(world.openIssue())
  const run = await ended(id)
  expect(run).toMatchObject({ status: 'failed', reason: { code: reason }, pullRequest: null })

  const events = await ledger(id)
  const at = (type: string) => Date.parse(events.find((event) => event.type === type)!.at)
  expect(at('run.failed') - at('executor.bound')).toBeLessThan(ACQUIRE_MS + AROUND_MS)
  const failed = events.find(({ type }) => type === 'sandbox.acquire_failed')
  expect(failed?.data).toMatchObject({ reason, detail: expect.stringMatching(detail) })
  expect(failed?.data['ms']).toBeLessThan(ACQUIRE_MS + AROUND_MS)
  await until('the cause in the status comment', () => stage.statusComments(id)[0]?.startsWith('🔴 **stub** failed.'))
  // A person is needed, so the one who asked is told.
  await until('the notice', () =>
    world.github.state.comments.some(({ body }) => body.startsWith('@octocat the run failed')),
  )
  await world.runner.idle()
  expect(await stage.sandboxes(id)).toEqual([])
  expect(world.github.state.pulls).toEqual([])
})

test('what passes is tried again: after 429 and 500 the Run succeeds', async () => {
  const { world, assign, ended, ledger } = await openStage({ sandbox: 'e2b' })
  const { faults } = world.e2b!
  faults.failNext({ op: 'create', status: 429, retryAfter: 1 })
  // The answer is lost and the sandbox exists: it is found by its attempt and killed, the next one is used.
  faults.failNext({ op: 'create', status: 500, applied: true })
  const { id } = await assign(world.openIssue())
  expect(await ended(id)).toMatchObject({ status: 'succeeded' })
  await world.e2b!.until((all) => all.length === 2 && all.every(({ state }) => state === 'gone'))
  expect((await ledger(id)).map(({ type }) => type)).not.toContain('sandbox.acquire_failed')
})
