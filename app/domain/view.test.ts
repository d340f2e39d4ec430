/** A Run as everyone sees it, at each of the moments that look different. */
import { expect, test } from 'vitest'

import { RunBody } from '../contracts/api.ts'
import { defaultClocks } from './policy.ts'
import { begin } from './begin.ts'
import { fold } from './run.ts'
import type { Run } from './run.ts'
import { toRunBody } from './view.ts'

const urls = { publicUrl: 'https://agents.example.com', githubUrl: 'https://github.com' }
const queued: Run = begin('r_8k2f0q7w3z', {
  type: 'run.requested',
  at: Date.UTC(2026, 10, 20, 12),
  actor: 'octocat',
  data: {
    repository: { id: 1, owner: 'acme', name: 'shop', private: true, defaultBranch: 'main', installationId: 1 },
    issue: {
      number: 101,
      title: 'Add CSV export',
      body: 'secret plan',
      url: 'https://github.com/acme/shop/issues/101',
      digest: '',
    },
    trigger: { via: 'comment', id: 'c', commentId: 5, url: null },
    requestedBy: { id: 583_231, login: 'octocat' },
    agent: 'stub',
    instructions: 'whisper',
    baseRef: 'main',
    branch: 'agent/101-add-csv-export-8k2f0q7w3z',
    sandboxProvider: 'local',
    executorRepository: { owner: 'acme', name: 'runners' },
    dispatchId: '4be4c1b2-9d2a-4f5e-8a6e-2f4b0f8f9f11',
    clocks: defaultClocks,
  },
})

test('a queued Run has links and no facts yet', () => {
  const body = toRunBody(queued, urls)
  expect(RunBody.parse(body)).toEqual(body)
  expect(body).toMatchObject({
    view: { word: 'Queued' },
    reason: null,
    branch: null,
    workflowRun: null,
    createdAt: '2026-11-20T12:00:00.000Z',
    links: {
      self: 'https://agents.example.com/api/runs/r_8k2f0q7w3z',
      html: 'https://agents.example.com/runs/r_8k2f0q7w3z',
      events: 'https://agents.example.com/api/runs/r_8k2f0q7w3z/events',
      stream: 'https://agents.example.com/api/runs/r_8k2f0q7w3z/stream',
    },
  })
})

test('the workflow run is linked where it runs, the branch where it is pushed', () => {
  const body = toRunBody({ ...queued, workflowRunId: 42, branch: { name: 'agent/1-a#b', sha: 'a'.repeat(40) } }, urls)
  const url = 'https://github.com/acme/runners/actions/runs/42'
  expect(body.workflowRun).toEqual({ id: 42, attempt: 1, url, status: null, conclusion: null })
  expect(body.branch?.url).toBe('https://github.com/acme/shop/tree/agent/1-a%23b')
})

test('what a Run took is its present attempt, without what it stood paused', () => {
  const at = queued.createdAt
  const iso = (ms: number) => new Date(at + ms).toISOString()
  const paused = fold(queued, {
    type: 'run.paused',
    data: { by: 'octocat', reason: 'paused_by_person', leftMs: 1 },
    at: at + 5_000,
    actor: 'app',
  })
  const resumed = fold(paused, {
    type: 'run.resumed',
    data: { by: 'octocat', via: 'api', dispatchId: 'd' },
    at: at + 65_000,
    actor: 'octocat',
  })
  const failed = { type: 'run.failed', data: { reason: 'agent_failed', detail: null }, actor: 'app' } as const
  const [once, twice] = [fold(resumed, { ...failed, at: at + 70_000 }), fold(paused, { ...failed, at: at + 90_000 })]
  const retried = fold(once, {
    type: 'run.retried',
    data: { by: 'octocat', attempt: 2, dispatchId: 'e', branch: 'agent/101-b.2' },
    at: at + 200_000,
    actor: 'octocat',
  })
  expect([queued, paused, resumed, once, twice, retried].map((run) => toRunBody(run, urls).took)).toEqual([
    { from: iso(0), to: null },
    { from: iso(0), to: iso(5_000) },
    { from: iso(60_000), to: null },
    { from: iso(60_000), to: iso(70_000) },
    { from: iso(85_000), to: iso(90_000) },
    { from: iso(200_000), to: null },
  ])
  expect(toRunBody(paused, urls).reason?.cause).toBe('octocat paused the run.')
})

test('a Run that is being stopped says so until it has ended, and then says why', () => {
  const stop = { kind: 'cancel', by: 'octocat', reason: null, at: 0, code: 'cancelled_by_person' } as const
  expect(toRunBody({ ...queued, stop }, urls).cancelRequested).toBe(true)
  const ended = toRunBody({ ...queued, stop, status: 'cancelled', phase: null, reason: 'cancelled_by_person' }, urls)
  expect(RunBody.parse(ended)).toMatchObject({ cancelRequested: false, view: { word: 'Cancelled' } })
  expect(ended.reason?.cause).toMatch(/\.$/)
})

test('what only the ledger and GitHub hold is not repeated to everyone', () => {
  expect(JSON.stringify(toRunBody(queued, urls))).not.toMatch(/secret plan|whisper|installationId/)
})
