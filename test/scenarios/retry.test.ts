/** A Run that failed is retried by a comment: the same Run, a second attempt on a second sandbox, one pull request. */
import { expect, test } from 'vitest'

import { openStage } from '../support/scenario.ts'

test('/agent retry opens the next attempt of the same Run, and its pull request comes', async () => {
  const { world, assign, ended, run: load, runsOf, ledger, until } = await openStage()
  const { github } = world
  // The first attempt's branch cannot be written: GitHub says no for good.
  const body = { message: 'Resource not accessible by integration', documentation_url: 'https://docs.github.com/rest' }
  github.faults.failNext({ method: 'POST', path: /\/git\/trees$/, status: 403, body, times: 1 })
  const issue = world.openIssue()
  const { id } = await assign(issue)
  expect(await ended(id)).toMatchObject({ status: 'failed', reason: { code: 'publish_failed' } })
  await until('the first sandbox to be gone', async () => (await load(id)).sandbox?.state === 'gone')

  world.comment(issue, '/agent retry')
  await until('the second attempt', async () => (await load(id)).attempt === 2)
  const done = await until('its end', async () => {
    const run = await load(id)
    return run.status === 'succeeded' ? run : null
  })
  expect(done).toMatchObject({ attempt: 2, pullRequest: { number: expect.any(Number) } })
  expect(done.branch?.name).toMatch(/\.2$/)
  expect(await runsOf(issue)).toHaveLength(1)
  expect(github.state.pulls).toHaveLength(1)
  expect((await ledger(id)).filter((e) => e.type === 'executor.bound')).toHaveLength(2)
})
