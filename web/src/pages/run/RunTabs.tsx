/** The tabs of a Run. Each has an address, so they are links; the digits lead there too. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useEffect } from 'react'

import type { RunBody } from '#contracts/api.ts'
import { isTerminal } from '#contracts/status.ts'

import { useCommands } from '../../commands/registry.ts'
import { type RunTab, runTabs } from '../../lib/search.ts'
import { number } from '../../lib/time.ts'
import { logCountQuery } from '../../queries.ts'
import head from '../../ui/head.module.css'
import { words } from '../../words.ts'

export interface RunTabsProps {
  run: RunBody
  tab: RunTab
  /** How many lines the chat has. */
  said: number
}

export function RunTabs({ run, tab, said }: RunTabsProps) {
  const navigate = useNavigate()
  const logged = useLogCount(run)
  useCommands(
    runTabs.map((name, index) => ({
      id: `tab.${name}`,
      title: words.tabs.open(words.tabs[name]),
      keys: String(index + 1),
      run: () => void navigate({ to: '/runs/$id', params: { id: run.id }, search: searchOf(name), resetScroll: false }),
    })),
  )
  return (
    <nav aria-label={words.tabs.label} className={head.tabs}>
      <ul>
        {runTabs.map((name) => (
          <li key={name}>
            <Link
              to="/runs/$id"
              params={{ id: run.id }}
              search={searchOf(name)}
              resetScroll={false}
              className={head.tab}
              aria-current={tab === name ? 'page' : undefined}
              activeOptions={{ exact: true, includeSearch: true }}
            >
              {words.tabs[name]}
              {name === 'logs' && logged > 0 && ` ${number(logged)}`}
              {name === 'changes' && run.git.files > 0 && ` ${number(run.git.files)}`}
              {name === 'chat' && said > 0 && ` ${number(said)}`}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}

/** How many lines the log has, as far as it is known. Once the Run has ended, none is missed. */
function useLogCount({ id, seq, status }: RunBody): number {
  const client = useQueryClient()
  const { data = 0 } = useQuery(logCountQuery(id))
  const ended = isTerminal(status)
  useEffect(() => {
    void client.prefetchQuery({ ...logCountQuery(id), ...(ended ? { staleTime: 0 } : {}) })
  }, [client, id, seq, ended])
  return data
}

function searchOf(tab: RunTab): { tab?: RunTab } {
  return tab === 'timeline' ? {} : { tab }
}
