/** An issue that others block: its Run waits, says for what, and starts by itself when the last of them is closed. */
import { expect, test } from 'vitest'

import { openStage } from '../support/scenario.ts'
import { REPOSITORY } from '../stack/world.ts'

test('a Run waits for the issues that block its own, and starts within seconds of the last one being closed', async () => {
  const { world, api, assign, ended, ledger, run: load, statusComments, until } = await openStage()
  const { github } = world
  const [writer, route, button] = ['Writer', 'Route', 'Button'].map((title) => world.openIssue(title)) as [
    number,
    number,
    number,
  ]
  for (const number of [route, writer]) {
    github.blockIssue({ repository: REPOSITORY, number: button, by: 'octocat', blockedBy: { number } })
  }
  const { id } = await assign(button)
  await until('the wait', () =>
    statusComments(id)[0]?.startsWith(
      `⚪ **stub** is waiting for #${writer}, #${route}. It starts by itself when they are closed. `,
    ),
  )
  expect(await load(id)).toMatchObject({ status: 'queued', waitingFor: { issues: [writer, route], position: null } })
  const reactions = () => github.state.reactions.map(({ content }) => content)
  expect(reactions()).toEqual(['eyes'])
  const advance = async () => {
    const answer = await api(`/api/runs/${id}/advance`, { method: 'POST', body: '{}' })
    return { status: answer.status, ...((await answer.json()) as { code?: string; detail?: string }) }
  }
  expect(await advance()).toMatchObject({
    status: 409,
    code: 'not_allowed_now',
    detail: `Run ${id} waits for #${writer}, #${route}. It starts by itself when they are closed.`,
  })

  const close = (number: number) => github.closeIssue({ repository: REPOSITORY, number, by: 'octocat' })
  close(writer)
  await until('what is left', async () => (await load(id)).waitingFor?.issues.length === 1)
  expect(github.state.workflowRuns).toHaveLength(0)
  // What it waits for is merged meanwhile, and has to be in what it works on.
  const merged = await github.push({
    repository: REPOSITORY,
    by: 'octocat',
    message: 'Route',
    files: { 'route.txt': '/' },
  })
  const closedAt = Date.now()
  close(route)
  const done = await ended(id)
  expect(done).toMatchObject({ status: 'succeeded', waitingFor: null, base: { sha: merged } })
  await until('the rocket', () => reactions().join() === 'eyes,rocket')
  const events = await ledger(id)
  const left = events.find(({ type }) => type === 'run.dispatched')!
  // Sooner than the next look at GitHub would have been.
  expect(Date.parse(left.at) - closedAt).toBeLessThan(30_000)
  expect(events.filter(({ type }) => type === 'run.waits').map(({ data }) => data)).toEqual([
    { issues: [writer, route] },
    { issues: [route] },
  ])
  expect(await advance()).toMatchObject({ status: 409, detail: expect.stringContaining('does not wait') })
})
