/** A pull request behind a lost answer, when its Run was cancelled meanwhile: it is closed once the Run has ended, not looked for before. */
import { expect, test } from 'vitest'

import { branch, openWorld, runId, toWrite } from '../../test/stack/github-world.ts'
import type { World } from '../../test/stack/github-world.ts'
import { tellStory } from '../../test/support/story.ts'
import { pullRequestMarker } from '../domain/render/markers.ts'
import type { PerformDeps } from './perform.ts'
import { NotYet } from './perform.ts'
import { withdrawPullRequest } from './withdraw-pull-request.ts'

/** A pull request for the branch: the Run's own, unless its text is another one. */
async function opened(w: World, body = `Closes #1\n\n${pullRequestMarker(runId)}issue=1 -->`) {
  await w.github.writeBranch(w.repo, await toWrite(w))
  const text = { base: 'main', title: 'Add a line', body, draft: false, marker: '', retried: false }
  return w.github.openPullRequest(w.repo, { head: branch, ...text })
}

test('a pull request that appeared while its Run was being cancelled is withdrawn when the Run has ended', async () => {
  await using w = await openWorld()
  const { number } = await opened(w)

  const story = tellStory()
  await story.upTo('proposal.submitted')
  await story.submit({ type: 'cancel', by: 'octocat', reason: null, via: 'comment', at: 0 })
  const stopping = { ...story.run, id: runId, repository: { ...story.run.repository, ...w.repo }, branchName: branch }
  const deps = { github: w.github } as PerformDeps
  const perform = (run: typeof stopping) => withdrawPullRequest(deps, { run, retried: false, memo: {} })
  await expect(perform(stopping)).rejects.toBeInstanceOf(NotYet)
  expect(await perform({ ...stopping, status: 'cancelled' })).toEqual({
    outcome: { type: 'pull_request.withdrawn', data: { number } },
  })
  expect(w.local.pull('acme/shop', number)).toBeDefined()
  expect(w.local.issue('acme/shop', number).state).toBe('closed')
})

test('one whose number is known is closed without looking for it', async () => {
  await using w = await openWorld()
  const { number } = await opened(w)
  const story = tellStory()
  await story.upTo('proposal.submitted')
  const failed = { ...story.run, status: 'failed' as const, strayPullRequest: number, branchName: branch }
  // A look that fails, and that nobody waits for, would end the process.
  const findPullRequest = () => Promise.reject(new Error('GitHub answered 502'))
  const closePullRequest = (...args: Parameters<typeof w.github.closePullRequest>) => w.github.closePullRequest(...args)
  const github = { findPullRequest, closePullRequest }
  const run = { ...failed, repository: { ...failed.repository, ...w.repo } }
  const perform = withdrawPullRequest({ github } as unknown as PerformDeps, { run, retried: false, memo: {} })
  expect(await perform).toMatchObject({ outcome: { data: { number } } })
  expect(w.local.issue('acme/shop', number).state).toBe('closed')
})

test('one without the mark of the Run stays open: a person made it for the branch, or rewrote its text', async () => {
  await using w = await openWorld()
  const { number } = await opened(w, 'In my own words.')
  const story = tellStory()
  await story.upTo('proposal.submitted')
  const repository = { ...story.run.repository, ...w.repo }
  const run = { ...story.run, id: runId, status: 'failed' as const, repository, branchName: branch }
  const deps = { github: w.github } as PerformDeps
  expect(await withdrawPullRequest(deps, { run, retried: false, memo: {} })).toEqual({ outcome: null })
  expect(w.local.issue('acme/shop', number).state).toBe('open')
})
