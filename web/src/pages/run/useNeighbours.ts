/** `j` and `k`: the next and the previous Run of the list that one came from, without going back to it. */
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'

import type { RunList } from '#contracts/api.ts'

import { useCommands } from '../../commands/registry.ts'
import { words } from '../../words.ts'

export function useNeighbours(id: string): void {
  const client = useQueryClient()
  const navigate = useNavigate()
  const { tab } = useSearch({ from: '/runs/$id' })
  const go = (step: 1 | -1) => {
    const lists = client.getQueriesData<RunList>({ queryKey: ['runs'] }).map(([, list]) => list?.runs ?? [])
    const list = lists.findLast((runs) => runs.some((run) => run.id === id)) ?? []
    const next = list[list.findIndex((run) => run.id === id) + step]
    if (!next) return
    // Who reads the logs of one Run wants to read those of the next; a step, a file or an event is of one Run alone.
    const search = tab === undefined ? {} : { tab }
    void navigate({ to: '/runs/$id', params: { id: next.id }, search, hash: '' })
  }
  useCommands([
    { id: 'run.next', title: words.commands.nextRun, keys: 'j', run: () => go(1) },
    { id: 'run.previous', title: words.commands.previousRun, keys: 'k', run: () => go(-1) },
  ])
}
