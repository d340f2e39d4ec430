/**
 * Narrows what is listed to one repository: Runs, or issues on their page. It offers the repositories that the
 * server lists for the signed-in person, and those of what this page has seen; each is a command as well.
 */
import { RepoIcon } from '@primer/octicons-react'
import { ActionList, ActionMenu } from '@primer/react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useLocation, useNavigate, useParams } from '@tanstack/react-router'
import { useRef, useState } from 'react'

import type { RunBody, RunList } from '#contracts/api.ts'

import { useCommands } from '../commands/registry.ts'
import { parseIssuesSearch, parseRunsSearch } from '../lib/search.ts'
import { runChoicesQuery } from '../queries/runs.ts'
import { runQuery } from '../queries.ts'
import { words } from '../words.ts'
import css from './Shell.module.css'

/** More would drown all other commands. */
const COMMANDS_MAX = 50

export function RepositoryPicker() {
  const [open, setOpen] = useState(false)
  const { here, names } = useRepositories()
  const go = useSwitch()
  useCommands([
    { id: 'repository', title: words.repositories.all, last: true, run: () => go() },
    ...names.slice(0, COMMANDS_MAX).map((name) => ({
      id: `repository.${name}`,
      title: words.repositories.switchTo(name),
      last: true,
      run: () => go(name),
    })),
  ])
  return (
    <div className={css.picker}>
      <ActionMenu open={open} onOpenChange={setOpen}>
        <ActionMenu.Button
          variant="invisible"
          leadingVisual={RepoIcon}
          aria-label={words.repositories.open(here ?? words.repositories.all)}
        >
          <span className={css.pickerName}>{here ?? words.repositories.all}</span>
        </ActionMenu.Button>
        <ActionMenu.Overlay width="medium" maxHeight="medium" overflow="auto">
          <ActionList selectionVariant="single" aria-label={words.repositories.label}>
            <ActionList.Item selected={!here} onSelect={() => go()}>
              {words.repositories.all}
            </ActionList.Item>
            {names.map((name) => (
              <ActionList.Item key={name} selected={name === here} onSelect={() => go(name)}>
                {name}
              </ActionList.Item>
            ))}
          </ActionList>
        </ActionMenu.Overlay>
      </ActionMenu>
    </div>
  )
}

/** The repository that this page is about, and all that are known, in the order of their names. */
function useRepositories(): { here: string | undefined; names: readonly string[] } {
  const client = useQueryClient()
  const { search } = useLocation()
  const { owner, repo, id } = useParams({ strict: false })
  const listed = useQuery(runChoicesQuery).data?.repositories ?? []
  // The Run's own page reads it; here it is only looked at.
  const run = useQuery({ ...runQuery(id ?? ''), enabled: false }).data
  const seen = useRef(new Set<string>())
  const here = owner && repo ? `${owner}/${repo}` : run ? nameOf(run) : parseIssuesSearch(search).repository
  if (here) seen.current.add(here)
  for (const [, list] of client.getQueriesData<RunList>({ queryKey: ['runs'] })) {
    for (const one of list?.runs ?? []) seen.current.add(nameOf(one))
  }
  return { here, names: [...new Set([...listed, ...seen.current])].toSorted() }
}

/** To another repository, or all. What else narrows the list stays; a place inside of the old one means nothing. */
function useSwitch(): (repository?: string) => void {
  const navigate = useNavigate()
  const { pathname, search } = useLocation()
  return (repository) => {
    if (pathname === '/issues') {
      void navigate({ to: '/issues', search: parseIssuesSearch({ ...search, repository }) })
    } else {
      const filters = pathname === '/runs' ? search : {}
      void navigate({ to: '/runs', search: parseRunsSearch({ ...filters, repository, after: undefined }) })
    }
  }
}

function nameOf({ repository }: RunBody): string {
  return `${repository.owner}/${repository.name}`
}
