/** A Run failed of what it was told: it is retried with other instructions, which are what the agent gets. */
import { expect, test } from 'vitest'

import type { RunBaseBody } from '../../app/contracts/api.ts'
import { openStage } from '../support/scenario.ts'
import { REPOSITORY } from '../stack/world.ts'

test('a retry says how far the base has moved, and the agent gets the instructions that came with it', async () => {
  const { world, api, assign, ended, run: load, ledger, until } = await openStage()
  const { id } = await assign(world.openIssue(), 'stub: fail')
  expect(await ended(id)).toMatchObject({ status: 'failed', reason: { code: 'agent_failed' } })
  await until('its sandbox to be gone', async () => (await load(id)).sandbox?.state === 'gone')

  const push = (text: string) =>
    world.github.push({ repository: REPOSITORY, by: 'octocat', message: text, files: { 'notes.txt': text } })
  await push('One')
  await push('Two')
  const base = (await (await api(`/api/runs/${id}/base`)).json()) as RunBaseBody
  expect(base).toMatchObject({ ref: 'main', moved: 2 })

  const retry = () =>
    api(`/api/runs/${id}/retry`, { method: 'POST', body: JSON.stringify({ instructions: 'Keep it small.' }) })
  const answer = await until('the retry to be taken', async () => {
    const said = await retry()
    return said.status === 409 ? null : said
  })
  expect(answer.status).toBe(202)
  const done = await until('its end', async () => {
    const run = await load(id)
    return run.status === 'succeeded' ? run : null
  })
  expect(done).toMatchObject({ attempt: 2, pullRequest: { number: expect.any(Number) } })
  expect((await ledger(id)).find(({ type }) => type === 'run.retried')?.data).toMatchObject({
    instructions: 'Keep it small.',
  })
}, 300_000)
