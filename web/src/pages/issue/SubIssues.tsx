/** What is below an issue. An issue without sub-issues says nothing of them, and loads nothing for them. */
import { SkeletonBox } from '@primer/react'
import { useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'

import type { IssueBody, IssueTree } from '#contracts/issues.ts'

import type { IssueRef } from '../../api.ts'
import { repositoriesIn } from '../../lib/issue-tree.ts'
import { useLiveTree } from '../../live/hooks.ts'
import { issueTreeQuery } from '../../queries.ts'
import panel from '../../ui/panel.module.css'
import { Problem } from '../../ui/Problem.tsx'
import { treeWords } from '../../words/issue-tree.ts'
import css from './SubIssues.module.css'

const TreeWithIssue = lazy(() => import('./TreeWithIssue.tsx').then((module) => ({ default: module.TreeWithIssue })))
const SKELETON_DELAY_MS = 150

export function SubIssues({ issue, issueRef }: { issue: IssueBody; issueRef: IssueRef }) {
  if (issue.tree?.children.length === 0) return null
  return (
    <section aria-labelledby="sub-issues" className={`${panel.panel} ${css.section}`}>
      <h2 id="sub-issues" className={panel.smallHeading}>
        {treeWords.title}
      </h2>
      {issue.tree ? (
        <Tree known={issue.tree} url={issue.url} issueRef={issueRef} />
      ) : (
        <p className={css.note}>{treeWords.unavailable}</p>
      )}
    </section>
  )
}

/** `known` is the first level, which came with the issue. */
function Tree({ known, url, issueRef }: { known: IssueTree; url: string; issueRef: IssueRef }) {
  const {
    data: tree,
    error,
    refetch,
  } = useQuery({
    ...issueTreeQuery(issueRef),
    initialData: known,
    // What is whole need not be read a second time.
    ...(known.truncated ? { initialDataUpdatedAt: 0 } : {}),
  })
  useLiveTree(repositoriesIn(tree.children))
  const { issue: name } = useSearch({ from: '/repos/$owner/$repo/issues/$number' })
  return (
    <>
      {error && <Problem title={treeWords.failed} error={error} onRetry={() => void refetch()} />}
      <Suspense fallback={<SkeletonBox height="96px" delay={SKELETON_DELAY_MS} aria-busy="true" />}>
        <TreeWithIssue
          tree={tree}
          name={name}
          home={{ owner: issueRef.owner, name: issueRef.repo }}
          labelledBy="sub-issues"
        />
      </Suspense>
      {tree.truncated && !error && tree !== known && (
        <p className={css.note}>
          {treeWords.truncated} <a href={url}>{treeWords.onGitHub}</a>
        </p>
      )}
    </>
  )
}
