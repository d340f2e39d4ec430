/** One repository: its open issues, its Runs, and the settings that Runs in it have. */
import { LinkExternalIcon, LockIcon, RepoIcon } from '@primer/octicons-react'
import { SkeletonBox } from '@primer/react'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'

import type { RepositoryBody } from '#contracts/browse.ts'

import { useCommands } from '../commands/registry.ts'
import { type RepositoryTab, repositoryTabs } from '../lib/search.ts'
import { repositoryQuery } from '../queries/browse.ts'
import blank from '../ui/blank.module.css'
import head from '../ui/head.module.css'
import { PageTitle } from '../ui/PageTitle.tsx'
import { Problem } from '../ui/Problem.tsx'
import { words } from '../words.ts'
import { repositoryWords } from '../words/browse.ts'
import { treeWords } from '../words/issue-tree.ts'
import { IssueBrowser } from './issues/IssueBrowser.tsx'
import { refusedPage } from './messages.tsx'
import css from './repository/Repository.module.css'
import { RepositoryRuns } from './repository/RepositoryRuns.tsx'
import { RepositorySettings } from './repository/RepositorySettings.tsx'

const SKELETON_DELAY_MS = 150

export function RepositoryPage() {
  const { owner, repo } = useParams({ from: '/repos/$owner/$repo' })
  const { data, error, refetch } = useQuery(repositoryQuery(owner, repo))
  const name = `${owner}/${repo}`
  const refused = data ? null : refusedPage(error, repositoryWords.notFound(name))
  if (refused) return refused
  return (
    <>
      <PageTitle tab={`${name} · ${words.product}`} className={head.title}>
        <RepoIcon size={20} className={css.icon} /> {name}
      </PageTitle>
      {error && <Problem title={repositoryWords.failed} error={error} onRetry={() => void refetch()} />}
      {data ? <Loaded repository={data} owner={owner} repo={repo} /> : !error && <Loading />}
    </>
  )
}

interface LoadedProps {
  repository: RepositoryBody
  owner: string
  repo: string
}

function Loaded({ repository, owner, repo }: LoadedProps) {
  const { tab = 'issues', ...search } = useSearch({ from: '/repos/$owner/$repo' })
  const navigate = useNavigate()
  const params = { owner, repo }
  return (
    <>
      <p className={css.meta}>
        <span>
          {repository.repository.private && <LockIcon size={12} />}{' '}
          {repository.repository.private ? repositoryWords.private : repositoryWords.public}
        </span>
        <a href={repository.url} className={css.link}>
          {repositoryWords.onGitHub} <LinkExternalIcon />
        </a>
        <Link to="/repos/$owner/$repo/tree" params={params} className={css.link}>
          {treeWords.page.title}
        </Link>
      </p>
      <Tabs params={params} tab={tab} />
      {tab === 'issues' && (
        <IssueBrowser
          search={search}
          within={`${owner}/${repo}`}
          onSearch={({ repository: _here, ...wanted }) =>
            void navigate({ to: '/repos/$owner/$repo', params, search: wanted, resetScroll: false })
          }
        />
      )}
      {tab === 'runs' && <RepositoryRuns params={params} />}
      {tab === 'settings' && <RepositorySettings repository={repository} params={params} />}
    </>
  )
}

function Tabs({ params, tab }: { params: { owner: string; repo: string }; tab: RepositoryTab }) {
  const navigate = useNavigate()
  const text = repositoryWords.tabs
  useCommands(
    repositoryTabs.map((name, index) => ({
      id: `tab.${name}`,
      title: words.tabs.open(text[name]),
      keys: String(index + 1),
      run: () => void navigate({ to: '/repos/$owner/$repo', params, search: searchOf(name), resetScroll: false }),
    })),
  )
  return (
    <nav aria-label={text.label} className={head.tabs}>
      <ul>
        {repositoryTabs.map((name) => (
          <li key={name}>
            <Link
              to="/repos/$owner/$repo"
              params={params}
              search={searchOf(name)}
              resetScroll={false}
              className={head.tab}
              aria-current={tab === name ? 'page' : undefined}
              activeOptions={{ exact: true, includeSearch: true }}
            >
              {text[name]}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}

function searchOf(tab: RepositoryTab): { tab?: RepositoryTab } {
  return tab === 'issues' ? {} : { tab }
}

function Loading() {
  return (
    <div aria-busy="true" className={blank.loading}>
      <span className={blank.hidden}>{words.loading(repositoryWords.loading)}</span>
      <SkeletonBox height="40px" delay={SKELETON_DELAY_MS} />
      <SkeletonBox height="240px" delay={SKELETON_DELAY_MS} />
    </div>
  )
}
