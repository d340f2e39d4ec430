/** The pull request of a Run on the local GitHub: its label, its reviewer, and the link to the earlier one (surfaces.md 1.9). */
import { expect, test } from 'vitest'

import type { Proposal } from '../../app/contracts/executor.ts'
import { branch, openWorld, put, runId, toWrite } from '../../test/stack/github-world.ts'
import type { World } from '../../test/stack/github-world.ts'
import { tellStory } from '../../test/support/story.ts'
import { programAsPerson } from '../domain/people.ts'
import { createUrls } from '../domain/render/urls.ts'
import type { Run } from '../domain/run.ts'
import { openPullRequest } from './open-pull-request.ts'
import type { PerformDeps } from './perform.ts'

async function openedFor(change: Partial<Run> = {}, earlier: number[] = [], before?: (w: World) => void) {
  const w = await openWorld()
  before?.(w)
  const write = await toWrite(w)
  await w.github.writeBranch(w.repo, write)
  const story = tellStory()
  await story.upTo('proposal.submitted')
  const repository = { ...story.run.repository, ...w.repo }
  const issue = { ...story.run.issue, number: w.issue }
  const run = { ...story.run, id: runId, repository, issue, branchName: branch, baseSha: write.base, ...change }
  const files = [put('README.md', '# Shop\nhello\n')]
  const proposal: Proposal = {
    v: 1,
    runId,
    attempt: 1,
    baseSha: write.base,
    summary: 'Did it.',
    risks: [],
    handoff: { goal: '', did: '', forNextAgent: '' },
    commits: [{ message: 'Add a line', files }],
  }
  const deps = {
    github: w.github,
    urls: createUrls({ publicUrl: 'https://agents.example.com', githubUrl: w.local.url }),
    knownSecrets: [],
    proposal: async () => proposal,
    earlierPullRequests: async () => earlier,
    log: { info() {}, warn() {}, error() {} },
  } as unknown as PerformDeps
  w.local.clearRequests()
  const { outcome } = await openPullRequest(deps, { run, retried: false, memo: {} })
  const { number, draft } = outcome!.data as { number: number; draft: boolean }
  return { w, number, draft, issue: w.local.issue('acme/shop', number), pull: w.local.pull('acme/shop', number) }
}

test('it carries the label in its colour, asks who asked for it to review, and names the earlier one', async () => {
  const { w, number, issue, pull } = await openedFor({}, [7])
  await using _ = w
  expect(number).toBe(w.issue + 1)
  expect(issue.title).toBe(`Add a line (#${w.issue})`)
  expect(issue.body).toMatch(new RegExp(`^Closes #${w.issue}\n\nEarlier for the same issue: #7\\.\n`))
  expect(issue.body).toMatch(new RegExp(`<!-- deckhand:v1 created_by_run_id=${runId} issue=${w.issue} -->$`))
  const labels = w.local.repository('acme/shop').labels.filter(({ id }) => issue.labelIds.includes(id))
  expect(labels).toMatchObject([{ name: 'agent-pr', color: '8250df' }])
  expect(pull.requestedReviewerIds).toEqual([w.local.user('octocat').id])
})

test('a draft where it was asked for, and an open one where the repository has no drafts', async () => {
  const { w, pull, draft } = await openedFor({ draft: true })
  await using _ = w
  expect([pull.draft, draft]).toEqual([true, true])
  const refused = { message: 'Draft pull requests are not supported in this repository.' }
  const second = await openedFor({ draft: true }, [], ({ local }) =>
    local.faults.failNext({ method: 'POST', path: /\/pulls$/, status: 422, body: refused }),
  )
  await using __ = second.w
  expect([second.pull.draft, second.draft]).toEqual([false, false])
})

test('a label warns where the gates were turned off', async () => {
  const { w, issue } = await openedFor({ gatesOff: true })
  await using _ = w
  const labels = w.local.repository('acme/shop').labels.filter(({ id }) => issue.labelIds.includes(id))
  expect(labels).toMatchObject([
    { name: 'agent-pr', color: '8250df' },
    { name: 'agent: gates off', color: 'cf222e' },
  ])
})

test('who asked for the attempt is asked to review, and not who asked for the one before', async () => {
  const retrier = { id: 0, login: 'hubot' }
  const giveAccess = ({ local }: World) => {
    local.setCollaborator({ repository: 'acme/shop', login: 'hubot', role: 'write' })
    retrier.id = local.user('hubot').id
  }
  const { w, pull } = await openedFor({ retriedBy: retrier }, [], giveAccess)
  await using _ = w
  expect(pull.requestedReviewerIds).toEqual([w.local.user('hubot').id])
})

test('a program that asked is nobody whom GitHub could ask', async () => {
  const { w, pull } = await openedFor({ requestedBy: programAsPerson('ci') })
  await using _ = w
  expect(pull.requestedReviewerIds).toEqual([])
  expect(w.local.requests.filter(({ path }) => path.endsWith('/requested_reviewers'))).toEqual([])
})
