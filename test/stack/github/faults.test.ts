/** Misbehaviour on order, and that our own answers are really held to the description. */
import { expect, test } from 'vitest'

import { startLocalGitHub } from './local-github.ts'
import { openApi } from './openapi.ts'
import { asInstallation, openShop } from './testing.ts'

const shop = { owner: 'acme', repo: 'shop' }

async function shopWithIssue() {
  const github = await startLocalGitHub()
  await openShop(github)
  const { number } = github.openIssue({ repository: 'acme/shop', by: 'octocat', title: 'One' })
  const octokit = await asInstallation(github)
  const comment = (body: string) => octokit.rest.issues.createComment({ ...shop, issue_number: number, body })
  return { github, octokit, comment }
}

test('a call fails before the act, or after it with only the answer lost', async () => {
  const { github, comment } = await shopWithIssue()
  await using _ = github
  github.faults.failNext({ method: 'POST', path: /\/comments$/, status: 502, times: 2 })
  await expect(comment('lost')).rejects.toMatchObject({ status: 502 })
  await expect(comment('lost')).rejects.toMatchObject({ status: 502 })
  github.faults.failNext({
    method: 'POST',
    path: /\/comments$/,
    status: 500,
    apply: 'after',
    body: { message: 'Oops' },
  })
  await expect(comment('kept')).rejects.toMatchObject({ status: 500 })
  github.faults.failNext({ status: 0 })
  await expect(comment('cut')).rejects.toThrow(/terminated|other side closed|fetch failed/)
  await comment('fine')
  expect(github.state.comments.map((c) => c.body)).toEqual(['kept', 'fine'])
})

test('limits answer as GitHub does', async () => {
  const { github, octokit, comment } = await shopWithIssue()
  await using _ = github
  github.faults.secondaryLimit({ retryAfterSeconds: 60, times: 1, contentCreatingOnly: true })
  await octokit.rest.repos.get(shop)
  await expect(comment('a')).rejects.toMatchObject({
    status: 403,
    response: { headers: { 'retry-after': '60' }, data: { message: expect.stringContaining('secondary rate limit') } },
  })
  await comment('b')
  github.faults.rateLimit({ remaining: 1, resetInMs: 60_000 })
  expect((await octokit.rest.repos.get(shop)).headers['x-ratelimit-remaining']).toBe('0')
  await expect(octokit.rest.repos.get(shop)).rejects.toMatchObject({
    status: 403,
    response: { headers: { 'x-ratelimit-remaining': '0' } },
    message: expect.stringContaining('API rate limit exceeded for installation ID'),
  })
  github.faults.clear()
  expect((await octokit.rest.repos.get(shop)).headers['x-ratelimit-limit']).toBe('5000')
})

test('a hanging call ends when it is let go', async () => {
  const { github, comment } = await shopWithIssue()
  await using _ = github
  github.faults.hang({ path: /\/comments$/ })
  const hanging = comment('late')
  const other = await comment('first')
  github.faults.clear()
  await hanging
  expect(github.state.comments.map((c) => c.body)).toEqual(['first', 'late'])
  expect(other.status).toBe(201)
})

test('an unchanged answer is 304 for who has it already', async () => {
  const { github, octokit } = await shopWithIssue()
  await using _ = github
  const { headers } = await octokit.rest.issues.get({ ...shop, issue_number: 1 })
  const again = octokit.rest.issues.get({ ...shop, issue_number: 1, headers: { 'if-none-match': headers.etag ?? '' } })
  await expect(again).rejects.toMatchObject({ status: 304 })
})

test('requests are recorded by template, and content-creating ones are marked', async () => {
  const { github, comment } = await shopWithIssue()
  await using _ = github
  github.clearRequests()
  await comment('one')
  const made = github.requests.filter((r) => r.contentCreating)
  expect(made).toMatchObject([
    {
      method: 'POST',
      template: '/repos/{owner}/{repo}/issues/{issue_number}/comments',
      status: 201,
      token: 'installation',
    },
  ])
})

test('the description would notice a wrong answer of ours', () => {
  const description = openApi()
  const match = description.match('GET', '/repos/acme/shop/issues/1')
  expect(match?.template).toBe('/repos/{owner}/{repo}/issues/{issue_number}')
  if (!match) return
  expect(description.checkResponse(match, 200, { id: 1 })).not.toEqual([])
  expect(description.checkResponse(match, 418, {})).toEqual(['status 418 is not described'])
  expect(description.checkWebhook('issue_comment', 'created', { action: 'created' })).not.toEqual([])
})
