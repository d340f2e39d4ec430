/** Every tree of issues of a repository on one page; what it shows of them stands in the address. */
import { Button, Checkbox, FormControl, Select, SkeletonBox } from '@primer/react'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'

import type { IssueNode, IssueTree } from '#contracts/issues.ts'
import { runStatuses, statusView } from '#contracts/status.ts'

import { fitting, repositoriesIn } from '../lib/issue-tree.ts'
import { type TreeSearch, treeStatuses } from '../lib/search.ts'
import { useLiveTree } from '../live/hooks.ts'
import { repositoryTreeQuery } from '../queries.ts'
import blank from '../ui/blank.module.css'
import head from '../ui/head.module.css'
import { PageTitle } from '../ui/PageTitle.tsx'
import panel from '../ui/panel.module.css'
import { Problem } from '../ui/Problem.tsx'
import { words } from '../words.ts'
import { repositoryWords } from '../words/browse.ts'
import { treeWords } from '../words/issue-tree.ts'
import { TreeWithIssue } from './issue/TreeWithIssue.tsx'
import issueCss from './IssuePage.module.css'
import { refusedPage } from './messages.tsx'
import css from './TreePage.module.css'

const text = treeWords.page
const SKELETON_DELAY_MS = 150
const TITLE_ID = 'issue-trees'

export function TreePage() {
  const { owner, repo } = useParams({ from: '/repos/$owner/$repo/tree' })
  const { data, error, refetch } = useQuery(repositoryTreeQuery(owner, repo))
  const name = `${owner}/${repo}`
  useLiveTree(repositoriesIn(data?.children ?? []))
  const refused = data ? null : refusedPage(error, repositoryWords.notFound(name))
  if (refused) return refused
  return (
    <>
      <p className={issueCss.name}>
        <Link to="/repos/$owner/$repo" params={{ owner, repo }}>
          {name}
        </Link>
      </p>
      <PageTitle tab={`${text.title} · ${name} · ${words.product}`} className={head.title}>
        <span id={TITLE_ID}>{text.title}</span>
      </PageTitle>
      <p className={head.lead}>{text.lead}</p>
      {error && <Problem title={text.failed} error={error} onRetry={() => void refetch()} />}
      {data ? <Loaded tree={data} owner={owner} repo={repo} /> : !error && <Loading />}
    </>
  )
}

function Loaded({ tree, owner, repo }: { tree: IssueTree; owner: string; repo: string }) {
  const search = useSearch({ from: '/repos/$owner/$repo/tree' })
  const navigate = useNavigate()
  const { issue } = search
  // Another filter leaves the issue that is shown where it is.
  const show = (wanted: TreeSearch) =>
    void navigate({
      to: '/repos/$owner/$repo/tree',
      params: { owner, repo },
      search: { ...wanted, ...(issue ? { issue } : {}) },
      resetScroll: false,
    })
  const children = fitting(tree.children, (node) => fits(node, search))
  if (tree.children.length === 0) {
    return (
      <div className={`${blank.empty} ${css.empty}`}>
        <h2>{text.empty.title}</h2>
        <p>{text.empty.text}</p>
      </div>
    )
  }
  return (
    <>
      <Filters search={search} onSearch={show} />
      {children.length > 0 ? (
        <div className={panel.panel}>
          <TreeWithIssue
            tree={{ ...tree, children }}
            name={issue}
            all={tree.children}
            home={{ owner, name: repo }}
            labelledBy={TITLE_ID}
            isForest={true}
          />
        </div>
      ) : (
        <div className={blank.empty}>
          <h2>{text.none.title}</h2>
          <Button onClick={() => show({ done: 'show' })}>{text.none.clear}</Button>
        </div>
      )}
      {tree.truncated && <p className={css.note}>{text.truncated}</p>}
    </>
  )
}

function fits({ state, run }: IssueNode, { status, done }: TreeSearch): boolean {
  if (state === 'closed' && done !== 'show') return false
  return status === undefined || status === (run?.status ?? 'none')
}

function Filters({ search, onSearch }: { search: TreeSearch; onSearch: (search: TreeSearch) => void }) {
  const { status, done } = search
  return (
    <form role="search" aria-label={text.filters} className={`${head.filters} ${css.filters}`}>
      <FormControl>
        <Checkbox
          checked={done !== 'show'}
          onChange={({ target }) =>
            onSearch({ ...(status ? { status } : {}), ...(target.checked ? {} : { done: 'show' as const }) })
          }
        />
        <FormControl.Label>{text.hideDone}</FormControl.Label>
      </FormControl>
      <FormControl>
        <FormControl.Label visuallyHidden>{text.status}</FormControl.Label>
        <Select
          value={status ?? ''}
          onChange={({ target }) => {
            const chosen = treeStatuses.find((name) => name === target.value)
            onSearch({ ...(chosen ? { status: chosen } : {}), ...(done ? { done } : {}) })
          }}
        >
          <Select.Option value="">{text.statuses.any}</Select.Option>
          <Select.Option value="none">{text.statuses.none}</Select.Option>
          {runStatuses.map((name) => (
            <Select.Option key={name} value={name}>
              {statusView(name, null).word}
            </Select.Option>
          ))}
        </Select>
      </FormControl>
    </form>
  )
}

function Loading() {
  return (
    <div aria-busy="true" className={blank.loading}>
      <span className={blank.hidden}>{words.loading(text.loading)}</span>
      <SkeletonBox height="240px" delay={SKELETON_DELAY_MS} />
    </div>
  )
}
