/** GitHub fails and limits for a while, and people delete what we wrote: the Run gets there all the same. */
import { expect, test } from 'vitest'

import { expectOnce } from '../support/once.ts'
import { openStage } from '../support/scenario.ts'

test('GitHub is down for a while, then limits: the Run waits and succeeds', async () => {
  const stage = await openStage()
  const { world, assign, ended } = stage
  const { faults } = world.github
  faults.failNext({ status: 503, times: 2 })
  faults.failNext({ path: /\/pulls$/, status: 429, headers: { 'retry-after': '1' } })
  faults.failNext({ path: /\/git\/commits$/, status: 500 })
  faults.failNext({ path: /\/git\/refs$/, status: 0 })
  const { id } = await assign(world.openIssue())
  faults.secondaryLimit({ retryAfterSeconds: 2, contentCreatingOnly: true })
  expect(await ended(id)).toMatchObject({ status: 'succeeded' })
  await expectOnce(stage, id)
})

test('a status comment that a person deleted is not made again; its end is told', async () => {
  const stage = await openStage()
  const { world, assign, ended, until } = stage
  const { github, runner } = world
  runner.hold()
  const { id } = await assign(world.openIssue())
  await until('the status comment', () => stage.statusComments(id).length === 1)
  const { id: comment } = github.state.comments.find(({ body }) => body === stage.statusComments(id)[0])!
  github.deleteComment({ id: comment, by: 'octocat' })
  runner.release()
  expect(await ended(id)).toMatchObject({ status: 'succeeded' })
  await runner.idle()
  await until('the check', () => github.state.checkRuns.some((check) => check.externalId === id))
  const told = () => github.state.comments.filter(({ viaApp }) => viaApp === github.app.slug).map(({ body }) => body)
  await until('the end', () => told().length > 0)
  expect(stage.statusComments(id)).toEqual([])
  expect(told()).toEqual([expect.stringMatching(/^🟢 \*\*stub\*\* finished: #\d+ is ready for review\./)])
})
