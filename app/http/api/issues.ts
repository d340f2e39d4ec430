/** What the issue page shows: the issue as GitHub has it now, its Runs, and whether the reader may assign an agent. */
import { BLOCKERS_SHOWN_MAX, IssueBody } from '../../contracts/issues.ts'
import type { BlockingIssue } from '../../contracts/issues.ts'
import { isTerminal } from '../../contracts/status.ts'
import type { RepositoryRef } from '../../domain/events.ts'
import type { Run } from '../../domain/run.ts'
import { toRunBody } from '../../domain/view.ts'
import { ProblemError } from '../problem.ts'
import { route } from '../route.ts'
import type { Identity, Route } from '../route.ts'
import { asking, doings, needs } from './answers.ts'
import { AssignParams, SWITCHED_OFF, whyNot } from './assign.ts'
import { treeOf } from './issue-tree.ts'
import { readSwitchBody } from './kill-switch.ts'
import type { IssueFacts } from '../../domain/issue-facts.ts'
import type { ApiPorts } from './ports.ts'
import { inBatches, readableRepository } from './repository.ts'
import { linkOf } from './tree-walk.ts'

const RUNS_OF_ISSUE_MAX = 50

export function issueRoutes(ports: ApiPorts): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/repos/:owner/:repo/issues/:number',
      access: 'read',
      summary: 'An issue with its Runs',
      params: AssignParams,
      answer: IssueBody,
      async handle({ who, params, log }) {
        const repository = await readableRepository(ports, who, params)
        const number = Number(params.number)
        const [issue, runs] = await Promise.all([
          asking(ports.github.issue(repository, number, 'now')),
          ports.runs.list({ repositoryIds: [repository.id], issue: number, limit: RUNS_OF_ISSUE_MAX }),
        ])
        if (!issue || issue.isPullRequest) throw new ProblemError('not_found')
        const [why, blockedBy, tree] = await Promise.all([
          whyNotNow(ports, who, repository, issue, runs),
          // The page is of use without what GitHub does not tell.
          blockersOf(ports, repository, number).catch(() => null),
          treeOf(ports, who, repository, { number, levels: issue.hasSubIssues === false ? 0 : 1 }).catch(() => null),
        ])
        const off = why === null && (await readSwitchBody(ports, log)).on
        const { id, owner, name } = repository
        const json = {
          repository: { id, owner, name, private: repository.private },
          number,
          title: issue.title,
          body: issue.body,
          state: issue.state,
          url: issue.url,
          labels: [...issue.labels],
          agents: [...ports.agents],
          assign: { allowed: why === null && !off, why: off ? SWITCHED_OFF : why },
          runs: runs.map((run) => toRunBody(run, ports.urls)),
          blockedBy,
          tree,
        } satisfies IssueBody
        return { json }
      },
    }),
  ]
}

async function blockersOf(
  { github, runs, urls }: ApiPorts,
  repository: RepositoryRef,
  number: number,
): Promise<BlockingIssue[]> {
  const all = await github.blockedBy(repository, number)
  const [open, closed] = (['open', 'closed'] as const).map((state) => all.filter((issue) => issue.state === state))
  return inBatches([...open!, ...closed!].slice(0, BLOCKERS_SHOWN_MAX), async (issue) => {
    const run = await runs.latestRunOfIssue(repository.id, issue.number)
    return { ...linkOf(issue, repository), run: run && toRunBody(run, urls) }
  })
}

/** The sentence next to the button, so that nobody presses one that will refuse. */
async function whyNotNow(
  { access }: ApiPorts,
  who: Identity,
  repository: RepositoryRef,
  issue: IssueFacts,
  runs: readonly Run[],
): Promise<string | null> {
  const live = runs.find((run) => !isTerminal(run.status))
  if (live) return `Run ${live.id} is already working on this issue. Cancel it first, or wait.`
  const always = whyNot(issue)
  if (always !== null) return always
  const may = await asking(access.mayStart(who, repository))
  return may ? null : needs('write', repository, doings.start)
}
