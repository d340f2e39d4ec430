/** One issue of a tree: what it is, how its newest Run stands, where that leads, and its place among its siblings. */
import {
  ChevronDownIcon,
  ChevronRightIcon,
  ChevronUpIcon,
  GitPullRequestIcon,
  IssueClosedIcon,
  IssueOpenedIcon,
} from '@primer/octicons-react'
import { Link } from '@tanstack/react-router'
import type { CSSProperties } from 'react'

import type { RunBody } from '#contracts/api.ts'

import { type Home, issueName, pageOf, type Row } from '../../lib/issue-tree.ts'
import blank from '../../ui/blank.module.css'
import { StatusLabel, viewOf } from '../../ui/StatusLabel.tsx'
import { words } from '../../words.ts'
import { issuesWords } from '../../words/browse.ts'
import { treeWords } from '../../words/issue-tree.ts'
import css from './IssueTree.module.css'

export interface IssueNodeProps {
  row: Row
  home: Home
  /** Whether Tab leads to this row, and from it to its links and buttons. */
  isEntry: boolean
  /** Null where nothing is below it. */
  isOpen: boolean | null
  /** Whether it is the issue that is shown beside the tree. */
  isShown: boolean
  onShow: () => void
  onToggle: (open: boolean) => void
  /** Null for who may not change the order. */
  onMove: ((by: -1 | 1) => void) | null
}

export function IssueNode({ row, home, isEntry, isOpen, isShown, onShow, onToggle, onMove }: IssueNodeProps) {
  const { id, node, siblings, at, level } = row
  const { title, state, progress, run } = node
  const name = issueName(node, home)
  const tabIndex = isEntry ? 0 : -1
  return (
    <li
      id={id}
      role="treeitem"
      aria-labelledby={`${id}-name ${id}-run`}
      aria-level={level}
      aria-posinset={at + 1}
      aria-setsize={siblings.length}
      aria-expanded={isOpen ?? undefined}
      aria-selected={isShown}
      tabIndex={tabIndex}
      data-issue={name}
      className={css.row}
      style={{ '--level': level } as CSSProperties}
    >
      <span className={css.toggle}>
        {isOpen !== null && (
          <button
            type="button"
            // Arrows do the same.
            tabIndex={-1}
            aria-label={isOpen ? treeWords.close(name) : treeWords.open(name)}
            className={css.button}
            onClick={() => onToggle(!isOpen)}
          >
            {isOpen ? <ChevronDownIcon size={12} /> : <ChevronRightIcon size={12} />}
          </button>
        )}
      </span>
      <span className={css.what} id={`${id}-name`}>
        <span className={css.state} data-state={state}>
          {state === 'open' ? <IssueOpenedIcon /> : <IssueClosedIcon />}
          <span className={blank.hidden}>{words.issue.states[state]}</span>
        </span>{' '}
        {/* Enter on the row does the same. */}
        <Link
          {...pageOf(node)}
          tabIndex={-1}
          className={css.title}
          onClick={(event) => {
            // Into another tab or window it leads to the page.
            if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
            event.preventDefault()
            onShow()
          }}
        >
          {title}
        </Link>{' '}
        <span className={css.muted}>{name}</span>{' '}
        {progress && <span className={css.muted}>{treeWords.done(progress.done, progress.total)}</span>}
      </span>{' '}
      <span className={css.run} id={`${id}-run`}>
        {run && <RunOf run={run} tabIndex={tabIndex} />}
      </span>
      {onMove && siblings.length > 1 && <Order row={row} name={name} tabIndex={tabIndex} onMove={onMove} />}
    </li>
  )
}

/** The words of a row are its name, so what is said beyond them stands in titles. */
function RunOf({ run, tabIndex }: { run: RunBody; tabIndex: number }) {
  const { id, pullRequest } = run
  return (
    <>
      <Link
        to="/runs/$id"
        params={{ id }}
        tabIndex={tabIndex}
        className={css.link}
        title={issuesWords.open(viewOf(run).word)}
      >
        <StatusLabel run={run} />
      </Link>{' '}
      {pullRequest && (
        <a
          href={pullRequest.url}
          tabIndex={tabIndex}
          className={css.link}
          title={words.issue.openPull(pullRequest.number)}
        >
          <GitPullRequestIcon /> {treeWords.pull(pullRequest.number)}
        </a>
      )}
    </>
  )
}

interface OrderProps {
  row: Row
  name: string
  tabIndex: number
  onMove: (by: -1 | 1) => void
}

function Order({ row: { siblings, at }, name, tabIndex, onMove }: OrderProps) {
  return (
    <span className={css.order}>
      {at > 0 && (
        <button
          type="button"
          tabIndex={tabIndex}
          aria-label={treeWords.up(name)}
          className={css.button}
          onClick={() => onMove(-1)}
        >
          <ChevronUpIcon />
        </button>
      )}
      {at < siblings.length - 1 && (
        <button
          type="button"
          tabIndex={tabIndex}
          aria-label={treeWords.down(name)}
          className={css.button}
          onClick={() => onMove(1)}
        >
          <ChevronDownIcon />
        </button>
      )}
    </span>
  )
}
