/** Webhooks: signed, real in shape, delivered once; and the ways in which deliveries go wrong. */
import { Webhooks } from '@octokit/webhooks'
import { expect, test } from 'vitest'

import { startLocalGitHub } from './local-github.ts'
import { appOf, asInstallation, openShop, startReceiver } from './testing.ts'

const shop = { owner: 'acme', repo: 'shop' }
const on = { repository: 'acme/shop', by: 'octocat' }

test('what people and the App do arrives signed, as the description says', async () => {
  await using receiver = await startReceiver()
  await using github = await startLocalGitHub({ webhookUrl: receiver.url, checkResponses: true })
  await openShop(github)
  const { number } = github.openIssue({ ...on, title: 'Broken', labels: ['agent'] })
  const { id } = github.comment({ ...on, number, body: '/assign-agent' })
  github.editComment({ id, by: 'octocat', body: '/assign-agent please' })
  github.closeIssue({ ...on, number })
  const octokit = await asInstallation(github)
  await octokit.rest.issues.createComment({ ...shop, issue_number: number, body: 'Hello' })
  await octokit.rest.checks.create({ ...shop, name: 'Deckhand', head_sha: await sha(octokit), conclusion: 'success' })
  await github.deliveries.idle()

  const names = receiver.received.map(
    ({ headers, body }) => `${String(headers['x-github-event'])}.${String(parse(body)['action'])}`,
  )
  expect(names.sort()).toEqual([
    'check_run.completed',
    'check_run.created',
    'installation.created',
    'issue_comment.created',
    'issue_comment.created',
    'issue_comment.edited',
    'issues.closed',
    'issues.labeled',
    'issues.opened',
    'label.created',
  ])
  const { verify } = new Webhooks({ secret: github.app.webhookSecret })
  for (const { headers, body } of receiver.received) {
    expect(await verify(body, String(headers['x-hub-signature-256']))).toBe(true)
    expect(headers['user-agent']).toMatch(/^GitHub-Hookshot\//)
    expect(parse(body)['installation']).toMatchObject({ id: github.state.installations[0]?.id })
  }
  const last = receiver.received
    .map(({ body }) => parse(body))
    .find((p) => (p['sender'] as { type: string }).type === 'Bot')
  expect(last?.['sender']).toMatchObject({ login: 'deckhand[bot]' })
  expect(new Set(receiver.received.map(({ headers }) => headers['x-github-delivery'])).size).toBe(10)
  expect(github.responseViolations()).toEqual([])
})

test('a review is told of, and so is each of its comments on lines', async () => {
  await using receiver = await startReceiver()
  await using github = await startLocalGitHub({ webhookUrl: receiver.url, checkResponses: true })
  await openShop(github)
  await github.push({ ...on, branch: 'mine', files: { 'a.txt': 'a' } })
  const octokit = await asInstallation(github)
  const { data } = await octokit.rest.pulls.create({ ...shop, head: 'mine', base: 'main', title: 'Mine' })
  await github.deliveries.idle()
  receiver.received.length = 0
  const { review, lines } = github.review({ ...on, number: data.number, body: 'Nearly.', lines: ['Why?'] })
  await github.deliveries.idle()
  expect(receiver.received.map(({ headers }) => headers['x-github-event'])).toEqual([
    'pull_request_review',
    'pull_request_review_comment',
  ])
  const react = (id: string) =>
    octokit.graphql('mutation ($input: AddReactionInput!) { addReaction(input: $input) { reaction { content } } }', {
      input: { subjectId: id, content: 'EYES' },
    })
  await react(review.nodeId)
  await react(lines[0]!.nodeId)
  await react(lines[0]!.nodeId)
  expect(github.state.reactions.map(({ subjectId, content }) => [subjectId, content])).toEqual([
    [review.id, 'eyes'],
    [lines[0]!.id, 'eyes'],
  ])
  await expect(react('PRR_none')).rejects.toThrow('Could not resolve')
  expect(github.responseViolations()).toEqual([])
})

const parse = (body: string) => JSON.parse(body) as Record<string, unknown>
async function sha(octokit: Awaited<ReturnType<typeof asInstallation>>): Promise<string> {
  return (await octokit.rest.git.getRef({ ...shop, ref: 'heads/main' })).data.object.sha
}

test('only events of the manifest come, and only while the App is installed', async () => {
  await using receiver = await startReceiver()
  await using github = await startLocalGitHub({ webhookUrl: receiver.url, events: ['issues'] })
  await openShop(github)
  const { number } = github.openIssue({ ...on, title: 'One' })
  github.comment({ ...on, number, body: 'not heard' })
  github.uninstall({ account: 'acme' })
  github.openIssue({ ...on, title: 'Two' })
  await github.deliveries.idle()
  expect(receiver.received.map(({ headers }) => headers['x-github-event'])).toEqual([
    'installation',
    'issues',
    'installation',
  ])
})

test('a failed delivery is not tried again, but listed, and delivered again on request with the same id', async () => {
  await using receiver = await startReceiver()
  await using github = await startLocalGitHub({ webhookUrl: receiver.url, checkResponses: true })
  await openShop(github)
  await github.deliveries.idle()
  receiver.received.length = 0
  github.deliveries.setMode({ mode: 'drop', events: ['issues'] })
  github.openIssue({ ...on, title: 'Lost' })
  await github.deliveries.idle()
  expect(receiver.received).toEqual([])
  const { octokit } = appOf(github)
  const { data } = await octokit.request('GET /app/hook/deliveries', { per_page: 1 })
  expect(data).toMatchObject([{ event: 'issues', action: 'opened', status_code: 502, redelivery: false }])
  const lost = data[0] as (typeof data)[number]
  const full = await octokit.request('GET /app/hook/deliveries/{delivery_id}', { delivery_id: Number(lost.id) })
  expect(full.data.request.payload).toMatchObject({ issue: { title: 'Lost' } })
  const again = await octokit.request('POST /app/hook/deliveries/{delivery_id}/attempts', {
    delivery_id: Number(lost.id),
  })
  expect(again.status).toBe(202)
  await github.deliveries.idle()
  expect(receiver.received[0]?.headers['x-github-delivery']).toBe(lost.guid)
  expect(github.deliveries.list().at(-1)).toMatchObject({
    guid: lost.guid,
    redelivery: true,
    statusCode: 202,
    status: 'OK',
  })
  const pages = await octokit.request('GET /app/hook/deliveries', { per_page: 1 })
  const cursor = /cursor=([^>&]+)/.exec(pages.headers.link ?? '')?.[1] ?? ''
  expect((await octokit.request('GET /app/hook/deliveries', { per_page: 1, cursor })).data[0]?.id).toBe(lost.id)
  expect(github.violations()).toEqual([])
  expect(github.responseViolations()).toEqual([])
})

test('deliveries double and arrive in another order', async () => {
  await using receiver = await startReceiver(500)
  await using github = await startLocalGitHub({ webhookUrl: receiver.url })
  await openShop(github)
  await github.deliveries.idle()
  receiver.received.length = 0
  github.deliveries.setMode({ mode: 'duplicate', events: ['issues'], times: 1 })
  const { number } = github.openIssue({ ...on, title: 'Twice' })
  await github.deliveries.idle()
  expect(new Set(receiver.received.map(({ headers }) => headers['x-github-delivery'])).size).toBe(1)
  expect(receiver.received).toHaveLength(2)
  expect(github.deliveries.list().at(-1)).toMatchObject({ statusCode: 500, status: 'Invalid HTTP Response: 500' })

  receiver.received.length = 0
  github.deliveries.setMode({ mode: 'hold' })
  for (const body of ['one', 'two', 'three']) github.comment({ ...on, number, body })
  await github.deliveries.idle()
  expect(github.deliveries.held()).toHaveLength(3)
  await github.deliveries.release([2, 0, 1])
  const bodies = receiver.received.map(({ body }) => (parse(body)['comment'] as { body: string }).body)
  expect(bodies).toEqual(['three', 'one', 'two'])
})

test('the webhook address can be moved over the API', async () => {
  await using receiver = await startReceiver()
  await using github = await startLocalGitHub({ checkResponses: true })
  await openShop(github)
  // Not `{ url }`: Octokit would take that for the address of the request itself.
  await appOf(github).octokit.request('PATCH /app/hook/config', { data: { url: receiver.url } })
  github.openIssue({ ...on, title: 'Moved' })
  await github.deliveries.idle()
  expect(receiver.received).toHaveLength(1)
  expect(github.responseViolations()).toEqual([])
})
