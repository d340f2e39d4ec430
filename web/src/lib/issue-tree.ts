/** What changes in a tree of issues that the page holds: a Run's news, or a move. Pure. */
import type { RunBody } from '#contracts/api.ts'
import type { IssueLink, IssueNode, IssueTree } from '#contracts/issues.ts'

import { newerRun } from '../live/apply.ts'

const isSameIssue = (a: IssueLink, b: IssueLink): boolean =>
  a.number === b.number && a.repository.id === b.repository.id

/** `#7`, or with the repository where that is another one than `home`. */
export function issueName({ repository, number }: IssueLink, home: { owner: string; name: string }): string {
  const isHome = repository.owner === home.owner && repository.name === home.name
  return isHome ? `#${number}` : `${repository.name}#${number}`
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

/** The lines from top to bottom, without what is below those that are closed. */
export function rowsOf(nodes: readonly IssueNode[], closed: ReadonlySet<string>, parent?: Row): Row[] {
  return nodes.flatMap((node, at) => {
    const id = `issue-${node.repository.id}-${node.number}`
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
function mapped(nodes: IssueNode[], change: (node: IssueNode) => IssueNode): IssueNode[] {
  const all = nodes.map(change)
  return all.every((node, at) => node === nodes[at]) ? nodes : all
}

function withRun(node: IssueNode, run: RunBody): IssueNode {
  const children = mapped(node.children, (child) => withRun(child, run))
  const isIts = node.number === run.issue.number && node.repository.id === run.repository.id
  const newest = isIts ? newestRun(node.run, run) : node.run
  return children === node.children && newest === node.run ? node : { ...node, run: newest, children }
}

function newestRun(known: RunBody | null, incoming: RunBody): RunBody {
  if (!known || known.id === incoming.id) return newerRun(known ?? undefined, incoming)
  return incoming.createdAt > known.createdAt ? incoming : known
}

const runsIn = (nodes: readonly IssueNode[]): RunBody[] =>
  nodes.flatMap(({ run, children }) => [...(run ? [run] : []), ...runsIn(children)])
