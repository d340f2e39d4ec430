/** A Run as everyone sees it: the API, the streams and the pages show this one shape, made in this one place. */
import type { RunBody } from '../contracts/api.ts'
import { isTerminal, statusView } from '../contracts/status.ts'
import { whyUnheard } from './messages.ts'
import { reasonText } from './render/reasons.ts'
import type { Run } from './run.ts'

/** Origins without a trailing slash. */
export interface ViewUrls {
  publicUrl: string
  githubUrl: string
}

/** Pure; times become ISO text, links become whole addresses. */
export function toRunBody(run: Run, urls: ViewUrls): RunBody {
  const { repository, issue, requestedBy, branch, pullRequest, sandbox, progress } = run
  return {
    id: run.id,
    status: run.status,
    phase: run.phase,
    view: { ...statusView(run.status, run.reason) },
    reason: run.reason && {
      code: run.reason,
      ...reasonText(run.reason, run.reasonDetail, run.endedBy ?? run.pause?.by),
    },
    waitingFor: run.waits && !run.stop ? { issues: [...run.waits.issues], position: run.waits.position } : null,
    pause: run.pause && { by: run.pause.by, at: iso(run.pause.at) },
    cancelRequested: run.stop !== null && !isTerminal(run.status),
    attempt: run.attempt,
    agent: run.agent,
    gatesOff: run.gatesOff === true,
    dryRun: run.dryRun === true,
    repository: { id: repository.id, owner: repository.owner, name: repository.name, private: repository.private },
    issue: { number: issue.number, title: issue.title, url: issue.url },
    requestedBy: { id: requestedBy.id, login: requestedBy.login },
    via: run.trigger.via,
    base: { ref: run.baseRef, sha: run.baseSha },
    branch: branch && { name: branch.name, sha: branch.sha, url: branchUrl(run, branch.name, urls) },
    pullRequest: pullRequest && { number: pullRequest.number, url: pullRequest.url },
    sandbox: sandbox && {
      provider: sandbox.provider,
      id: sandbox.id,
      isolation: sandbox.isolation,
      state: sandbox.state,
    },
    workflowRun: workflowRun(run, urls),
    whyUnheard: whyUnheard(run),
    progress: progress && { step: progress.step, of: progress.of, title: progress.title },
    git: { ...run.git },
    trust: run.dispatch.binding?.trust ?? null,
    createdAt: iso(run.createdAt),
    startedAt: isoOrNull(run.startedAt),
    endedAt: isoOrNull(run.endedAt),
    took: tookOf(run),
    updatedAt: iso(run.updatedAt),
    deadlineAt: isoOrNull(run.deadlineAt),
    seq: run.seq,
    links: linksOf(run.id, urls.publicUrl),
  }
}

function linksOf(id: string, publicUrl: string): RunBody['links'] {
  const self = `${publicUrl}/api/runs/${id}`
  return { self, html: `${publicUrl}/runs/${id}`, events: `${self}/events`, stream: `${self}/stream` }
}

function branchUrl({ repository: { owner, name } }: Run, branch: string, { githubUrl }: ViewUrls): string {
  return `${githubUrl}/${owner}/${name}/tree/${branch.split('/').map(encodeURIComponent).join('/')}`
}

function workflowRun(run: Run, { githubUrl }: ViewUrls): RunBody['workflowRun'] {
  const { binding, finished } = run.dispatch
  const id = run.workflowRunId ?? run.ci?.workflowRunId ?? null
  if (id === null) return null
  const { owner, name } = run.executorRepository ?? run.repository
  const ci = run.ci?.workflowRunId === id ? run.ci : null
  // A webhook may be lost, or not be subscribed to: a job that is bound is running, and how one stands after its
  // farewell only GitHub can tell.
  const isOver = finished !== null || isTerminal(run.status)
  const status = isOver && ci?.status !== 'completed' ? null : (ci?.status ?? (binding && 'in_progress'))
  return {
    id,
    attempt: binding?.runAttempt ?? ci?.runAttempt ?? 1,
    url: `${githubUrl}/${owner}/${name}/actions/runs/${id}`,
    status,
    conclusion: ci?.conclusion ?? null,
  }
}

/** The time of the present attempt without what it stood paused; a pause at its end is not part of it either. */
function tookOf(run: Run): RunBody['took'] {
  const from = (run.attemptAt ?? run.createdAt) + (run.pausedMs ?? 0)
  return { from: iso(from), to: isoOrNull(run.endedAt ?? run.pausedAt ?? null) }
}

const iso = (ms: number): string => new Date(ms).toISOString()
const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms))
