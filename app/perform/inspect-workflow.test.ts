/** What became of a dispatch: by the workflow run's id where a webhook told of it, because GitHub's list may lag. */
import { expect, test } from 'vitest'

import { tellStory } from '../../test/support/story.ts'
import type { GitHubPort, WorkflowRunSighting } from '../github/port.ts'
import { cancelWorkflow } from './cancel-workflow.ts'
import { inspectWorkflow } from './inspect-workflow.ts'
import type { PerformDeps } from './perform.ts'

const absent: WorkflowRunSighting = { state: 'absent', workflowRunId: null, conclusion: null }
const ended: WorkflowRunSighting = { state: 'completed', workflowRunId: 77, runAttempt: 1, conclusion: 'failure' }

/** A Run of whose workflow run GitHub's webhooks told so, and that no job is bound to. */
async function told(...statuses: ('in_progress' | 'completed')[]) {
  const story = tellStory()
  await story.request()
  await story.dispatched()
  for (const status of statuses) {
    const conclusion = status === 'completed' ? 'failure' : null
    const place = { workflowRunId: 77, runAttempt: 1, createdAt: story.now }
    await story.submit({ type: 'workflow.changed', ...place, status, conclusion, at: 0 })
  }
  await story.settle()
  return story
}

/** Asks GitHub, which knows so much by list and by id; what it says is taken in. */
async function asked(story: Awaited<ReturnType<typeof told>>, listed: WorkflowRunSighting, byId: WorkflowRunSighting) {
  const calls: string[] = []
  const github = {
    findWorkflowRun: async () => (calls.push('list'), listed),
    workflowRun: async (_repo: unknown, id: number) => (calls.push(`id ${id}`), byId),
  }
  const deps = { github } as unknown as PerformDeps
  const { outcome } = await inspectWorkflow(deps, { run: story.run, retried: false, memo: {} })
  await story.submit({ type: 'outcome', outcome, at: 0 })
  return calls
}

test('a job that ended before it reported ends its Run, though the list does not show it yet: nothing is sent twice', async () => {
  const story = await told('in_progress', 'completed')
  expect(await asked(story, absent, ended)).toEqual(['id 77', 'list'])
  expect(story.run).toMatchObject({ status: 'failed', reason: 'dispatch_failed', dispatch: { sends: 1 } })
  expect(story.effects()).not.toContain('dispatch')
})

test('one that runs is waited for, and the list is not asked', async () => {
  const story = await told('in_progress')
  const runs: WorkflowRunSighting = { ...ended, state: 'in_progress', conclusion: null }
  expect(await asked(story, absent, runs)).toEqual(['id 77'])
  expect(story.run).toMatchObject({ status: 'queued', phase: 'dispatching' })
  expect(story.effects()).not.toContain('dispatch')
})

test('where a dispatch was sent twice, the one that lives counts', async () => {
  const story = await told('in_progress', 'completed')
  const other: WorkflowRunSighting = { state: 'queued', workflowRunId: 78, runAttempt: 1, conclusion: null }
  expect(await asked(story, other, ended)).toEqual(['id 77', 'list'])
  expect(story.run).toMatchObject({ status: 'queued', workflowRunId: 78 })
})

test('what no webhook told of, and what GitHub has no more, is looked for in the list', async () => {
  const silent = await told()
  expect(await asked(silent, absent, ended)).toEqual(['list'])
  expect(silent.effects()).toContain('dispatch')
  const gone = await told('in_progress', 'completed')
  expect(await asked(gone, absent, absent)).toEqual(['id 77', 'list'])
  expect(gone.effects()).toContain('dispatch')
})

/** A Run that was asked for again right after its job failed; GitHub's list knows the workflow run of that job alone. */
async function retried() {
  const story = await told('in_progress', 'completed')
  await asked(story, absent, ended)
  await story.engine.retry(story.run.id, 'octocat')
  await story.dispatched()
  const findWorkflowRun: GitHubPort['findWorkflowRun'] = async (_repo, _runId, _since, former) =>
    former === ended.workflowRunId ? absent : ended
  const cancelled: number[] = []
  const cancelWorkflowRun: GitHubPort['cancelWorkflowRun'] = async (_repo, id) => (cancelled.push(id), 'over')
  const deps = { github: { findWorkflowRun, cancelWorkflowRun } } as unknown as PerformDeps
  return { story, deps, cancelled }
}

test('the job of the attempt before does not stand for the present one: the dispatch that was lost is sent again', async () => {
  const { story, deps } = await retried()
  const { outcome } = await inspectWorkflow(deps, { run: story.run, retried: false, memo: {} })
  await story.submit({ type: 'outcome', outcome, at: 0 })
  expect(story.run).toMatchObject({ status: 'queued', attempt: 2 })
  expect(story.effects()).toContain('dispatch')
})

test('nor is it cancelled in the place of the present one', async () => {
  const { story, deps, cancelled } = await retried()
  await cancelWorkflow(deps, { run: story.run, retried: false, memo: {} })
  expect(cancelled).toEqual([])
})
