/** The tree of issues: below an issue, and below the issue of a Run. */
import { z } from 'zod'

import { IssueTree, RunIssuesBody, RunIssuesQuery } from '../../contracts/issues.ts'
import type { RepositoryRef } from '../../domain/events.ts'
import { RepositoryName, RepositoryOwner, RunId } from '../../contracts/ids.ts'
import { toRunBody } from '../../domain/view.ts'
import { ProblemError } from '../problem.ts'
import { route } from '../route.ts'
import type { Identity, Route } from '../route.ts'
import { asking, needs, readableRun } from './answers.ts'
import { AssignParams } from './assign.ts'
import type { ApiPorts } from './ports.ts'
import { readableRepository } from './repository.ts'
import { linkOf, progressOf, TreeWalk } from './tree-walk.ts'

/** What changing the order is called in a refusal. */
export const REORDERING = 'reordering its issues'

export function issueTreeRoutes(ports: ApiPorts): Route[] {
  return [ofIssue(ports), ofRepository(ports), ofRun(ports)]
}

/** What is above an issue and `levels` below it; null where there is no such issue. */
export async function treeOf(
  ports: ApiPorts,
  who: Identity,
  repository: RepositoryRef,
  { number, levels }: { number: number; levels?: number },
): Promise<IssueTree | null> {
  const walk = new TreeWalk(ports, who, repository)
  const [parent, below, move] = await Promise.all([
    walk.parentOf(number),
    levels === 0 ? { children: [], truncated: false } : walk.below(number, levels),
    mayMove(ports, who, repository),
  ])
  return below && { parent, ...below, move }
}

async function mayMove({ access }: ApiPorts, who: Identity, repository: RepositoryRef): Promise<IssueTree['move']> {
  const allowed = await asking(access.may(who, 'write', repository))
  return { allowed, why: allowed ? null : needs('write', repository, REORDERING) }
}

function ofIssue(ports: ApiPorts): Route {
  return route({
    method: 'GET',
    path: '/api/repos/:owner/:repo/issues/:number/tree',
    access: 'read',
    summary: 'The issues below an issue, level by level, and the one above it',
    description: "They are GitHub's sub-issues; those of repositories that the caller may not read are left out.",
    params: AssignParams,
    answer: IssueTree,
    async handle({ who, params }) {
      const repository = await readableRepository(ports, who, params)
      const tree = await treeOf(ports, who, repository, { number: Number(params.number) })
      if (!tree) throw new ProblemError('not_found')
      return { json: tree satisfies IssueTree }
    },
  })
}

function ofRepository(ports: ApiPorts): Route {
  return route({
    method: 'GET',
    path: '/api/repos/:owner/:repo/tree',
    access: 'read',
    summary: 'The open issues of a repository that have sub-issues and are none themselves, each with what is below it',
    description: 'Of the 100 open issues that changed last.',
    params: z.strictObject({ owner: RepositoryOwner, repo: RepositoryName }),
    answer: IssueTree,
    async handle({ who, params }) {
      const repository = await readableRepository(ports, who, params)
      const { owner, name } = repository
      const open = await asking(ports.github.openIssues(repository))
      const roots = open.filter(({ hasSubIssues, isSubIssue }) => hasSubIssues === true && !isSubIssue)
      const [forest, move] = await Promise.all([
        new TreeWalk(ports, who, repository).forest(roots.map((each) => ({ ...each, owner, name, state: 'open' }))),
        mayMove(ports, who, repository),
      ])
      return { json: { parent: null, ...forest, move } satisfies IssueTree }
    },
  })
}

function ofRun(ports: ApiPorts): Route {
  return route({
    method: 'GET',
    path: '/api/runs/:id/issues',
    access: 'read',
    summary: 'The issue of a Run, as the root of its tree',
    description: "What is below are GitHub's sub-issues; those that the caller may not read are left out.",
    params: z.strictObject({ id: RunId }),
    query: RunIssuesQuery,
    answer: RunIssuesBody,
    async handle({ who, params, query }) {
      const run = await readableRun(ports, who, params.id)
      ports.access.count(who)
      const { repository } = run
      const { number } = run.issue
      const levels = query.levels === undefined ? undefined : Number(query.levels)
      const walk = new TreeWalk(ports, who, repository)
      const [issue, parent, below, newest] = await Promise.all([
        asking(ports.github.issue(repository, number)),
        walk.parentOf(number),
        levels === 0 ? null : walk.below(number, levels),
        ports.runs.latestRunOfIssue(repository.id, number),
      ])
      const { children = [], truncated = levels === 0 && issue?.hasSubIssues !== false } = below ?? {}
      const root = issue && {
        ...linkOf({ number, ...issue }, repository),
        progress: progressOf(children),
        run: newest && toRunBody(newest, ports.urls),
        children,
      }
      return { json: { issues: root ? [root] : [], parent, truncated } satisfies RunIssuesBody }
    },
  })
}
