/** Moves an issue among its siblings, on GitHub. The order is that of the issue above, so both have to be the caller's to change. */
import { IssueOrderBody, ReorderRequest } from '../../contracts/issues.ts'
import { issueTarget } from '../../domain/acts.ts'
import type { RepositoryRef } from '../../domain/events.ts'
import {
  moveRefusedText,
  notASiblingText,
  noParentText,
  oneSiblingText,
  sameIssueText,
} from '../../domain/render/replies.ts'
import { ProblemError } from '../problem.ts'
import { route } from '../route.ts'
import type { Route } from '../route.ts'
import { record, requireWriter } from './admins.ts'
import { asking } from './answers.ts'
import { AssignParams } from './assign.ts'
import { REORDERING } from './issue-tree.ts'
import type { TreeIssue } from '../../domain/issue-facts.ts'
import type { ApiPorts } from './ports.ts'
import { inBatches, nameOf, readableRepository } from './repository.ts'
import { linkOf, TreeWalk } from './tree-walk.ts'

type Sibling = NonNullable<ReorderRequest['after']>

export function reorderRoute(ports: ApiPorts): Route {
  return route({
    method: 'POST',
    path: '/api/repos/:owner/:repo/issues/:number/reorder',
    access: 'write',
    summary: 'Moves an issue among its siblings',
    description: 'Siblings are sub-issues of the same issue. Say `after` or `before`, not both.',
    params: AssignParams,
    body: ReorderRequest,
    example: { after: 7 },
    answer: IssueOrderBody,
    idempotent: true,
    async handle({ who, req, log, params, body }) {
      const caller = { who, req, log }
      const repository = await readableRepository(ports, who, params)
      const number = Number(params.number)
      const act = { action: 'issue.reorder', target: issueTarget(repository, number), issue: number } as const
      await requireWriter(ports, caller, repository, act, REORDERING)
      const { next, isAfter } = nextOf(body)
      const walk = new TreeWalk(ports, who, repository)
      const parent = await asking(ports.github.parentIssue(repository, number, 'now'))
      const above = parent && (await walk.place(parent))
      if (!above) throw unfit('number', noParentText(number))
      if (above.id !== repository.id) await requireWriter(ports, caller, above, act, REORDERING)
      const siblings = (await asking(ports.github.subIssues(above, parent.number, 'now')))?.issues ?? []
      const moved = find(siblings, repository, number)
      if (!moved) throw unfit('number', noParentText(number))
      const sibling = find(siblings, repository, next)
      if (sibling === moved) throw unfit(isAfter ? 'after' : 'before', sameIssueText)
      if (!sibling || !(await walk.place(sibling))) {
        throw unfit(isAfter ? 'after' : 'before', notASiblingText(next, number))
      }
      const move = { id: moved.id, ...(isAfter ? { after: sibling.id } : { before: sibling.id }) }
      if (!(await asking(ports.moveSubIssue(above, parent.number, move)))) throw unfit('number', moveRefusedText)
      await record(ports, caller, { ...act, why: null, repository }, 'allowed', 'moved')

      const others = siblings.filter((each) => each !== moved)
      const order = others.toSpliced(others.indexOf(sibling) + (isAfter ? 1 : 0), 0, moved)
      const places = await inBatches(order, (each) => walk.place(each))
      const children = order.flatMap((each, at) => (places[at] ? [linkOf(each, places[at])] : []))
      return { json: { parent: linkOf(parent, above), children } satisfies IssueOrderBody }
    },
  })
}

function nextOf({ after, before }: ReorderRequest): { next: Sibling; isAfter: boolean } {
  const next = after ?? before
  if (next === undefined || (after !== undefined && before !== undefined)) throw unfit('after', oneSiblingText)
  return { next, isAfter: after !== undefined }
}

/** The sibling of this name; a number alone is one of `home`. */
function find(siblings: readonly TreeIssue[], home: RepositoryRef, named: Sibling): TreeIssue | undefined {
  const wanted = (typeof named === 'string' ? named : `${nameOf(home)}#${named}`).toLowerCase()
  return siblings.find(({ owner, name, number }) => `${owner}/${name}#${number}`.toLowerCase() === wanted)
}

const unfit = (path: string, message: string): ProblemError =>
  new ProblemError('unprocessable', { detail: message, errors: [{ path, message }] })
