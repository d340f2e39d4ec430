/** Webhooks of workflow runs, as GitHub sends them: only those of our own workflow that an App started are about a Run. */
import { expect, test } from 'vitest'

import { openShopWithHandlers } from '../../test/support/shop-with-handlers.ts'
import type { ShopWithHandlers } from '../../test/support/shop-with-handlers.ts'
import { CALLER_PATH } from '../domain/caller-workflow.ts'

interface Payload {
  action: string
  repository: { id: number }
  workflow_run: {
    id: number
    path: string
    event: string
    display_title: string
    conclusion: string | null
    created_at: string
    triggering_actor: object
  }
}

/** A Run that was dispatched, and the workflow run that GitHub made of it. */
async function dispatched(w: ShopWithHandlers): Promise<Payload> {
  await w.say('/assign-agent')
  const { id } = w.runs()[0]!
  w.story.follow(id)
  await w.story.dispatched()
  const workflow = w.local.createWorkflowRun({
    repository: 'acme/shop',
    workflowPath: CALLER_PATH,
    name: 'Deckhand',
    displayTitle: `run ${id}`,
    event: 'repository_dispatch',
    headSha: await w.github.baseCommit(w.repo, 'heads/main'),
    headBranch: 'main',
    actor: `${w.local.app.slug}[bot]`,
  })
  w.local.updateWorkflowRun(workflow.id, { status: 'in_progress' })
  const payload = (await w.newest('workflow_run')) as unknown as Payload
  // The story has a clock of its own.
  payload.workflow_run.created_at = new Date(w.story.now).toISOString()
  return payload
}

test('the webhook of its job says how it stands, and GitHub may put a ref behind the file', async () => {
  await using w = await openShopWithHandlers()
  const payload = await dispatched(w)
  payload.workflow_run.path += '@refs/heads/main'
  expect(await w.receive('workflow_run', payload)).toMatchObject({ outcome: 'processed' })
  const { id: workflowRunId } = payload.workflow_run
  expect(w.story.run.ci).toMatchObject({ workflowRunId, status: 'in_progress', conclusion: null })
  await w.story.bind({ workflowRunId })
  w.local.updateWorkflowRun(workflowRunId, { conclusion: 'failure' })
  expect(await w.last('workflow_run')).toMatchObject({ outcome: 'processed' })
  expect(w.story.run).toMatchObject({ status: 'running', ci: { status: 'completed', conclusion: 'failure' } })
})

test('another workflow, trigger, person, name or repository says nothing of a Run', async () => {
  await using w = await openShopWithHandlers()
  const payload = await dispatched(w)
  const before = structuredClone(w.story.run)
  const bent = (change: (payload: Payload) => void): Payload => {
    const copy = structuredClone(payload)
    change(copy)
    return copy
  }
  const foreign: [string, Payload][] = [
    ['not our workflow', bent((p) => (p.workflow_run.path = '.github/workflows/other.yml'))],
    ['not our workflow', bent((p) => (p.workflow_run.path = `x/${CALLER_PATH}`))],
    ['not our workflow', bent((p) => (p.workflow_run.event = 'workflow_dispatch'))],
    [
      'not started by an App',
      bent((p) => (p.workflow_run.triggering_actor = { id: 2, login: 'octocat', type: 'User' })),
    ],
    [
      'not started by an App',
      bent((p) => (p.workflow_run.triggering_actor = { id: 3, login: 'github-actions[bot]', type: 'Bot' })),
    ],
    ['names no run', bent((p) => (p.workflow_run.display_title = 'Deckhand'))],
    ['names no run', bent((p) => (p.workflow_run.display_title += ' r_zzzzzzzzzz'))],
    ['no run of this repository', bent((p) => (p.workflow_run.display_title = 'run r_zzzzzzzzzz'))],
    ['no run of this repository', bent((p) => (p.repository.id += 1))],
  ]
  for (const [reason, forged] of foreign) {
    for (const action of ['in_progress', 'completed']) {
      const delivered = await w.receive('workflow_run', { ...forged, action })
      expect(delivered).toEqual({ outcome: 'ignored', reason })
    }
  }
  expect(await w.receive('workflow_run', { ...payload, workflow_run: {} })).toMatchObject({ outcome: 'refused' })
  const loud = bent((p) => (p.workflow_run.conclusion = '<script>'))
  expect(await w.receive('workflow_run', loud)).toMatchObject({ outcome: 'refused' })
  expect(w.story.run).toEqual(before)
})
