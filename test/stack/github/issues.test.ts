/** An issue's life as the product sees it: comments, reactions, labels, permissions, pages. */
import { expect, test } from 'vitest'

import { startLocalGitHub } from './local-github.ts'
import { asInstallation, asPerson, openShop } from './testing.ts'

const shop = { owner: 'acme', repo: 'shop' }

test('the App comments, edits, reacts and labels; every answer fits the description', async () => {
  await using github = await startLocalGitHub({ checkResponses: true })
  await openShop(github)
  const issue = github.openIssue({
    repository: 'acme/shop',
    by: 'octocat',
    title: 'Broken',
    body: 'Fix it',
    labels: ['bug'],
  })
  const asked = github.comment({ repository: 'acme/shop', number: issue.number, by: 'octocat', body: '/assign-agent' })
  const octokit = await asInstallation(github)

  const one = await octokit.rest.issues.get({ ...shop, issue_number: issue.number })
  expect(one.data).toMatchObject({
    title: 'Broken',
    user: { login: 'octocat', id: 583_231 },
    labels: [{ name: 'bug' }],
  })
  const reaction = { ...shop, comment_id: asked.id, content: 'eyes' as const }
  expect((await octokit.rest.reactions.createForIssueComment(reaction)).status).toBe(201)
  expect((await octokit.rest.reactions.createForIssueComment(reaction)).status).toBe(200)
  expect((await octokit.rest.reactions.listForIssueComment({ ...shop, comment_id: asked.id })).data).toHaveLength(1)

  const comment = await octokit.rest.issues.createComment({
    ...shop,
    issue_number: issue.number,
    body: 'Working on it',
  })
  expect(comment.data).toMatchObject({
    user: { login: 'deckhand[bot]', type: 'Bot' },
    performed_via_github_app: { slug: 'deckhand', id: github.app.id },
  })
  expect(comment.data.node_id).toMatch(/^IC_kwDO/)
  await octokit.rest.issues.updateComment({ ...shop, comment_id: comment.data.id, body: 'Done' })
  expect(
    (await octokit.rest.issues.listComments({ ...shop, issue_number: issue.number })).data.map((c) => c.body),
  ).toEqual(['/assign-agent', 'Done'])
  await octokit.rest.issues.addLabels({ ...shop, issue_number: issue.number, labels: ['agent'] })
  await octokit.rest.issues.removeLabel({ ...shop, issue_number: issue.number, name: 'bug' })
  await expect(
    octokit.rest.issues.removeLabel({ ...shop, issue_number: issue.number, name: 'bug' }),
  ).rejects.toMatchObject({
    status: 404,
    response: { data: { message: 'Label does not exist' } },
  })
  expect(github.state.issues[0]?.labelIds).toHaveLength(1)
  await octokit.graphql(
    'mutation ($input: MinimizeCommentInput!) { minimizeComment(input: $input) { clientMutationId } }',
    {
      input: { subjectId: comment.data.node_id, classifier: 'OUTDATED' },
    },
  )
  expect(github.state.comments.at(-1)?.minimized).toBe('outdated')
  await octokit.rest.issues.update({ ...shop, issue_number: issue.number, state: 'closed', state_reason: 'completed' })
  await github.deliveries.idle()
  expect(github.violations()).toEqual([])
  expect(github.responseViolations()).toEqual([])
})

test('permissions of people are told by name and number, and unknown people are not found', async () => {
  await using github = await startLocalGitHub({ checkResponses: true })
  await openShop(github)
  github.createUser({ login: 'monalisa' })
  const octokit = await asInstallation(github)
  const of = async (username: string) =>
    (await octokit.rest.repos.getCollaboratorPermissionLevel({ ...shop, username })).data
  expect(await of('octocat')).toMatchObject({ permission: 'write', role_name: 'write', user: { id: 583_231 } })
  expect(await of('hubot')).toMatchObject({ permission: 'read' })
  expect(await of('monalisa')).toMatchObject({ permission: 'none' })
  await expect(of('nobody')).rejects.toMatchObject({ status: 404 })
  expect((await octokit.request('GET /user/{account_id}', { account_id: 583_231 })).data.login).toBe('octocat')
  expect(github.responseViolations()).toEqual([])
})

test('lists come in pages that octokit can follow', async () => {
  await using github = await startLocalGitHub({ checkResponses: true })
  await openShop(github)
  for (let n = 1; n <= 7; n += 1) github.openIssue({ repository: 'acme/shop', by: 'octocat', title: `Number ${n}` })
  const octokit = await asInstallation(github)
  const page = await octokit.rest.issues.listForRepo({ ...shop, per_page: 3, page: 2 })
  expect(page.data.map((i) => i.number)).toEqual([4, 3, 2])
  expect(page.headers.link).toContain('rel="prev"')
  expect(page.headers.link).toMatch(/page=3>; rel="next"/)
  expect(await octokit.paginate(octokit.rest.issues.listForRepo, { ...shop, per_page: 2 })).toHaveLength(7)
  expect(github.responseViolations()).toEqual([])
})

test('too long, locked and malformed are refused in the words of GitHub', async () => {
  await using github = await startLocalGitHub()
  await openShop(github)
  const { number } = github.openIssue({ repository: 'acme/shop', by: 'octocat', title: 'Long' })
  const octokit = await asInstallation(github)
  const comment = (body: string) => octokit.rest.issues.createComment({ ...shop, issue_number: number, body })
  await comment('x'.repeat(65_536))
  await expect(comment('x'.repeat(65_537))).rejects.toMatchObject({
    status: 422,
    response: { data: { message: 'Validation Failed', documentation_url: expect.stringContaining('docs.github.com') } },
  })
  github.lockIssue({ repository: 'acme/shop', number, by: 'octocat' })
  await expect(comment('late')).rejects.toMatchObject({
    status: 403,
    message: expect.stringContaining('issue is locked'),
  })
  expect(github.violations()).toEqual([])
  await expect(octokit.request('POST /repos/acme/shop/issues/1/comments', { text: 'wrong' })).rejects.toMatchObject({
    status: 422,
  })
  await expect(octokit.request('GET /repos/acme/shop/nonsense')).rejects.toMatchObject({ status: 404 })
  expect(github.violations()).toEqual([
    'POST /repos/{owner}/{repo}/issues/{issue_number}/comments: "body" wasn\'t supplied.',
    'POST /repos/{owner}/{repo}/issues/{issue_number}/comments: unknown property "text" in the body',
    "GET /repos/acme/shop/nonsense: not in GitHub's description",
  ])
})

test('people read and write by their role; strangers do not see a private repository', async () => {
  await using github = await startLocalGitHub()
  await openShop(github)
  const { number } = github.openIssue({ repository: 'acme/shop', by: 'octocat', title: 'Roles' })
  github.createUser({ login: 'monalisa' })
  const label = { ...shop, issue_number: number, labels: ['agent'] }
  await asPerson(github, 'octocat').rest.issues.addLabels(label)
  await asPerson(github, 'hubot').rest.issues.createComment({ ...shop, issue_number: number, body: 'I may talk' })
  await expect(asPerson(github, 'hubot').rest.issues.addLabels(label)).rejects.toMatchObject({ status: 403 })
  await expect(asPerson(github, 'monalisa').rest.repos.get(shop)).rejects.toMatchObject({ status: 404 })
  expect((await asPerson(github, 'octocat').rest.users.getAuthenticated()).data.login).toBe('octocat')
})
