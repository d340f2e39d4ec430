/** The main navigation. It lists the pages that exist; on narrow screens the menu button of the top bar opens it. */
import { PlayIcon } from '@primer/octicons-react'
import { Link, useLocation } from '@tanstack/react-router'

import { words } from '../words.ts'
import css from './Shell.module.css'

export const NAVIGATION_ID = 'navigation'

/** Each new section of the product is one line here. `under` also marks the section of pages that it leads to. */
const items = [{ to: '/runs', word: words.nav.runs, Icon: PlayIcon, under: ['/runs', '/repos'] }] as const

export function Navigation({ open }: { open: boolean }) {
  const { pathname } = useLocation()
  return (
    <nav id={NAVIGATION_ID} aria-label={words.nav.label} className={css.nav} data-open={open}>
      <ul>
        {items.map(({ to, word, Icon, under }) => (
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
