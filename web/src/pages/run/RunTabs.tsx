/** The tabs of a Run. Each has an address, so they are links; the digits lead there too. */
import { Link, useNavigate } from '@tanstack/react-router'

import type { RunBody } from '#contracts/api.ts'

import { useCommands } from '../../commands/registry.ts'
import { type RunTab, runTabs } from '../../lib/search.ts'
import { number } from '../../lib/time.ts'
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
              {name === 'changes' && run.git.files > 0 && ` ${number(run.git.files)}`}
              {name === 'chat' && said > 0 && ` ${number(said)}`}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}

function searchOf(tab: RunTab): { tab?: RunTab } {
  return tab === 'timeline' ? {} : { tab }
}
