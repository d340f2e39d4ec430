/** GitHub as the simulation has it: the state that the invariants look at, behind the app's own port. */
import { GitHubError } from '../../app/github/errors.ts'
import type { GitHubPort } from '../../app/github/port.ts'
import type { DispatchPayload } from '../../app/contracts/executor.ts'
import type { FaultRates } from './faults.ts'
import type { CallOptions, Network, Replica } from './network.ts'
import type { Scheduler } from './scheduler.ts'

export interface PullRequest {
  number: number
  head: string
  marker: string
  open: boolean
}

export interface SimGitHub {
  pulls: PullRequest[]
  branches: Map<string, string>
  comments: { id: number; issue: number; marker: string; body: string }[]
  workflows: Map<
    number,
    { runId: string; state: 'queued' | 'in_progress' | 'completed'; conclusion: string | null; cancelled: boolean }
  >
  dispatches: DispatchPayload[]
  portFor(replica: Replica): GitHubPort
  onDispatch: (payload: DispatchPayload) => void
  onCancelWorkflow: (workflowRunId: number) => void
}

const RETRY_AFTER_MS = 5_000

export function createSimGitHub(
  scheduler: Scheduler,
  network: Network,
  faults: FaultRates,
  quiet: () => boolean,
): SimGitHub {
  let ids = 1
  const github: SimGitHub = {
    pulls: [],
    branches: new Map(),
    comments: [],
    workflows: new Map(),
    dispatches: [],
    onDispatch: () => {},
    onCancelWorkflow: () => {},
    portFor,
  }

  function portFor(replica: Replica): GitHubPort {
    const unavailable: CallOptions = {
      fails: faults.github5xx,
      error: () => new GitHubError('unavailable', '502', { status: 502 }),
      maxMs: 200,
    }
    const ask = async <T>(name: string, effect: () => T): Promise<T> => {
      if (!quiet() && scheduler.happens(faults.github429)) {
        await network.call(replica, `${name} limited`, () => {})
        throw new GitHubError('rate_limited', '429', { status: 429, retryAfterMs: RETRY_AFTER_MS })
      }
      return network.call(replica, name, effect, unavailable)
    }
    const post = (issue: number, marker: string, body: string, retried: boolean) => {
      const found = retried ? github.comments.find((c) => c.issue === issue && c.marker === marker) : undefined
      if (found) return { commentId: found.id, url: '' }
      const comment = { id: ids++, issue, marker, body }
      github.comments.push(comment)
      return { commentId: comment.id, url: '' }
    }
    const conflict = (what: string) => new GitHubError('conflict', what)

    return {
      permissionOf: () => ask('permission', () => 'write' as const),
      appSlug: () => ask('app', () => 'deckhand'),
      ownsApp: () => ask('owner', () => false),
      isCollaborator: () => ask('collaborator', () => true),
      repository: () => ask('repository', () => null),
      openIssues: () => ask('openIssues', () => []),
      createIssue: () => ask('create issue', () => ({ number: ids++, url: '' })),
      installedRepositories: () => ask('installedRepositories', () => []),
      grantedPermissions: () => ask('grantedPermissions', () => null),
      issue: (_repo, number) =>
        ask('issue', () => ({
          number,
          title: '',
          body: '',
          url: '',
          state: 'open',
          locked: false,
          isPullRequest: false,
          labels: [],
        })),
      addReaction: () => ask('reaction', () => {}),
      upsertStatusComment: (_repo, issue, { commentId, body, marker, retried }) =>
        ask('comment', () => {
          const existing = github.comments.find((c) => c.id === commentId)
          if (!existing) return post(issue, marker, body, retried)
          existing.body = body
          return { commentId: existing.id, url: '' }
        }),
      postNotice: (_repo, issue, { body, marker, retried }) => ask('notice', () => post(issue, marker, body, retried)),
      ownComments: () => ask('own comments', () => []),
      editComment: () => ask('edit comment', () => {}),
      minimizeComments: () => ask('minimise', () => {}),
      restoreComment: () => ask('restore', () => {}),
      addLabels: () => ask('label', () => {}),
      removeLabel: () => ask('unlabel', () => {}),
      baseCommit: () => ask('base', () => 'a'.repeat(40)),
      compare: () => ask('compare', () => null),
      fireDispatch: (_repo, payload) =>
        ask('dispatch', () => {
          github.dispatches.push(payload)
          github.onDispatch(payload)
        }),
      findWorkflowRun: (_repo, runId) =>
        ask('find workflow', () => {
          const [id, found] = [...github.workflows].find(([, w]) => w.runId === runId) ?? []
          return { state: found?.state ?? 'absent', workflowRunId: id ?? null, conclusion: found?.conclusion ?? null }
        }),
      workflowRun: (_repo, id) =>
        ask('workflow', () => {
          const found = github.workflows.get(id)
          return { state: found?.state ?? 'absent', workflowRunId: id, conclusion: found?.conclusion ?? null }
        }),
      cancelWorkflowRun: (_repo, id) =>
        ask('cancel workflow', () => {
          github.onCancelWorkflow(id)
          return 'requested' as const
        }),
      downloadArtifact: () => ask('artifact', () => null),
      readToken: () => ask('token', () => ({ value: 't', expiresAt: '' })),
      writeBranch: (_repo, { branch, runId, retried }) =>
        ask('branch', () => {
          const owner = github.branches.get(branch)
          if (owner !== undefined && (owner !== runId || !retried) && owner !== runId)
            throw conflict(`branch ${branch} is taken`)
          github.branches.set(branch, runId)
          return { sha: 'b'.repeat(40), commits: 1 }
        }),
      openPullRequest: (_repo, { head, marker }) =>
        ask('pull request', () => {
          const existing = github.pulls.find((p) => p.head === head && p.open)
          if (existing && existing.marker !== marker) throw conflict(`another pull request has ${head}`)
          if (existing) return { number: existing.number, url: '', adopted: true }
          const pull = { number: ids++, head, marker, open: true }
          github.pulls.push(pull)
          return { number: pull.number, url: '', adopted: false }
        }),
      findPullRequest: (_repo, head) =>
        ask('find pull request', () => github.pulls.find((p) => p.head === head && p.open)?.number ?? null),
      closePullRequest: (_repo, number) =>
        ask('close pull request', () => {
          const pull = github.pulls.find((p) => p.number === number)
          if (pull) pull.open = false
        }),
      requestReviewer: () => ask('reviewer', () => {}),
      publishCheck: () => ask('check', () => ids++),
      updateCheck: () => ask('check', () => {}),
      listDeliveries: () => ask('deliveries', () => []),
      redeliver: () => ask('redeliver', () => {}),
    }
  }
  return github
}
