/**
 * A tree of issues, and beside it the issue that was chosen in it. Which one that is stands in the address, so that it
 * can be sent to others and the browser's way back closes it.
 */
import { SkeletonBox } from '@primer/react'
import { useNavigate } from '@tanstack/react-router'
import { type KeyboardEvent, lazy, Suspense, useRef } from 'react'

import type { IssueNode, IssueTree } from '#contracts/issues.ts'

import { addressName, hasOrder, type Home, nodeNamed, rowId } from '../../lib/issue-tree.ts'
import panel from '../../ui/panel.module.css'
import { treeWords } from '../../words/issue-tree.ts'
import { IssueHierarchyTree } from './IssueHierarchyTree.tsx'
import css from './TreeWithIssue.module.css'

const IssuePanel = lazy(() => import('./IssuePanel.tsx').then((module) => ({ default: module.IssuePanel })))
const SKELETON_DELAY_MS = 150

export interface TreeWithIssueProps {
  /** The rows that are shown. */
  tree: IssueTree
  /** What the address calls the issue that is shown. */
  name: string | undefined
  /** Every issue that an address may name; without it those that are shown. */
  all?: readonly IssueNode[]
  home: Home
  /** Id of the heading. */
  labelledBy: string
  /** The first level is of issues that stand below none, which have no order. */
  isForest?: boolean
}

export function TreeWithIssue(props: TreeWithIssueProps) {
  const { tree, name, all = tree.children, home, labelledBy, isForest = false } = props
  const navigate = useNavigate()
  // Who opens an issue goes on in it; who comes by its address begins at the top of the page.
  const isAsked = useRef(false)
  const shown = name === undefined ? null : nodeNamed(all, name, home)
  const show = (node: IssueNode | null) =>
    void navigate({
      to: '.',
      search: (before) => ({ ...before, issue: node ? addressName(node, home) : undefined }),
      resetScroll: false,
    })
  const open = (node: IssueNode) => {
    isAsked.current = true
    show(node)
  }
  const close = () => {
    if (!shown) return
    const row = document.getElementById(rowId(shown))
    // It may be hidden, by a filter or below an issue that was closed.
    const entry = document.querySelector<HTMLElement>('[role="treeitem"][tabindex="0"]')
    ;(row ?? entry)?.focus()
    show(null)
  }
  const keys = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && !event.defaultPrevented) close()
  }
  const ordered = hasOrder(tree.children, isForest)
  return (
    <div className={shown ? `${panel.columns} ${css.columns}` : undefined} onKeyDown={keys}>
      <div>
        <IssueHierarchyTree
          tree={tree}
          home={home}
          labelledBy={labelledBy}
          isForest={isForest}
          shown={shown && rowId(shown)}
          onShow={open}
        />
        <p className={css.note}>
          {treeWords.hint} {tree.move.allowed ? ordered && treeWords.orderHint : tree.move.why}
        </p>
      </div>
      {shown && (
        <Suspense fallback={<SkeletonBox height="240px" delay={SKELETON_DELAY_MS} aria-busy="true" />}>
          <IssuePanel key={rowId(shown)} node={shown} home={home} isAsked={isAsked} onClose={close} />
        </Suspense>
      )}
    </div>
  )
}
