/** GitHub as the simulation has it: the state that the invariants look at, behind the app's own port. */
import { GitHubError } from '../../app/github/errors.ts'
import type { GitHubPort } from '../../app/github/port.ts'
import type { DispatchPayload } from '../../app/contracts/executor.ts'
import type { FaultRates } from './faults.ts'
import type { SimDeliveries } from './deliveries.ts'
import type { CallOptions, Network, Replica } from './network.ts'
import type { Outside } from './outside.ts'
import type { Scheduler } from './scheduler.ts'

export interface PullRequest {
  number: number
  head: string
  marker: string
  runId: string
  open: boolean
}

export interface SimGitHub {
  pulls: PullRequest[]
  branches: Map<string, string>
  comments: { id: number; issue: number; marker: string; body: string }[]
  workflows: Map<
    number,
    {
      runId: string
      state: 'queued' | 'in_progress' | 'completed'
      conclusion: string | null
      /** The archive that the job left, when it has ended. */
      artifact: Uint8Array | null
    }
  >
  /** Each with the time since which the kill switch was on. */
  dispatches: { payload: DispatchPayload; at: number; offSince: number | null }[]
  portFor(replica: Replica): GitHubPort
  onDispatch: (payload: DispatchPayload) => void
  onCancelWorkflow: (workflowRunId: number) => void
  deliveries: Pick<SimDeliveries, 'since' | 'redeliver'>
}

export interface SimGitHubDeps {
  scheduler: Scheduler
  network: Network
  faults: FaultRates
  quiet: () => boolean
  outside: Outside
}

const RETRY_AFTER_MS = 5_000

export function createSimGitHub({ scheduler, network, faults, quiet, outside }: SimGitHubDeps): SimGitHub {
  let ids = 1
  const github: SimGitHub = {
    pulls: [],
    branches: new Map(),
    comments: [],
    workflows: new Map(),
    dispatches: [],
    onDispatch: () => {},
    onCancelWorkflow: () => {},
    deliveries: { since: () => [], redeliver: () => {} },
    portFor,
  }

  function portFor(replica: Replica): GitHubPort {
    const unavailable: CallOptions = {
      fails: faults.github5xx,
      maxMs: 200,
      error: () => new GitHubError('unavailable', '502', { status: 502 }),
    }
    const ask = async <T>(name: string, effect: () => T): Promise<T> => {
      if (outside.githubIsDown()) {
        const nothing = (): T => {
          throw new GitHubError('unavailable', '503', { status: 503 })
        }
        return network.call(replica, `${name} unavailable`, nothing)
      }
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
      subIssues: () => ask('subIssues', () => ({ issues: [], more: false })),
      openBlockers: () => ask('blockers', () => []),
      blockedBy: () => ask('blockedBy', () => []),
      parentIssue: () => ask('parentIssue', () => null),
      latestComments: () => ask('latestComments', () => null),
      pullRequest: () => ask('pullRequest', () => null),
      checksOf: () => ask('checksOf', () => null),
      moveSubIssue: () => ask('moveSubIssue', () => {}),
      installedRepositories: () => ask('installedRepositories', () => ({ repositories: [], more: false })),
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
          isBlocked: false,
          hasSubIssues: false,
          labels: [],
        })),
      addReaction: () => ask('reaction', () => {}),
      addReviewReaction: () => ask('reaction', () => {}),
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
      fileAt: () => ask('file', () => null),
      deleteBranch: () => ask('delete branch', () => 'absent' as const),
      fireDispatch: async (_repo, payload, beforeSend) => {
        await beforeSend?.()
        return ask('dispatch', () => {
          github.dispatches.push({ payload, at: scheduler.now, offSince: outside.switchedOffSince() })
          github.onDispatch(payload)
        })
      },
      findWorkflowRun: (_repo, runId, _since, formerId = 0) =>
        ask('find workflow', () => {
          const [id, found] = [...github.workflows].find(([at, w]) => w.runId === runId && at > formerId) ?? []
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
      downloadArtifact: (_repo, id) => ask('artifact', () => github.workflows.get(id)?.artifact ?? null),
      readToken: () => ask('token', () => ({ value: 't', expiresAt: '' })),
      writeBranch: (_repo, { branch, runId, retried }) =>
        ask('branch', () => {
          const owner = github.branches.get(branch)
          if (owner !== undefined && (owner !== runId || !retried) && owner !== runId)
            throw conflict(`branch ${branch} is taken`)
          github.branches.set(branch, runId)
          return { sha: 'b'.repeat(40), commits: 1 }
        }),
      openPullRequest: (_repo, { head, marker, draft }) =>
        ask('pull request', () => {
          const existing = github.pulls.find((p) => p.head === head && p.open)
          if (existing && existing.marker !== marker) throw conflict(`another pull request has ${head}`)
          if (existing) return { number: existing.number, url: '', adopted: true, draft }
          const pull = { number: ids++, head, marker, runId: /r_\d+/.exec(marker)![0], open: true }
          github.pulls.push(pull)
          return { number: pull.number, url: '', adopted: false, draft }
        }),
      findPullRequest: (_repo, head, marker) =>
        ask('find pull request', () => {
          const ours = (p: PullRequest) => p.head === head && p.marker === marker && p.open
          return github.pulls.find(ours)?.number ?? null
        }),
      closePullRequest: (_repo, number) =>
        ask('close pull request', () => {
          const pull = github.pulls.find((p) => p.number === number)
          if (pull) pull.open = false
        }),
      requestReviewer: () => ask('reviewer', () => {}),
      publishCheck: () => ask('check', () => ids++),
      updateCheck: () => ask('check', () => {}),
      listDeliveries: (since) =>
        ask('deliveries', () => {
          const attempts = github.deliveries.since(since).map((a) => ({ ...a, statusCode: a.ok ? 202 : 502 }))
          return { attempts, complete: true }
        }),
      redeliver: (id) => ask('redeliver', () => github.deliveries.redeliver(id)),
    }
  }
  return github
}
