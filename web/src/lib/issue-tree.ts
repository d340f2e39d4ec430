/** What changes in a tree of issues that the page holds: a Run's news, or a move. Pure. */
import type { RunBody } from '#contracts/api.ts'
import type { IssueBody, IssueLink, IssueNode, IssueTree } from '#contracts/issues.ts'

import { newerRun, withRun as withRunInList } from '../live/apply.ts'

const isSameIssue = (a: IssueLink, b: IssueLink): boolean =>
  a.number === b.number && a.repository.id === b.repository.id

export interface Home {
  owner: string
  name: string
}

/** `#7`, or with the repository where that is another one than `home`. */
export function issueName({ repository, number }: IssueLink, home: Home): string {
  const isHome = repository.owner === home.owner && repository.name === home.name
  return isHome ? `#${number}` : `${repository.name}#${number}`
}

/** What addresses an issue's page; for a link or a way there. */
export const pageOf = ({ repository, number }: Pick<IssueLink, 'number'> & { repository: Home }) =>
  ({
    to: '/repos/$owner/$repo/issues/$number',
    params: { owner: repository.owner, repo: repository.name, number: String(number) },
  }) as const

/** How an address names an issue of a tree: `7`, or `owner/name#7` where that is in another repository than `home`. */
export function addressName({ repository, number }: IssueLink, home: Home): string {
  const isHome = repository.owner === home.owner && repository.name === home.name
  return isHome ? String(number) : `${repository.owner}/${repository.name}#${number}`
}

/** The issue of the tree that an address names so. */
export function nodeNamed(nodes: readonly IssueNode[], name: string, home: Home): IssueNode | null {
  for (const node of nodes) {
    const found = addressName(node, home) === name ? node : nodeNamed(node.children, name, home)
    if (found) return found
  }
  return null
}

/** Whether any of them stands among others in an order; issues at the top of a forest have none. */
export function hasOrder(nodes: readonly IssueNode[], isForest = false): boolean {
  return (!isForest && nodes.length > 1) || nodes.some(({ children }) => hasOrder(children))
}

/** `owner/name` of every repository with an issue in the tree. */
export function repositoriesIn(nodes: readonly IssueNode[]): `${string}/${string}`[] {
  const all = nodes.flatMap(({ repository, children }) => [
    `${repository.owner}/${repository.name}` as const,
    ...repositoriesIn(children),
  ])
  return [...new Set(all)].toSorted()
}

/** One line of a tree as it is shown. */
export interface Row {
  /** Of its element. */
  id: string
  node: IssueNode
  siblings: readonly IssueNode[]
  /** Its place among them, from 0. */
  at: number
  /** From 1. */
  level: number
  parentId: string | null
}

/** Of the element that shows the issue in a tree. */
export const rowId = ({ repository, number }: IssueLink): string => `issue-${repository.id}-${number}`

/** The lines from top to bottom, without what is below those that are closed. */
export function rowsOf(nodes: readonly IssueNode[], closed: ReadonlySet<string>, parent?: Row): Row[] {
  return nodes.flatMap((node, at) => {
    const id = rowId(node)
    const row = { id, node, siblings: nodes, at, level: (parent?.level ?? 0) + 1, parentId: parent?.id ?? null }
    return closed.has(id) ? [row] : [row, ...rowsOf(node.children, closed, row)]
  })
}

/** Those that fit, with those above them. */
export function fitting(nodes: readonly IssueNode[], fits: (node: IssueNode) => boolean): IssueNode[] {
  return nodes.flatMap((node) => {
    const children = fitting(node.children, fits)
    return fits(node) || children.length > 0 ? [{ ...node, children }] : []
  })
}

/** What a key does in the row at `at`: another row gets the focus, what is below is shown or hidden, the issue opens. */
export type KeyAct = { focus: Row | undefined } | { open: boolean } | 'enter' | null

export function keyAct(rows: readonly Row[], at: number, closed: ReadonlySet<string>, key: string): KeyAct {
  const { id, node, parentId } = rows[at]!
  const isOpen = node.children.length > 0 && !closed.has(id)
  switch (key) {
    case 'ArrowDown':
      return { focus: rows[at + 1] }
    case 'ArrowUp':
      return { focus: rows[at - 1] }
    case 'Home':
      return { focus: rows[0] }
    case 'End':
      return { focus: rows.at(-1) }
    case 'ArrowRight':
      return closed.has(id) ? { open: true } : { focus: isOpen ? rows[at + 1] : undefined }
    case 'ArrowLeft':
      return isOpen ? { open: false } : { focus: rows.find((row) => row.id === parentId) }
    case 'Enter':
      return 'enter'
    default:
      return null
  }
}

/** The tree with this Run on its issue, unless a newer one stands there; the same tree where nothing changes. */
export function withRunInTree(tree: IssueTree, run: RunBody): IssueTree {
  return changed(tree, (nodes) => mapped(nodes, (node) => withRun(node, run)))
}

/** A tree that was read over REST, except where an event that overtook the answer has told of a newer Run. */
export function freshTree(known: IssueTree | undefined, fresh: IssueTree): IssueTree {
  return runsIn(known?.children ?? []).reduce(withRunInTree, fresh)
}

/** The tree with `moved` next to `sibling`; the same tree where the two are not siblings in it. */
export function movedInTree(tree: IssueTree, moved: IssueLink, sibling: IssueLink, isAfter: boolean): IssueTree {
  const reorder = (nodes: IssueNode[]): IssueNode[] => {
    const node = nodes.find((each) => isSameIssue(each, moved))
    const others = nodes.filter((each) => each !== node)
    const at = others.findIndex((each) => isSameIssue(each, sibling))
    if (node && at !== -1) return others.toSpliced(isAfter ? at + 1 : at, 0, node)
    return mapped(nodes, (each) => {
      const children = reorder(each.children)
      return children === each.children ? each : { ...each, children }
    })
  }
  return changed(tree, reorder)
}

function changed(tree: IssueTree, change: (nodes: IssueNode[]) => IssueNode[]): IssueTree {
  const children = change(tree.children)
  return children === tree.children ? tree : { ...tree, children }
}

/** The same list where no element changes. */
function mapped<T>(nodes: T[], change: (node: T) => T): T[] {
  const all = nodes.map(change)
  return all.every((node, at) => node === nodes[at]) ? nodes : all
}

function withRun(node: IssueNode, run: RunBody): IssueNode {
  const children = mapped(node.children, (child) => withRun(child, run))
  const own = withOwnRun(node, run)
  return children === node.children ? own : { ...own, children }
}

function withOwnRun<T extends IssueLink & { run: RunBody | null }>(issue: T, run: RunBody): T {
  const isIts = issue.number === run.issue.number && issue.repository.id === run.repository.id
  const newest = isIts ? newestRun(issue.run, run) : issue.run
  return newest === issue.run ? issue : { ...issue, run: newest }
}

/** The issue of a page with this Run where it is one of its own, or the newest of an issue that blocks it. */
export function withRunInIssue(issue: IssueBody, run: RunBody): IssueBody {
  const own = withRunInList(issue, run)
  const blockedBy = own.blockedBy && mapped(own.blockedBy, (each) => withOwnRun(each, run))
  return blockedBy === own.blockedBy ? own : { ...own, blockedBy }
}

function newestRun(known: RunBody | null, incoming: RunBody): RunBody {
  if (!known || known.id === incoming.id) return newerRun(known ?? undefined, incoming)
  return incoming.createdAt > known.createdAt ? incoming : known
}

const runsIn = (nodes: readonly IssueNode[]): RunBody[] =>
  nodes.flatMap(({ run, children }) => [...(run ? [run] : []), ...runsIn(children)])
