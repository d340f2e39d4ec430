/** The main navigation. It lists the pages that exist; on narrow screens the menu button of the top bar opens it. */
import { DependabotIcon, GearIcon, IssueOpenedIcon, PlayIcon, ShieldLockIcon } from '@primer/octicons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, useLocation, useNavigate } from '@tanstack/react-router'

import { useCommands } from '../commands/registry.ts'
import { adminReachQuery, administers } from '../queries/admin.ts'
import { words } from '../words.ts'
import css from './Shell.module.css'

export const NAVIGATION_ID = 'navigation'

/** Shown to those who administer something. */
const admin = { to: '/admin', word: words.nav.admin, Icon: ShieldLockIcon, under: ['/admin'] } as const
/** Each new section of the product is one line here. `under` also marks the section of pages that it leads to. */
const items = [
  { to: '/runs', word: words.nav.runs, Icon: PlayIcon, under: ['/runs'] },
  { to: '/issues', word: words.nav.issues, Icon: IssueOpenedIcon, under: ['/issues', '/repos'] },
  { to: '/agents', word: words.nav.agents, Icon: DependabotIcon, under: ['/agents'] },
  { to: '/settings', word: words.nav.settings, Icon: GearIcon, under: ['/settings'] },
] as const

export function Navigation({ open }: { open: boolean }) {
  const { pathname } = useLocation()
  const reach = useQuery(adminReachQuery).data
  const isAdmin = reach !== undefined && administers(reach)
  const shown = isAdmin ? [...items, admin] : items
  const navigate = useNavigate()
  const toAdmin = { id: 'go.admin', title: words.commands.goAdmin, run: () => void navigate({ to: '/admin' }) }
  useCommands(isAdmin ? [toAdmin] : [])
  return (
    <nav id={NAVIGATION_ID} aria-label={words.nav.label} className={css.nav} data-open={open}>
      <ul>
        {shown.map(({ to, word, Icon, under }) => (
          <li key={to}>
            <Link
              to={to}
              className={css.navItem}
              data-active={under.some((prefix) => pathname.startsWith(prefix))}
              aria-current={pathname === to ? 'page' : under.some((p) => pathname.startsWith(p)) ? 'true' : undefined}
            >
              <Icon />
              {word}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}
