/** The tree of issues, against the local GitHub: read in its order, remembered for a while, and moved. */
import { expect, test } from 'vitest'

import { openWorld, portOf } from '../../test/stack/github-world.ts'
import type { World } from '../../test/stack/github-world.ts'
import { asInstallation } from '../../test/stack/github/testing.ts'

const shop = 'acme/shop'
const opened = ({ local }: World, title: string, repository = shop) =>
  local.openIssue({ repository, by: 'octocat', title, body: '' })
const put = ({ local, issue }: World, child: { repository?: string; number: number }, parent = issue) =>
  local.addSubIssue({ repository: shop, number: parent, by: 'octocat', child })
const titles = (found: { issues: { title: string }[] }) => found.issues.map(({ title }) => title)

async function withThree() {
  const w = await openWorld()
  const children = ['Writer', 'Endpoint', 'Button'].map((title) => opened(w, title))
  for (const child of children) put(w, child)
  return { ...w, children }
}

test('sub-issues come in their order with what a tree shows of them, and know their parent', async () => {
  await using w = await withThree()
  const [writer, endpoint] = w.children
  w.local.closeIssue({ repository: shop, number: writer!.number, by: 'octocat' })
  put(w, opened(w, 'Route'), endpoint!.number)
  const found = await w.github.subIssues(w.repo, w.issue)
  expect(found).toMatchObject({
    more: false,
    issues: [
      { title: 'Writer', state: 'closed', hasSubIssues: false, owner: 'acme', name: 'shop', id: writer!.id },
      { title: 'Endpoint', state: 'open', hasSubIssues: true, number: endpoint!.number },
      { title: 'Button', state: 'open', hasSubIssues: false },
    ],
  })
  expect(found.issues[0]!.url).toBe(`${w.local.url}/acme/shop/issues/${writer!.number}`)
  expect(await w.github.parentIssue(w.repo, writer!.number)).toMatchObject({ number: w.issue, title: 'Broken' })
  expect(await w.github.parentIssue(w.repo, w.issue)).toBeNull()
  expect(await w.github.issue(w.repo, w.issue)).toMatchObject({ hasSubIssues: true })
  await expect(w.github.subIssues(w.repo, 4_000)).rejects.toMatchObject({ kind: 'not_found' })
  expect(w.local.responseViolations()).toEqual([])
})

test('a tree may reach into another repository of the owner, and only as far as the App can see', async () => {
  await using w = await openWorld()
  await w.local.createRepository({ owner: 'acme', name: 'till', private: true, files: { a: '' } })
  put(w, { repository: 'acme/till', number: opened(w, 'Print', 'acme/till').number })
  put(w, opened(w, 'Writer'))
  expect((await w.github.subIssues(w.repo, w.issue)).issues.map(({ name, title }) => [name, title])).toEqual([
    ['till', 'Print'],
    ['shop', 'Writer'],
  ])
  w.local.removeInstalledRepository({ repository: 'acme/till' })
  expect(titles(await portOf(w.local).subIssues(w.repo, w.issue))).toEqual(['Writer'])
})

test('what was read is kept for a while; asked for now it is what GitHub says now', async () => {
  await using w = await withThree()
  const before = await w.github.subIssues(w.repo, w.issue)
  await w.github.parentIssue(w.repo, w.issue)
  w.local.clearRequests()
  put(w, opened(w, 'Docs'))
  expect(await w.github.subIssues(w.repo, w.issue)).toBe(before)
  expect(await w.github.parentIssue(w.repo, w.issue)).toBeNull()
  expect(w.local.requests).toHaveLength(0)
  expect(titles(await w.github.subIssues(w.repo, w.issue, 'now'))).toEqual(['Writer', 'Endpoint', 'Button', 'Docs'])
  put(w, { number: w.issue }, opened(w, 'Epic').number)
  expect(await w.github.parentIssue(w.repo, w.issue, 'now')).toMatchObject({ title: 'Epic' })
  expect(w.local.requests).toHaveLength(2)
})

test('a sub-issue is moved after or before another one, and the new order is read at once', async () => {
  await using w = await withThree()
  const [writer, endpoint, button] = w.children.map(({ id }) => id) as [number, number, number]
  await w.github.subIssues(w.repo, w.issue)
  await w.github.moveSubIssue(w.repo, w.issue, { id: writer, after: button })
  expect(titles(await w.github.subIssues(w.repo, w.issue))).toEqual(['Endpoint', 'Button', 'Writer'])
  await w.github.moveSubIssue(w.repo, w.issue, { id: button, before: endpoint })
  expect(titles(await w.github.subIssues(w.repo, w.issue))).toEqual(['Button', 'Endpoint', 'Writer'])
  expect(w.local.responseViolations()).toEqual([])
})

test('GitHub refuses to move what is not a sub-issue there, or next to what is none', async () => {
  await using w = await withThree()
  const [writer] = w.children
  const stranger = opened(w, 'Stranger')
  const move = (id: number, after: number) => w.github.moveSubIssue(w.repo, w.issue, { id, after })
  await expect(move(stranger.id, writer!.id)).rejects.toMatchObject({ kind: 'invalid' })
  await expect(move(writer!.id, stranger.id)).rejects.toMatchObject({ kind: 'invalid' })
  await expect(move(writer!.id, 4_000_000)).rejects.toMatchObject({ kind: 'not_found' })
})

test('the local GitHub keeps trees as GitHub does: one parent, no circle, eight levels, over REST too', async () => {
  await using w = await openWorld()
  const octokit = await asInstallation(w.local)
  const at = { owner: 'acme', repo: 'shop' }
  const chain = [w.local.issue(shop, w.issue), ...Array.from({ length: 9 }, (_, level) => opened(w, `Level ${level}`))]
  const add = (parent: number, child: number, replace = false) =>
    octokit.rest.issues.addSubIssue({
      ...at,
      issue_number: chain[parent]!.number,
      sub_issue_id: chain[child]!.id,
      ...(replace ? { replace_parent: true } : {}),
    })
  for (let level = 0; level < 8; level++) expect((await add(level, level + 1)).status).toBe(201)
  await expect(add(8, 9)).rejects.toMatchObject({ status: 422 })
  await expect(add(8, 0)).rejects.toMatchObject({ status: 422 })
  await expect(add(0, 2)).rejects.toMatchObject({ status: 422 })
  await add(0, 2, true)
  const parent = await octokit.rest.issues.getParent({ ...at, issue_number: chain[2]!.number })
  expect(parent.data).toMatchObject({ number: w.issue, sub_issues_summary: { total: 2, completed: 0 } })
  const removed = { ...at, issue_number: w.issue, sub_issue_id: chain[2]!.id }
  expect((await octokit.rest.issues.removeSubIssue(removed)).data.parent_issue_url).toBeUndefined()
  await expect(octokit.rest.issues.removeSubIssue(removed)).rejects.toMatchObject({ status: 404 })
  w.local.deleteIssue({ repository: shop, number: w.issue, by: 'octocat' })
  await expect(octokit.rest.issues.getParent({ ...at, issue_number: chain[1]!.number })).rejects.toMatchObject({
    status: 404,
  })
  expect(w.local.responseViolations()).toEqual([])
})
