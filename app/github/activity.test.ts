/** What happens around an issue, against the local GitHub: its latest comments, a pull request, and what was checked. */
import { expect, onTestFinished, test, vi } from 'vitest'

import { openWorld, portOf, put, runId } from '../../test/stack/github-world.ts'
import type { World } from '../../test/stack/github-world.ts'

const shop = 'acme/shop'
const branch = `agent/1-broken-${runId.slice(2)}`

function say({ local, issue }: World, from: number, to: number): void {
  for (let n = from; n <= to; n++) local.comment({ repository: shop, number: issue, by: 'octocat', body: `No. ${n}` })
}
async function said({ github, repo, issue }: World) {
  const { comments, more } = (await github.latestComments(repo, issue))!
  return { first: comments[0]?.body, last: comments.at(-1)?.body, count: comments.length, more }
}

test('the latest comments are told, oldest of them first, however many there are before them', async () => {
  await using few = await openWorld()
  expect(await said(few)).toEqual({ first: undefined, last: undefined, count: 0, more: false })
  await using some = await openWorld()
  say(some, 1, 21)
  expect(await said(some)).toEqual({ first: 'No. 2', last: 'No. 21', count: 20, more: true })
  await using two = await openWorld()
  say(two, 1, 105)
  expect(await said(two)).toEqual({ first: 'No. 86', last: 'No. 105', count: 20, more: true })
  await using many = await openWorld()
  say(many, 1, 230)
  expect(await said(many)).toEqual({ first: 'No. 211', last: 'No. 230', count: 20, more: true })
  const { comments } = (await some.github.latestComments(some.repo, some.issue))!
  expect(comments[0]).toMatchObject({ author: 'octocat', createdAt: expect.any(Number) })
  expect(comments[0]!.url).toContain('/acme/shop/issues/1#issuecomment-')
  expect(await some.github.latestComments(some.repo, 4_000)).toBeNull()
  for (const w of [some, two, many]) expect(w.local.responseViolations()).toEqual([])
})

test('what was said is kept for a while', async () => {
  await using w = await openWorld()
  say(w, 1, 1)
  await said(w)
  w.local.clearRequests()
  say(w, 2, 2)
  expect(await said(w)).toMatchObject({ last: 'No. 1' })
  expect(w.local.requests).toHaveLength(0)
})

test('what is said after a full page is told once the answer is old, although that page stays as it is', async () => {
  await using w = await openWorld()
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  say(w, 1, 100)
  expect(await said(w)).toMatchObject({ last: 'No. 100', count: 20, more: true })
  say(w, 101, 101)
  vi.setSystemTime(Date.now() + 60_000)
  expect(await said(w)).toMatchObject({ first: 'No. 82', last: 'No. 101', count: 20, more: true })
})

test('a pull request is open, a draft, closed or merged, and what was checked of its commit is told by name', async () => {
  await using w = await openWorld()
  const base = await w.github.baseCommit(w.repo, 'main')
  const commits = [{ message: 'Add a line', files: [put('a.txt', 'a\n')] }]
  const { sha } = await w.github.writeBranch(w.repo, { branch, base, runId, commits, retried: false })
  const pull = { head: branch, base: 'main', title: 'Add a line', body: '', draft: false, marker: 'm', retried: false }
  const { number } = await w.github.openPullRequest(w.repo, pull)
  expect(await w.github.pullRequest(w.repo, number)).toEqual({ state: 'open', headSha: sha })
  expect(await w.github.pullRequest(w.repo, 4_000)).toBeNull()
  const act = { repository: shop, number, by: 'octocat' }
  const stateNow = async () => (await portOf(w.local).pullRequest(w.repo, number))?.state
  const record = w.local.pull(shop, number)
  record.draft = true
  expect(await stateNow()).toBe('draft')
  record.draft = false
  w.local.closePull(act)
  expect(await stateNow()).toBe('closed')
  w.local.reopenPull(act)
  await w.local.mergePull(act)
  expect(await stateNow()).toBe('merged')
  const check = { headSha: sha, runId, detailsUrl: 'http://127.0.0.1/r/x', title: 't', summary: 's', actions: [] }
  const fresh = { ...check, annotations: [], checkRunId: null, retried: false }
  await w.github.publishCheck(w.repo, { ...fresh, name: 'lint', status: 'queued', conclusion: null })
  await w.github.publishCheck(w.repo, { ...fresh, name: 'test', status: 'completed', conclusion: 'failure' })
  const { checks, more } = (await w.github.checksOf(w.repo, sha))!
  expect(more).toBe(false)
  expect(checks.toSorted((a, b) => a.name.localeCompare(b.name))).toMatchObject([
    { name: 'lint', status: 'running', conclusion: null },
    { name: 'test', status: 'completed', conclusion: 'failure', url: expect.stringContaining('http') },
  ])
  expect(w.local.responseViolations()).toEqual([])
})
