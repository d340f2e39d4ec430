/** GitHub's side of Actions: dispatches, workflow runs, cancelling, artifacts, check runs. */
import { expect, test } from 'vitest'

import { startLocalGitHub } from './local-github.ts'
import { asInstallation, openShop } from './testing.ts'
import type { LocalGitHub, RepositoryDispatch } from './types.ts'

const shop = { owner: 'acme', repo: 'shop' }

async function startRun(github: LocalGitHub, event = 'repository_dispatch') {
  const octokit = await asInstallation(github)
  const { data } = await octokit.rest.git.getRef({ ...shop, ref: 'heads/main' })
  const run = github.createWorkflowRun({
    repository: 'acme/shop',
    workflowPath: '.github/workflows/deckhand.yml',
    name: 'Deckhand',
    displayTitle: 'Run r_1',
    event,
    headSha: data.object.sha,
    headBranch: 'main',
    actor: 'deckhand[bot]',
  })
  return { octokit, run, sha: data.object.sha }
}

test('a dispatch reaches the runner whole, within the limits of GitHub', async () => {
  await using github = await startLocalGitHub({ checkResponses: true })
  await openShop(github)
  const heard: RepositoryDispatch[] = []
  github.onRepositoryDispatch((dispatch) => heard.push(dispatch))
  const octokit = await asInstallation(github)
  const send = (client_payload: Record<string, unknown>, event_type = 'deckhand.run') =>
    octokit.rest.repos.createDispatchEvent({ ...shop, event_type, client_payload })
  expect((await send({ v: 1, run_id: 'r_1' })).status).toBe(204)
  await github.deliveries.idle()
  expect(heard).toMatchObject([
    { eventType: 'deckhand.run', clientPayload: { v: 1, run_id: 'r_1' }, sender: { login: 'deckhand[bot]' } },
  ])
  expect(heard[0]?.payload).toMatchObject({
    action: 'deckhand.run',
    branch: 'main',
    repository: { full_name: 'acme/shop' },
  })
  expect(github.responseViolations()).toEqual([])
  const eleven = Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`k${n}`, n]))
  await expect(send(eleven)).rejects.toThrow('No more than 10 properties are allowed; 11 were supplied.')
  await expect(send({ big: 'x'.repeat(70_000) })).rejects.toThrow('client_payload is too large.')
  await expect(send({}, 'x'.repeat(101))).rejects.toMatchObject({ status: 422 })
  expect(heard).toHaveLength(1)
})

test('workflow runs are listed, filtered and cancelled; ending one is the matter of the runner', async () => {
  await using github = await startLocalGitHub({ checkResponses: true })
  await openShop(github)
  const { octokit, run, sha } = await startRun(github)
  await startRun(github, 'push')
  const cancels: [number, boolean][] = []
  github.onWorkflowRunCancel((id, force) => cancels.push([id, force]))
  const list = async (query: object) => (await octokit.rest.actions.listWorkflowRunsForRepo({ ...shop, ...query })).data
  const today = new Date().toISOString().slice(0, 10)
  expect(await list({ event: 'repository_dispatch', status: 'queued', created: `>=${today}` })).toMatchObject({
    total_count: 1,
    workflow_runs: [{ id: run.id, display_title: 'Run r_1', path: '.github/workflows/deckhand.yml', head_sha: sha }],
  })
  expect((await list({ created: '<2020-01-01' })).total_count).toBe(0)
  const record = github.createWorkflowJob(run.id, { name: 'agent' })
  expect(record.checkRunId).toBe(record.id)
  github.updateWorkflowRun(run.id, { status: 'in_progress' })
  github.updateWorkflowJob(record.id, { status: 'in_progress', runnerName: 'local-1' })
  const id = { ...shop, run_id: run.id }
  expect((await octokit.rest.actions.cancelWorkflowRun(id)).status).toBe(202)
  expect((await octokit.rest.actions.forceCancelWorkflowRun(id)).status).toBe(202)
  expect(cancels).toEqual([
    [run.id, false],
    [run.id, true],
  ])
  github.updateWorkflowJob(record.id, { conclusion: 'cancelled' })
  github.updateWorkflowRun(run.id, { conclusion: 'cancelled' })
  await expect(octokit.rest.actions.cancelWorkflowRun(id)).rejects.toMatchObject({ status: 409 })
  expect((await octokit.rest.actions.getWorkflowRun(id)).data).toMatchObject({
    status: 'completed',
    conclusion: 'cancelled',
  })
  expect((await octokit.rest.actions.listJobsForWorkflowRun(id)).data.jobs).toMatchObject([
    { name: 'agent', conclusion: 'cancelled' },
  ])
  await octokit.rest.actions.reRunWorkflow(id)
  expect(github.state.workflowRuns[0]).toMatchObject({ attempt: 2, status: 'queued', conclusion: null })
  await github.deliveries.idle()
  expect(github.violations()).toEqual([])
  expect(github.responseViolations()).toEqual([])
})

test('an artifact is downloaded through a link of one minute', async () => {
  let now = Date.now()
  await using github = await startLocalGitHub({ checkResponses: true, now: () => now })
  await openShop(github)
  const { octokit, run } = await startRun(github)
  const zip = new Uint8Array([80, 75, 5, 6, 0])
  github.addArtifact(run.id, 'deckhand-undelivered-r_1', zip)
  const { data } = await octokit.rest.actions.listWorkflowRunArtifacts({
    ...shop,
    run_id: run.id,
    name: 'deckhand-undelivered-r_1',
  })
  const [artifact] = data.artifacts
  expect(artifact).toMatchObject({ size_in_bytes: 5, digest: expect.stringMatching(/^sha256:/) })
  const wanted = { ...shop, artifact_id: artifact?.id ?? 0, archive_format: 'zip' }
  const whole = await octokit.rest.actions.downloadArtifact(wanted)
  expect(new Uint8Array(whole.data as ArrayBuffer)).toEqual(zip)
  const link = await octokit.rest.actions.downloadArtifact({ ...wanted, request: { redirect: 'manual' } })
  now += 61_000
  expect((await fetch(link.headers.location ?? '')).status).toBe(403)
  expect(github.responseViolations()).toEqual([])
})

test('a check run is made, moved and found again by its external id', async () => {
  await using github = await startLocalGitHub({ checkResponses: true })
  await openShop(github)
  const { octokit, sha } = await startRun(github)
  const { data: check } = await octokit.rest.checks.create({
    ...shop,
    name: 'Deckhand',
    head_sha: sha,
    external_id: 'r_1',
    status: 'in_progress',
    output: { title: 'Working', summary: 'Step 1' },
  })
  await octokit.rest.checks.update({
    ...shop,
    check_run_id: check.id,
    conclusion: 'success',
    output: { title: 'Done', summary: 'All' },
  })
  const found = await octokit.rest.checks.listForRef({ ...shop, ref: 'main', check_name: 'Deckhand' })
  expect(found.data.check_runs).toMatchObject([
    {
      id: check.id,
      external_id: 'r_1',
      status: 'completed',
      conclusion: 'success',
      app: { slug: 'deckhand' },
      output: { title: 'Done' },
    },
  ])
  await expect(octokit.rest.checks.create({ ...shop, name: 'X', head_sha: '0'.repeat(40) })).rejects.toMatchObject({
    status: 422,
  })
  expect(github.violations()).toEqual([])
  expect(github.responseViolations()).toEqual([])
})
