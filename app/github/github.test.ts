/** Actions, deliveries and all kinds of failure against the local GitHub. */
import { inspect } from 'node:util'

import { describe, expect, test } from 'vitest'

import { openWorld, portOf, runId } from '../../test/stack/github-world.ts'

const LABEL = { name: 'x', color: '8250df', description: 'For a test' }

describe('Actions', () => {
  test('a dispatch carries its payload, and its workflow run is found by the Run id', async () => {
    await using w = await openWorld()
    const heard: unknown[] = []
    w.local.onRepositoryDispatch((dispatch) => heard.push(dispatch.clientPayload))
    const since = Date.now()
    const payload = {
      v: 1 as const,
      run_id: runId,
      attempt: 1,
      dispatch_id: '0192f0c1-2345-7abc-8def-0123456789ab',
      nonce: 'n'.repeat(43),
      callback_url: `http://127.0.0.1/api/runs/${runId}`,
      traceparent: '00-0-0-01',
    }
    const keptBack = w.github.fireDispatch(w.repo, payload, () => Promise.reject(new Error('not now')))
    await expect(keptBack).rejects.toThrow('not now')
    expect(heard).toEqual([])
    await w.github.fireDispatch(w.repo, payload, async () => {})
    expect(heard).toEqual([payload])
    expect(await w.github.findWorkflowRun(w.repo, runId, since)).toMatchObject({ state: 'absent' })
    const base = {
      repository: 'acme/shop',
      workflowPath: '.github/workflows/deckhand.yml',
      name: 'Deckhand',
      event: 'repository_dispatch',
      headSha: await w.github.baseCommit(w.repo, 'main'),
      headBranch: 'main',
    }
    w.local.createWorkflowRun({ ...base, displayTitle: 'run r_0000000000' })
    const { id } = w.local.createWorkflowRun({ ...base, displayTitle: `run ${runId}` })
    expect(await w.github.findWorkflowRun(w.repo, runId, since)).toEqual({
      state: 'queued',
      workflowRunId: id,
      runAttempt: 1,
      conclusion: null,
    })
    const cancels: boolean[] = []
    w.local.onWorkflowRunCancel((_, force) => cancels.push(force))
    expect(await w.github.cancelWorkflowRun(w.repo, id, false)).toBe('requested')
    expect(await w.github.cancelWorkflowRun(w.repo, id, true)).toBe('requested')
    expect(cancels).toEqual([false, true])
    w.local.updateWorkflowRun(id, { status: 'completed', conclusion: 'cancelled' })
    expect(await w.github.cancelWorkflowRun(w.repo, id, false)).toBe('over')
    expect(await w.github.findWorkflowRun(w.repo, runId, since)).toMatchObject({
      state: 'completed',
      conclusion: 'cancelled',
    })
  })

  test('a workflow that GitHub could not start has no title of ours, and is found all the same', async () => {
    await using w = await openWorld()
    const since = Date.now()
    const base = {
      repository: 'acme/shop',
      workflowPath: '.github/workflows/deckhand.yml',
      name: '.github/workflows/deckhand.yml',
      event: 'repository_dispatch',
      headSha: await w.github.baseCommit(w.repo, 'main'),
      headBranch: 'main',
      actor: `${w.local.app.slug}[bot]`,
    }
    const over = { status: 'completed', conclusion: 'startup_failure' } as const
    // Somebody else's dispatch, and another Run's.
    w.local.updateWorkflowRun(w.local.createWorkflowRun({ ...base, actor: 'octocat' }).id, over)
    w.local.updateWorkflowRun(w.local.createWorkflowRun({ ...base, displayTitle: 'run r_0000000000' }).id, over)
    expect(await w.github.findWorkflowRun(w.repo, runId, since)).toMatchObject({ state: 'absent' })
    const { id } = w.local.createWorkflowRun(base)
    w.local.updateWorkflowRun(id, over)
    const found = { state: 'completed', workflowRunId: id, runAttempt: 1, conclusion: 'startup_failure' }
    expect(await w.github.findWorkflowRun(w.repo, runId, since)).toEqual(found)
    const ours = w.local.createWorkflowRun({ ...base, displayTitle: `run ${runId}` })
    expect(await w.github.findWorkflowRun(w.repo, runId, since)).toMatchObject({ workflowRunId: ours.id })
  })

  test('the workflow run of the former job, and what is older, is none of the present one', async () => {
    let aheadMs = 0
    await using w = await openWorld({ now: () => Date.now() + aheadMs })
    const since = Date.now()
    const queued = {
      repository: 'acme/shop',
      workflowPath: '.github/workflows/deckhand.yml',
      name: 'Deckhand',
      displayTitle: `run ${runId}`,
      event: 'repository_dispatch',
      headSha: await w.github.baseCommit(w.repo, 'main'),
      headBranch: 'main',
    }
    const over = { status: 'completed', conclusion: 'failure' } as const
    const first = w.local.createWorkflowRun(queued)
    aheadMs += 5_000
    const former = w.local.createWorkflowRun(queued)
    for (const { id } of [first, former]) w.local.updateWorkflowRun(id, over)
    const find = () => w.github.findWorkflowRun(w.repo, runId, since, former.id)
    expect(await find()).toMatchObject({ state: 'absent' })
    aheadMs += 5_000
    const present = w.local.createWorkflowRun(queued)
    expect(await find()).toMatchObject({ state: 'queued', workflowRunId: present.id })
    w.local.updateWorkflowRun(present.id, over)
    expect(await find()).toMatchObject({ state: 'completed', workflowRunId: present.id })
  })

  test('what a job left behind can be fetched', async () => {
    await using w = await openWorld()
    const run = w.local.createWorkflowRun({
      repository: 'acme/shop',
      workflowPath: '.github/workflows/deckhand.yml',
      name: 'Deckhand',
      event: 'repository_dispatch',
      headSha: await w.github.baseCommit(w.repo, 'main'),
      headBranch: 'main',
    })
    expect(await w.github.downloadArtifact(w.repo, run.id, 'left')).toBeNull()
    w.local.addArtifact(run.id, 'left', new Uint8Array([80, 75, 5, 6]))
    expect(await w.github.downloadArtifact(w.repo, run.id, 'left')).toEqual(new Uint8Array([80, 75, 5, 6]))
  })

  test('a read token is for one repository and its contents only, and a fresh one each time', async () => {
    await using w = await openWorld()
    const one = await w.github.readToken(w.repo)
    const two = await w.github.readToken(w.repo)
    expect(two.value).not.toBe(one.value)
    const record = w.local.state.tokens.find((token) => token.token === two.value)
    expect(record).toMatchObject({
      permissions: expect.objectContaining({ contents: 'read' }),
      repositoryIds: [w.repo.id],
    })
  })
})

describe('failures', () => {
  test('a limit says when to come back', async () => {
    await using w = await openWorld()
    await w.github.issue(w.repo, w.issue)
    w.local.faults.secondaryLimit({ retryAfterSeconds: 42, times: 1 })
    await expect(w.github.issue(w.repo, w.issue)).rejects.toMatchObject({ kind: 'rate_limited', retryAfterMs: 42_000 })
    w.local.faults.rateLimit({ remaining: 0, resetInMs: 30_000 })
    const error = await w.github
      .issue(w.repo, w.issue)
      .catch((e: unknown) => e as { kind: string; retryAfterMs: number })
    expect(error).toMatchObject({ kind: 'rate_limited' })
    expect((error as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(20_000)
  })

  test('a reading request is repeated after a 5xx, a writing one is not', async () => {
    await using w = await openWorld()
    await w.github.issue(w.repo, w.issue)
    w.local.faults.failNext({ method: 'GET', path: /issues/, status: 502 })
    expect(await w.github.issue(w.repo, w.issue)).toMatchObject({ number: w.issue })
    w.local.faults.failNext({ method: 'POST', path: /labels/, status: 502, times: 1 })
    await expect(w.github.addLabels(w.repo, w.issue, [LABEL])).rejects.toMatchObject({
      kind: 'unavailable',
      status: 502,
    })
  })

  test('a GitHub that hangs is unavailable before anybody loses patience', async () => {
    await using w = await openWorld()
    const impatient = portOf(w.local, 2_000)
    await impatient.issue(w.repo, w.issue)
    w.local.faults.hang({ method: 'GET', path: /issues/ })
    await expect(impatient.issue(w.repo, w.issue)).rejects.toMatchObject({ kind: 'unavailable' })
    w.local.faults.clear()
    w.local.faults.failNext({ method: 'POST', path: /labels/, status: 0 })
    await expect(w.github.addLabels(w.repo, w.issue, [LABEL])).rejects.toMatchObject({
      kind: 'unavailable',
      status: null,
    })
  })

  test('an error never carries what was sent', async () => {
    await using w = await openWorld()
    w.local.faults.failNext({ method: 'POST', path: /dispatches/, status: 422, body: { message: 'No' } })
    const payload = {
      v: 1 as const,
      run_id: runId,
      attempt: 1,
      dispatch_id: '0192f0c1-2345-7abc-8def-0123456789ab',
      nonce: 'nonce'.padEnd(43, 'x'),
      callback_url: `http://127.0.0.1/api/runs/${runId}`,
      traceparent: '00-0-0-01',
    }
    const error: unknown = await w.github.fireDispatch(w.repo, payload).catch((e: unknown) => e)
    expect(error).toMatchObject({ kind: 'invalid', message: 'POST /api/v3/repos/acme/shop/dispatches: 422 No' })
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(payload.nonce)
  })

  test('a missing permission is forbidden, a wrong key too', async () => {
    await using w = await openWorld()
    w.local.setInstallationPermissions({ account: 'acme', permissions: { metadata: 'read', contents: 'read' } })
    await expect(portOf(w.local).addLabels(w.repo, w.issue, [LABEL])).rejects.toMatchObject({ kind: 'forbidden' })
  })
})

test('lost deliveries are listed and asked for again', async () => {
  await using w = await openWorld()
  w.local.setWebhookUrl('http://127.0.0.1:9/hooks')
  w.local.comment({ repository: 'acme/shop', number: w.issue, by: 'octocat', body: 'hello' })
  await w.local.deliveries.idle()
  const { attempts } = await w.github.listDeliveries(0)
  expect(attempts[0]).toMatchObject({ event: 'issue_comment', ok: false })
  await w.github.redeliver(attempts[0]!.id)
  await w.local.deliveries.idle()
  const { attempts: after } = await w.github.listDeliveries(0)
  expect(after.filter((attempt) => attempt.guid === attempts[0]!.guid)).toHaveLength(2)
})
