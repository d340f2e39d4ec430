/**
 * Narrows the list of Runs to one repository. It offers the repositories of the Runs that this page has seen, which are
 * by construction ones that the signed-in person may read.
 */
import { RepoIcon } from '@primer/octicons-react'
import { ActionList, ActionMenu } from '@primer/react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useLocation, useNavigate, useParams } from '@tanstack/react-router'
import { useRef, useState } from 'react'

import type { RunBody, RunList } from '#contracts/api.ts'

import { runQuery } from '../queries.ts'
import { words } from '../words.ts'
import css from './Shell.module.css'

export function RepositoryPicker() {
  const client = useQueryClient()
  const navigate = useNavigate()
  const { search } = useLocation()
  const { owner, repo, id } = useParams({ strict: false })
  // The Run's own page reads it; here it is only looked at.
  const run = useQuery({ ...runQuery(id ?? ''), enabled: false }).data
  const seen = useRef(new Set<string>())
  const [open, setOpen] = useState(false)
  const here = owner && repo ? `${owner}/${repo}` : run ? nameOf(run) : search.repository
  if (here) seen.current.add(here)
  for (const name of seenIn(
    client.getQueriesData<RunList>({ queryKey: ['runs'] }).flatMap(([, list]) => list?.runs ?? []),
  )) {
    seen.current.add(name)
  }
  const go = (repository?: string) => {
    void navigate({
      to: '/runs',
      search: (now) => ({ ...(now.status ? { status: now.status } : {}), ...(repository ? { repository } : {}) }),
    })
  }
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
        <ActionMenu.Overlay width="medium">
          <ActionList selectionVariant="single" aria-label={words.repositories.label}>
            <ActionList.Item selected={!here} onSelect={() => go()}>
              {words.repositories.all}
            </ActionList.Item>
            {[...seen.current].toSorted().map((name) => (
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

function seenIn(runs: readonly RunBody[]): string[] {
  return runs.map(nameOf)
}

function nameOf({ repository }: RunBody): string {
  return `${repository.owner}/${repository.name}`
}
