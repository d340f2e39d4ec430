/** Branches, pull requests and checks against the local GitHub. */
import { describe, expect, test } from 'vitest'

import { branch, openWorld, put, runId, toWrite } from '../../test/stack/github-world.ts'

/** A check of a Run that is at work, but for the commit that it is for. */
const started = {
  name: 'Agent run',
  runId,
  detailsUrl: 'http://127.0.0.1/r/x',
  status: 'in_progress' as const,
  conclusion: null,
  title: 'Working',
  summary: 'text',
  actions: [],
  annotations: [],
  checkRunId: null,
  retried: false,
}

describe('branch and pull request', () => {
  test('commits are made in order on the base, text and bytes alike, in the name of the App', async () => {
    await using w = await openWorld()
    const picture = Buffer.from([0x89, 0x50, 0x00, 0xff])
    const message = (n: number): string => `Step ${n}\n\nAgent-Run-Id: ${runId}`
    const spec = await toWrite(w, {
      commits: [
        { message: message(1), files: [put('new/a.txt', 'a\n'), put('run.sh', '#!/bin/sh\n', '100755')] },
        { message: message(2), files: [put('logo.png', picture), { change: 'delete', path: 'src/index.js' }] },
      ],
    })
    w.local.clearRequests()
    expect(await w.github.writeBranch(w.repo, spec)).toMatchObject({ commits: 2 })
    expect(w.local.requests.map((r) => `${r.method} ${r.path.split('/').at(-1)}`)).toEqual([
      'POST trees',
      'POST commits',
      'POST blobs',
      'POST trees',
      'POST commits',
      'POST refs',
    ])
    expect(await w.local.readFile('acme/shop', branch, 'new/a.txt')).toBe('a\n')
    expect(await w.local.readFile('acme/shop', branch, 'README.md')).toBe('# Shop\n')
    expect(await w.local.readFile('acme/shop', branch, 'src/index.js')).toBeNull()
  })

  test('a branch is deleted where its tip is still the commit that was written, below agent/ only, and again without harm', async () => {
    await using w = await openWorld()
    const { sha } = await w.github.writeBranch(w.repo, await toWrite(w))
    await expect(w.github.deleteBranch(w.repo, { branch: 'main', sha })).rejects.toMatchObject({ kind: 'invalid' })
    const other = '0'.repeat(40)
    expect(await w.github.deleteBranch(w.repo, { branch, sha: other })).toBe('moved')
    expect(await w.local.readFile('acme/shop', branch, 'README.md')).not.toBeNull()
    expect(await w.github.deleteBranch(w.repo, { branch, sha })).toBe('deleted')
    expect(await w.github.deleteBranch(w.repo, { branch, sha })).toBe('absent')
  })

  test('writing again adopts the branch; a branch of somebody else is left alone', async () => {
    await using w = await openWorld()
    const spec = await toWrite(w)
    const first = await w.github.writeBranch(w.repo, spec)
    expect(await w.github.writeBranch(w.repo, { ...spec, retried: true })).toEqual(first)
    expect(await w.github.writeBranch(w.repo, spec)).toEqual(first)
    await w.local.push({ repository: 'acme/shop', by: 'octocat', branch: 'agent/mine', files: { x: 'y' } })
    const foreign = { ...spec, branch: 'agent/mine' }
    await expect(w.github.writeBranch(w.repo, foreign)).rejects.toMatchObject({ kind: 'conflict' })
    await expect(w.github.writeBranch(w.repo, { ...foreign, retried: true })).rejects.toMatchObject({
      kind: 'conflict',
    })
  })

  test.each(['main', 'feature/x', 'agent/', 'agent/../main', 'agent/a b', 'refs/heads/agent/x'])(
    'never writes to %s',
    async (name) => {
      await using w = await openWorld()
      const spec = { ...(await toWrite(w)), branch: name }
      w.local.clearRequests()
      await expect(w.github.writeBranch(w.repo, spec)).rejects.toMatchObject({ kind: 'invalid' })
      expect(w.local.requests).toHaveLength(0)
    },
  )

  test('a try that broke off goes on with the commits that were made', async () => {
    await using w = await openWorld()
    const spec = await toWrite(w)
    w.local.faults.failNext({ method: 'POST', path: /git\/refs$/, status: 503 })
    await expect(w.github.writeBranch(w.repo, spec)).rejects.toMatchObject({ kind: 'unavailable' })
    w.local.clearRequests()
    await w.github.writeBranch(w.repo, { ...spec, retried: true })
    expect(w.local.requests.map((r) => r.method)).toEqual(['GET', 'POST'])
  })

  test.each([
    ['the branch of the next attempt', { branch: `${branch}.2` }],
    ['another proposal for the same branch', {}],
  ])('a try that broke off leaves none of its commits to %s', async (_, change) => {
    await using w = await openWorld()
    const first = await toWrite(w)
    w.local.faults.failNext({ method: 'POST', path: /git\/refs$/, status: 503 })
    await expect(w.github.writeBranch(w.repo, first)).rejects.toMatchObject({ kind: 'unavailable' })
    const commits = first.commits.map((commit) => ({ ...commit, files: [put('README.md', '# Another\n')] }))
    const next = { ...first, ...change, commits }
    await w.github.writeBranch(w.repo, next)
    expect(await w.local.readFile('acme/shop', next.branch, 'README.md')).toBe('# Another\n')
  })

  test('one pull request per branch: a lost answer is adopted, a foreign one is a conflict', async () => {
    await using w = await openWorld()
    await w.github.writeBranch(w.repo, await toWrite(w))
    const marker = `created_by_run_id=${runId} `
    const pull = {
      head: branch,
      base: 'main',
      title: 'Add a line (#1)',
      body: `Closes #1\n<!-- ${marker}-->`,
      draft: false,
    }
    w.local.faults.failNext({ method: 'POST', path: /pulls$/, status: 502, apply: 'after' })
    const open = (retried: boolean, mark = marker) =>
      w.github.openPullRequest(w.repo, { ...pull, marker: mark, retried })
    await expect(open(false)).rejects.toMatchObject({ kind: 'unavailable' })
    const adopted = await open(true)
    expect(adopted).toMatchObject({ adopted: true, draft: false })
    expect(await open(false)).toEqual(adopted)
    await expect(open(true, 'another run')).rejects.toMatchObject({ kind: 'conflict' })
    await w.github.requestReviewer(w.repo, adopted.number, 'octocat')
    await w.github.requestReviewer(w.repo, adopted.number, 'nobody-here')
    expect(await w.github.findPullRequest(w.repo, branch, marker)).toBe(adopted.number)
    expect(await w.github.findPullRequest(w.repo, branch, 'another run')).toBeNull()
    await w.github.closePullRequest(w.repo, adopted.number)
    expect(await w.github.findPullRequest(w.repo, branch, marker)).toBeNull()
    expect(w.local.state.pulls).toHaveLength(1)
  })

  test('a branch without a commit of its own says so', async () => {
    await using w = await openWorld()
    const sha = await w.github.baseCommit(w.repo, 'main')
    await w.local.push({ repository: 'acme/shop', by: 'octocat', branch: 'agent/same', files: {} }).catch(() => sha)
    const pull = { head: 'main', base: 'main', title: 't', body: 'b', draft: false, marker: 'm', retried: false }
    await expect(w.github.openPullRequest(w.repo, pull)).rejects.toMatchObject({ kind: 'invalid' })
  })

  test('a check is made once and then changed', async () => {
    await using w = await openWorld()
    const { sha } = await w.github.writeBranch(w.repo, await toWrite(w))
    const check = { ...started, headSha: sha }
    const id = await w.github.publishCheck(w.repo, check)
    const done = { ...check, status: 'completed' as const, conclusion: 'success' as const }
    expect(await w.github.publishCheck(w.repo, { ...done, retried: true })).toBe(id)
    expect(await w.github.publishCheck(w.repo, { ...done, checkRunId: id })).toBe(id)
    expect(w.local.state.checkRuns).toMatchObject([{ externalId: runId, conclusion: 'success' }])
  })

  test('remarks beside files go fifty to a request, and an answer that was lost doubles none of them', async () => {
    await using w = await openWorld()
    const { sha } = await w.github.writeBranch(w.repo, await toWrite(w))
    const annotations = Array.from({ length: 120 }, (_, n) => ({ path: `${n}/package.json`, message: `Remark ${n}.` }))
    const check = { ...started, headSha: sha, annotations }
    w.local.clearRequests()
    await w.github.publishCheck(w.repo, { ...check, annotations: annotations.slice(0, 50) })
    expect(w.local.requests).toHaveLength(1)
    await w.github.publishCheck(w.repo, { ...check, retried: true })
    // The list, then the words with the second fifty, then the last twenty.
    expect(w.local.requests).toHaveLength(4)
    await w.github.publishCheck(w.repo, { ...check, retried: true })
    const [made] = w.local.state.checkRuns
    expect(w.local.state.checkRuns).toHaveLength(1)
    expect(made!.annotations.map(({ path, message }) => [path, message])).toEqual(
      annotations.map(({ path, message }) => [path, message]),
    )
    expect(made!.annotations[7]).toMatchObject({ start_line: 1, end_line: 1, annotation_level: 'warning' })
  })

  test('a check whose remarks GitHub refuses is published without them', async () => {
    await using w = await openWorld()
    const { sha } = await w.github.writeBranch(w.repo, await toWrite(w))
    const check = {
      headSha: sha,
      name: 'Agent run',
      runId,
      detailsUrl: 'http://127.0.0.1/r/x',
      status: 'in_progress' as const,
      conclusion: null,
      title: 'Working',
      summary: 'text',
      actions: [],
      annotations: [{ path: 'package.json', message: 'A remark.' }],
      checkRunId: null,
      retried: false,
    }
    w.local.faults.failNext({ method: 'POST', path: /\/check-runs$/, status: 422 })
    const id = await w.github.publishCheck(w.repo, check)
    w.local.faults.failNext({ method: 'PATCH', path: /\/check-runs\/\d+$/, status: 422 })
    expect(await w.github.publishCheck(w.repo, { ...check, title: 'Done', checkRunId: id })).toBe(id)
    expect(w.local.state.checkRuns).toMatchObject([{ id, output: { title: 'Done' }, annotations: [] }])
    // What was refused for another reason is refused again, and said: the words are not sent a third time.
    w.local.faults.failNext({ method: 'PATCH', path: /\/check-runs\/\d+$/, status: 422, times: 2 })
    await expect(w.github.publishCheck(w.repo, { ...check, checkRunId: id })).rejects.toMatchObject({ kind: 'invalid' })
    w.local.faults.failNext({ method: 'PATCH', path: /\/check-runs\/\d+$/, status: 422 })
    const plain = { ...check, annotations: [], checkRunId: id }
    await expect(w.github.publishCheck(w.repo, plain)).rejects.toMatchObject({ kind: 'invalid' })
  })
})
