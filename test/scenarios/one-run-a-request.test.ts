/** One trigger starts at most one Run, for ever, however often and by whatever way it arrives. */
import { randomUUID } from 'node:crypto'

import { expect, test } from 'vitest'

import { openStage } from '../support/scenario.ts'
import { REPOSITORY } from '../stack/world.ts'

const WORKING = 'A run is already working on this issue'

test('a webhook delivered twice, redelivered, and a captured body under another id and another event', async () => {
  const { world, assign, ended, runsOf } = await openStage()
  const { deliveries } = world.github
  deliveries.setMode({ mode: 'duplicate', events: ['issue_comment'], times: 1 })
  const number = world.openIssue()
  const { id } = await assign(number)
  const comment = deliveries.list().find((delivery) => delivery.event === 'issue_comment')!
  expect(await ended(id)).toMatchObject({ status: 'succeeded' })

  // Now the issue is free again, and whatever repeats the first request would start a second Run if anything let it.
  expect(await deliveries.redeliver(comment.id)).toMatchObject({ statusCode: 202 })
  const replay = async (changes: Record<string, string>, body = comment.body) => {
    const headers = { ...comment.headers, 'X-GitHub-Delivery': randomUUID(), ...changes }
    return (await fetch(comment.url, { method: 'POST', headers, body })).status
  }
  expect(await replay({})).toBe(202)
  expect(await replay({ 'X-GitHub-Event': 'issues' })).toBe(202)
  expect(await replay({}, comment.body.replace(String(number), String(number + 1)))).toBe(401)
  expect(await replay({ 'X-Hub-Signature-256': '' })).toBe(401)

  // A later request is worked off after all of them.
  const other = world.openIssue()
  const next = await assign(other)
  expect(await ended(next.id)).toMatchObject({ status: 'succeeded' })
  expect((await runsOf(number)).map((run) => run.id)).toEqual([id])
  expect(world.github.state.pulls).toHaveLength(2)
  expect(world.github.state.workflowRuns).toHaveLength(2)
  expect(world.github.state.reactions.map(({ content }) => content)).toEqual(['eyes', 'rocket', 'eyes', 'rocket'])
})

test('two people ask at the same moment: one Run, and one answer to whoever came second', async () => {
  const { world, ended, runsOf, until } = await openStage()
  const { github, runner } = world
  github.setCollaborator({ repository: REPOSITORY, login: 'passer-by', role: 'write' })
  runner.hold()
  github.deliveries.setMode({ mode: 'hold', events: ['issue_comment'] })
  const number = world.openIssue()
  world.comment(number, '/assign-agent')
  world.comment(number, '/assign-agent', 'passer-by')
  world.comment(number, '/assign-agent', 'passer-by')
  await until('three comments on their way', () => github.deliveries.held().length === 3)
  const held = github.deliveries.held()
  github.deliveries.setMode({ mode: 'normal' })
  const post = ({ url, headers, body }: (typeof held)[number]) => fetch(url, { method: 'POST', headers, body })
  const answers = await Promise.all(held.map(post))
  expect(answers.map(({ status }) => status)).toEqual([202, 202, 202])

  const replies = () => github.state.comments.filter(({ body }) => body.startsWith(WORKING))
  await until('the answer', () => replies().length > 0)
  await until('a look at each comment', () => github.state.reactions.filter((r) => r.content === 'eyes').length === 3)
  runner.release()
  const [run] = await runsOf(number)
  expect(await ended(run!.id)).toMatchObject({ status: 'succeeded' })
  expect(await runsOf(number)).toHaveLength(1)
  expect(replies()).toHaveLength(1)
  expect(github.state.workflowRuns).toHaveLength(1)
  expect(github.state.reactions.filter((reaction) => reaction.content === 'rocket')).toHaveLength(1)
})
