/**
 * The tree of issues, after the tree pattern of the ARIA practices: arrows walk, open and close, Enter shows the issue
 * beside the tree, and Tab goes on to what can be pressed in the row that has the focus. Order is changed with buttons, or with Alt and an
 * arrow. Rows stand flat and say their level, so that each is named by its own words; Primer's TreeView nests them, and
 * takes links and buttons in a row away from the keyboard.
 */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FocusEvent, type KeyboardEvent, type RefObject, useEffect, useRef, useState } from 'react'

import type { IssueNode as Node, IssueTree } from '#contracts/issues.ts'

import { api } from '../../api.ts'
import { newId } from '../../lib/id.ts'
import { type Home, issueName, keyAct, movedInTree, type Row, rowsOf } from '../../lib/issue-tree.ts'
import { announceNow } from '../../ui/Announcer.tsx'
import { Problem } from '../../ui/Problem.tsx'
import { treeWords } from '../../words/issue-tree.ts'
import { IssueNode } from './IssueNode.tsx'
import css from './IssueTree.module.css'

export interface IssueHierarchyTreeProps {
  tree: IssueTree
  /** The repository whose issues need not be named with it. */
  home: Home
  /** Id of the heading. */
  labelledBy: string
  /** The first level is of issues that stand below none, which have no order. */
  isForest: boolean
  /** Id of the row whose issue is shown beside the tree. */
  shown: string | null
  onShow: (node: Node) => void
}

const focusRow = (row: Row | undefined): void => {
  if (row) document.getElementById(row.id)?.focus()
}

export function IssueHierarchyTree({ tree, home, labelledBy, isForest, shown, onShow }: IssueHierarchyTreeProps) {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set())
  const [focused, setFocused] = useState<string | null>(null)
  const moved = useRef<string | null>(null)
  const { move, error } = useMove(home, moved)
  const rows = rowsOf(tree.children, closed)
  // One row is in the order of Tab; the others are reached from it.
  const entry = rows.find(({ id }) => id === focused) ?? rows[0]
  // The row went elsewhere in the page and lost the focus on the way.
  useEffect(() => {
    if (moved.current !== null) document.getElementById(moved.current)?.focus()
    moved.current = null
  }, [tree])
  const mayMove = (row: Row) => tree.move.allowed && !(isForest && row.level === 1)
  const toggle = (row: Row, open: boolean) => {
    setClosed((before) => new Set(open ? [...before].filter((id) => id !== row.id) : [...before, row.id]))
    focusRow(row)
  }
  const keys = (event: KeyboardEvent<HTMLElement>) => {
    const at = rows.findIndex(({ id }) => id === rowIdAt(event))
    const row = rows[at]
    if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return
    const by = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : null
    if (event.altKey) {
      if (by === null || !mayMove(row)) return
      event.preventDefault()
      return move(row, by)
    }
    const act = keyAct(rows, at, closed, event.key)
    // On a link or a button in the row Enter is theirs.
    if (act === null || (act === 'enter' && (event.target as HTMLElement).id !== row.id)) return
    event.preventDefault()
    if (act === 'enter') onShow(row.node)
    else if (act && 'open' in act) toggle(row, act.open)
    else if (act) focusRow(act.focus)
  }
  return (
    <>
      {error && <Problem title={treeWords.notMoved} error={error} />}
      <ul
        role="tree"
        aria-labelledby={labelledBy}
        className={css.tree}
        onKeyDown={keys}
        onFocus={(event) => setFocused(rowIdAt(event))}
      >
        {rows.map((row) => (
          <IssueNode
            key={row.id}
            row={row}
            home={home}
            isEntry={row === entry}
            isOpen={row.node.children.length > 0 ? !closed.has(row.id) : null}
            isShown={row.id === shown}
            onShow={() => onShow(row.node)}
            onToggle={(open) => toggle(row, open)}
            onMove={mayMove(row) ? (by) => move(row, by) : null}
          />
        ))}
      </ul>
    </>
  )
}

/** The row that something happened in. */
const rowIdAt = ({ target }: FocusEvent | KeyboardEvent): string | null =>
  (target as HTMLElement).closest('[role="treeitem"]')?.id ?? null

interface Moving {
  row: Row
  next: Node
  by: -1 | 1
}

/** Writes to `moved` the row that is about to stand elsewhere. */
function useMove(home: Home, moved: RefObject<string | null>) {
  const client = useQueryClient()
  const moving = useMutation({
    mutationFn: ({ row: { node }, next, by }: Moving) => {
      const { owner, name } = node.repository
      const isNear = next.repository.id === node.repository.id
      const sibling = isNear ? next.number : `${next.repository.owner}/${next.repository.name}#${next.number}`
      const order = by === 1 ? { after: sibling } : { before: sibling }
      return api.reorder({ owner, repo: name, number: node.number }, order, newId())
    },
    onSuccess: (_order, { row, next, by }) => {
      moved.current = row.id
      client.setQueriesData<IssueTree>(
        { queryKey: ['issue-tree'] },
        (tree) => tree && movedInTree(tree, row.node, next, by === 1),
      )
      announceNow(treeWords.moved(issueName(row.node, home), row.at + by + 1, row.siblings.length))
    },
    // Somebody else may have changed it: what is shown is out of date.
    onError: () => void client.invalidateQueries({ queryKey: ['issue-tree'] }),
  })
  const move = (row: Row, by: -1 | 1) => {
    const next = row.siblings[row.at + by]
    if (moving.isPending || !next) return
    moving.mutate({ row, next, by })
  }
  return { move, error: moving.error }
}
