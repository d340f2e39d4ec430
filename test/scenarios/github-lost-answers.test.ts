/** GitHub does what was asked and loses the answer: what is tried again looks first, and nothing is there twice. */
import { expect, test } from 'vitest'

import { expectOnce } from '../support/once.ts'
import { openStage } from '../support/scenario.ts'

test('every answer to a write is lost after the act: one comment, one branch, one pull request, one sandbox', async () => {
  const stage = await openStage({ sandbox: 'e2b' })
  const { world, assign, ended, until } = stage
  const { faults } = world.github
  const writes = [/\/comments$/, /\/dispatches$/, /\/git\/refs$/, /\/pulls$/, /\/check-runs$/]
  // A cut connection and a 502 are the two ways in which it happens.
  for (const [n, path] of writes.entries()) {
    faults.failNext({ method: 'POST', path, status: n % 2 === 0 ? 502 : 0, apply: 'after' })
  }
  const { id } = await assign(world.openIssue())
  expect(await ended(id)).toMatchObject({ status: 'succeeded' })
  await expectOnce(stage, id)
  await until('the end of both jobs', () => world.github.state.workflowRuns.every((run) => run.status === 'completed'))
  // The dispatch arrived and was sent again, under one id: the second job found the Run taken.
  expect(world.github.state.workflowRuns.length).toBeLessThanOrEqual(2)
  expect(world.e2b!.sandboxes()).toHaveLength(1)
})
