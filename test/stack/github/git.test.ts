/** Code: the Git database API, pull requests, and the same repository over git's own protocol. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { expect, test } from 'vitest'

import { gitEnvironment } from './git/plumbing.ts'
import { startLocalGitHub } from './local-github.ts'
import { appOf, asInstallation, openShop } from './testing.ts'
import type { LocalGitHub } from './types.ts'

const shop = { owner: 'acme', repo: 'shop' }
const run = promisify(execFile)
const git = (...args: readonly string[]) => run('git', [...args], { env: gitEnvironment() })

async function temporary() {
  const path = await mkdtemp(join(tmpdir(), 'local-github-test-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** What the product does to publish: blob, tree, commit, ref. */
async function publish(octokit: Awaited<ReturnType<typeof asInstallation>>, branch: string, line: string) {
  const { data: main } = await octokit.rest.git.getRef({ ...shop, ref: 'heads/main' })
  const { data: base } = await octokit.rest.git.getCommit({ ...shop, commit_sha: main.object.sha })
  const { data: blob } = await octokit.rest.git.createBlob({
    ...shop,
    content: Buffer.from(line).toString('base64'),
    encoding: 'base64',
  })
  const { data: tree } = await octokit.rest.git.createTree({
    ...shop,
    base_tree: base.tree.sha,
    tree: [
      { path: 'README.md', mode: '100644', type: 'blob', sha: blob.sha },
      { path: 'src/new.js', mode: '100755', type: 'blob', content: 'new\n' },
      { path: 'docs/deep/guide.md', mode: '100644', type: 'blob', sha: null },
    ],
  })
  const commit = await octokit.rest.git.createCommit({
    ...shop,
    message: 'Change\n\nAgent-Run-Id: r_1',
    tree: tree.sha,
    parents: [main.object.sha],
  })
  await octokit.rest.git.createRef({ ...shop, ref: `refs/heads/${branch}`, sha: commit.data.sha })
  return { base: main.object.sha, sha: commit.data.sha, commit: commit.data }
}

test('commits by the Git database API are verified as the App, and lead to one pull request', async () => {
  await using github = await startLocalGitHub({ checkResponses: true })
  await openShop(github)
  const octokit = await asInstallation(github)
  const { base, sha, commit } = await publish(octokit, 'agent/1-x', '# Shop\nline\n')
  expect(commit).toMatchObject({
    author: {
      name: 'deckhand[bot]',
      email: expect.stringMatching(/^\d+\+deckhand\[bot\]@users\.noreply\.github\.com$/),
    },
    verification: { verified: true, reason: 'valid' },
    message: 'Change\n\nAgent-Run-Id: r_1',
  })
  const { data: all } = await octokit.rest.git.getTree({ ...shop, tree_sha: sha, recursive: '1' })
  expect(all.tree.filter((e) => e.type === 'blob').map((e) => `${e.mode} ${e.path}`)).toEqual([
    '100644 README.md',
    '100644 src/index.js',
    '100755 src/new.js',
  ])
  const { data: compared } = await octokit.rest.repos.compareCommitsWithBasehead({
    ...shop,
    basehead: 'main...agent/1-x',
  })
  expect(compared).toMatchObject({ status: 'ahead', ahead_by: 1, behind_by: 0, merge_base_commit: { sha: base } })
  expect(compared.files?.map((f) => `${f.status} ${f.filename}`)).toEqual([
    'modified README.md',
    'removed docs/deep/guide.md',
    'added src/new.js',
  ])

  const pull = { ...shop, title: 'Agent', head: 'agent/1-x', base: 'main', body: 'Fixes #1' }
  const { data: opened } = await octokit.rest.pulls.create(pull)
  expect(opened).toMatchObject({ commits: 1, changed_files: 3, user: { login: 'deckhand[bot]' }, head: { sha } })
  await expect(octokit.rest.pulls.create(pull)).rejects.toMatchObject({
    status: 422,
    response: { data: { errors: [{ message: 'A pull request already exists for acme:agent/1-x.' }] } },
  })
  expect((await octokit.rest.pulls.list({ ...shop, head: 'acme:agent/1-x', state: 'all' })).data).toHaveLength(1)
  expect((await octokit.rest.pulls.list({ ...shop, head: 'acme:other' })).data).toHaveLength(0)
  expect((await octokit.rest.pulls.get({ ...shop, pull_number: opened.number })).data.mergeable).toBe(true)
  await octokit.rest.pulls.requestReviewers({ ...shop, pull_number: opened.number, reviewers: ['octocat'] })
  await octokit.rest.pulls.update({ ...shop, pull_number: opened.number, title: 'Better' })
  expect((await octokit.rest.pulls.listFiles({ ...shop, pull_number: opened.number })).data).toHaveLength(3)
  await github.mergePull({ repository: 'acme/shop', number: opened.number, by: 'octocat' })
  expect(await github.readFile('acme/shop', 'main', 'README.md')).toBe('# Shop\nline\n')
  expect(github.pull('acme/shop', opened.number).merged).toBe(true)
  await github.deliveries.idle()
  expect(github.violations()).toEqual([])
  expect(github.responseViolations()).toEqual([])
})

test('refs and trees refuse what GitHub refuses', async () => {
  await using github = await startLocalGitHub({ checkResponses: true })
  await openShop(github)
  const octokit = await asInstallation(github)
  const { base, sha } = await publish(octokit, 'agent/1-x', 'x\n')
  const refusal = (message: string) => ({ status: 422, response: { data: { message } } })
  const refs = octokit.rest.git
  await expect(refs.createRef({ ...shop, ref: 'refs/heads/agent/1-x', sha })).rejects.toMatchObject(
    refusal('Reference already exists'),
  )
  await expect(refs.createRef({ ...shop, ref: 'refs/heads/y', sha: '1'.repeat(40) })).rejects.toMatchObject(
    refusal('Object does not exist'),
  )
  await expect(refs.updateRef({ ...shop, ref: 'heads/agent/1-x', sha: base })).rejects.toMatchObject(
    refusal('Update is not a fast forward'),
  )
  await expect(refs.updateRef({ ...shop, ref: 'heads/none', sha })).rejects.toMatchObject(
    refusal('Reference does not exist'),
  )
  await refs.updateRef({ ...shop, ref: 'heads/agent/1-x', sha: base, force: true })
  await expect(
    octokit.rest.pulls.create({ ...shop, title: 'Empty', head: 'agent/1-x', base: 'main' }),
  ).rejects.toMatchObject({
    response: { data: { errors: [{ message: 'No commits between main and agent/1-x' }] } },
  })
  await refs.deleteRef({ ...shop, ref: 'heads/agent/1-x' })
  await expect(refs.deleteRef({ ...shop, ref: 'heads/agent/1-x' })).rejects.toMatchObject(
    refusal('Reference does not exist'),
  )
  await expect(refs.getRef({ ...shop, ref: 'heads/agent/1-x' })).rejects.toMatchObject({ status: 404 })
  expect((await refs.listMatchingRefs({ ...shop, ref: 'heads/' })).data.map((r) => r.ref)).toEqual(['refs/heads/main'])
  const tree = (entry: object) => octokit.rest.git.createTree({ ...shop, base_tree: base, tree: [entry] })
  await expect(
    tree({ path: '.github/workflows/x.yml', mode: '100644', type: 'blob', content: 'on: push' }),
  ).rejects.toMatchObject({ status: 403 })
  await expect(tree({ path: 'missing', mode: '100644', type: 'blob', sha: null })).rejects.toMatchObject(
    refusal('GitRPC::BadObjectState'),
  )
  await expect(tree({ path: '../up', mode: '100644', type: 'blob', content: '' })).rejects.toMatchObject({
    status: 422,
  })
  // A folder goes as a whole.
  expect((await tree({ path: 'docs', mode: '040000', type: 'tree', sha: null })).data.tree.map((e) => e.path)).toEqual([
    'README.md',
    'src',
  ])
  expect((await octokit.rest.repos.getBranch({ ...shop, branch: 'main' })).data.commit.sha).toBe(base)
  const file = (await octokit.rest.repos.getContent({ ...shop, path: 'docs/deep/guide.md' })).data
  expect(file).toMatchObject({
    type: 'file',
    encoding: 'base64',
    content: `${Buffer.from('Guide\n').toString('base64')}\n`,
  })
  expect((await octokit.rest.repos.getContent({ ...shop, path: 'docs' })).data).toMatchObject([
    { name: 'deep', type: 'dir' },
  ])
  expect((await octokit.rest.repos.listCommits(shop)).data).toHaveLength(1)
  expect(github.responseViolations()).toEqual([])
})

async function readToken(github: LocalGitHub, permissions: { contents: 'read' | 'write' }): Promise<string> {
  const { octokit } = appOf(github)
  const { data } = await octokit.request('GET /repos/{owner}/{repo}/installation', shop)
  const wanted = { installation_id: data.id, permissions }
  return (await octokit.request('POST /app/installations/{installation_id}/access_tokens', wanted)).data.token
}

test('git itself clones with a token, and pushes only with one that may write', async () => {
  await using github = await startLocalGitHub()
  await openShop(github)
  await using directory = await temporary()
  const url = (token: string) => `${github.url.replace('//', `//x-access-token:${token}@`)}/acme/shop.git`
  const work = join(directory.path, 'shop')
  await expect(git('clone', '-q', `${github.url}/acme/shop.git`, work)).rejects.toThrow('could not read Username')
  await expect(git('clone', '-q', url('ghs_wrong'), work)).rejects.toThrow('Authentication failed')
  const reading = await readToken(github, { contents: 'read' })
  await git('clone', '-q', '--depth=1', url(reading), work)
  expect(await readFile(join(work, 'README.md'), 'utf8')).toBe('# Shop\n')
  const header = `http.extraheader=AUTHORIZATION: basic ${Buffer.from(`x-access-token:${reading}`).toString('base64')}`
  await git('-c', header, '-C', work, 'fetch', '-q', `${github.url}/acme/shop.git`, 'main')

  await writeFile(join(work, 'README.md'), '# Changed\n')
  const identity = ['-c', 'user.name=octocat', '-c', 'user.email=octocat@users.noreply.github.com']
  await git('-C', work, ...identity, 'commit', '-qam', 'Change')
  await expect(git('-C', work, 'push', '-q', url(reading), 'HEAD:refs/heads/change')).rejects.toThrow('403')
  const pushes: string[] = []
  github.onEvent(({ name, payload }) => name === 'push' && pushes.push(String(payload['ref'])))
  const writing = await readToken(github, { contents: 'write' })
  await git('-C', work, 'push', '-q', url(writing), 'HEAD:refs/heads/change')
  await github.deliveries.idle()
  expect(pushes).toEqual(['refs/heads/change'])
  expect(await github.readFile('acme/shop', 'change', 'README.md')).toBe('# Changed\n')
})

test('a pull request follows the pushes of people', async () => {
  await using github = await startLocalGitHub({ checkResponses: true })
  await openShop(github)
  const octokit = await asInstallation(github)
  await github.push({ repository: 'acme/shop', by: 'octocat', branch: 'topic', files: { 'a.txt': 'a\n' } })
  const { data } = await octokit.rest.pulls.create({ ...shop, title: 'Topic', head: 'topic', base: 'main' })
  const actions: string[] = []
  github.onEvent(({ name, action }) => name === 'pull_request' && actions.push(String(action)))
  const sha = await github.push({
    repository: 'acme/shop',
    by: 'octocat',
    branch: 'topic',
    files: { 'b.txt': 'b\n', 'README.md': null },
  })
  expect(github.pull('acme/shop', data.number)).toMatchObject({ headSha: sha, commits: 2, changedFiles: 3 })
  github.closePull({ repository: 'acme/shop', number: data.number, by: 'octocat' })
  await github.deliveries.idle()
  expect(actions).toEqual(['synchronize', 'closed'])
  expect(github.responseViolations()).toEqual([])
})
