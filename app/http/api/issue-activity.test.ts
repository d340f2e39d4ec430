/** What happened around an issue, over real HTTP: the latest comments, and how the pull request of its newest Run stands. */
import { expect, test } from 'vitest'

import { eachInApiWorld } from '../../../test/stack/api/own-world.ts'
import { leaveRun, vault } from '../../../test/stack/api/runs.ts'
import { openIssue } from '../../../test/stack/api/world.ts'
import type { ApiWorld } from '../../../test/stack/api/world.ts'
import { COMMENT_CHARS_MAX } from '../../contracts/issues.ts'
import type { IssueActivityBody } from '../../contracts/issues.ts'
import { statusMarker } from '../../domain/render/markers.ts'
import type { CommentFacts } from './ports.ts'

const SHA = 'c'.repeat(40)
const AT = Date.parse('2026-01-01T00:00:00.000Z')
const pullRequest = { number: 7, url: 'https://github.com/acme/shop/pull/7', adopted: false }
let world: ApiWorld
let as: string
eachInApiWorld(async (fresh) => {
  world = fresh
  as = await world.signIn()
})

async function activity(number = 1): Promise<IssueActivityBody> {
  const { status, json } = await world.ask(pathOf(number), { as })
  expect(status).toBe(200)
  return json as unknown as IssueActivityBody
}
const pathOf = (number: number, repo = 'shop') => `/api/repos/acme/${repo}/issues/${number}/activity`
const comment = (id: number, body: string, author: string | null = 'octocat'): CommentFacts => ({
  id,
  author,
  body,
  url: `https://github.com/acme/shop/issues/1#issuecomment-${id}`,
  createdAt: AT,
})

test('comments come in their order, as people see them on GitHub, and are cut where they are long', async () => {
  const marked = `🟢 **stub** opened #7.\n\n${statusMarker('r_8k2f0q7w3z')}12 -->`
  const long = 'x'.repeat(COMMENT_CHARS_MAX + 1)
  world.activity.comments.set('shop#1', [comment(1, marked, 'deckhand[bot]'), comment(2, long), comment(3, '', null)])
  const { comments, more, pullRequest: none } = await activity()
  expect(comments.map(({ author, body }) => [author, body])).toEqual([
    ['deckhand[bot]', '🟢 **stub** opened #7.'],
    ['octocat', `${'x'.repeat(COMMENT_CHARS_MAX - 1)}…`],
    [null, ''],
  ])
  expect(comments[0]).toMatchObject({ id: 1, url: comment(1, '').url, createdAt: '2026-01-01T00:00:00.000Z' })
  expect([more, none]).toEqual([false, null])
  world.activity.more = true
  expect((await activity()).more).toBe(true)
})

test('a mark at the end of a long comment is no part of it, and one of blank lines alone is cut like others', async () => {
  const mark = `${statusMarker('r_8k2f0q7w3z')}12 -->`
  const full = 'x'.repeat(COMMENT_CHARS_MAX)
  const blank = '\n'.repeat(65_000)
  const bodies = [`${full}${mark}`, `${mark}${full}`, `${blank}x`, `x${blank}${mark}`, '<!-- deckhand:'.repeat(4_000)]
  world.activity.comments.set(
    'shop#1',
    bodies.map((body, at) => comment(at, body)),
  )
  const { comments } = await activity()
  expect(comments.map(({ body }) => body).slice(0, 4)).toEqual([full, full, '…', expect.stringMatching(/^x\n+…$/)])
  expect(comments[4]?.body).toHaveLength(COMMENT_CHARS_MAX)
})

test('the pull request is that of the newest Run, with what was checked of its newest commit', async () => {
  const run = await world.request()
  expect((await activity()).pullRequest).toBeNull()
  await leaveRun(world, run.id, { pullRequest })
  world.activity.pulls.set('shop#7', { state: 'draft', headSha: SHA })
  const { number, url } = pullRequest
  expect((await activity()).pullRequest).toEqual({ number, url, state: 'draft', checks: null })
  const test = { name: 'test', status: 'completed' as const, conclusion: 'failure', url: 'https://github.com/x' }
  const lint = { name: 'lint', status: 'running' as const, conclusion: null, url: null }
  world.activity.checks.set(SHA, { checks: [test, lint], more: false })
  expect((await activity()).pullRequest?.checks).toEqual({ checks: [test, lint], more: false })
})

test('comments are told also where GitHub does not tell of the pull request', async () => {
  const run = await world.request()
  await leaveRun(world, run.id, { pullRequest })
  world.activity.comments.set('shop#1', [comment(1, 'Please hurry.')])
  world.activity.pullsUntold = true
  const told = await activity()
  expect(told.comments).toHaveLength(1)
  expect(told.pullRequest).toEqual({ number: 7, url: pullRequest.url, state: null, checks: null })
  world.githubIsAway = true
  expect(await world.ask(pathOf(1), { as })).toMatchObject({ status: 503 })
})

test('an issue that is not there, or that the reader may not read, has nothing to tell', async () => {
  world.issues.set('vault#9', { ...openIssue, title: 'Rotate the keys' })
  world.activity.comments.set('vault#9', [comment(1, 'The old key is hunter2.')])
  await world.request({ repository: vault, number: 9 })
  const hidden = await world.ask(pathOf(9, 'vault'), { as })
  expect(hidden).toMatchObject({ status: 404 })
  expect(hidden.text).not.toContain('hunter2')
  expect(await world.ask(pathOf(99), { as })).toMatchObject({ status: 404 })
  expect(await world.ask(pathOf(1))).toMatchObject({ status: 401 })
})
