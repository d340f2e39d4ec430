/** The bar on top: product, repository picker, search, state of the live connection, and who is signed in. */
import { ThreeBarsIcon, XIcon } from '@primer/octicons-react'
import { LinkButton } from '@primer/react'
import { Link, useLocation } from '@tanstack/react-router'

import type { SessionBody } from '#contracts/api.ts'

import { loginHref } from '../api.ts'
import { words } from '../words.ts'
import { ConnectionPill, PauseUpdates } from './Connection.tsx'
import { Mark } from './Mark.tsx'
import { NAVIGATION_ID } from './Navigation.tsx'
import { RepositoryPicker } from './RepositoryPicker.tsx'
import css from './Shell.module.css'
import { TopSearch } from './TopSearch.tsx'
import { UserMenu } from './UserMenu.tsx'

export interface TopBarProps {
  session: SessionBody | undefined
  framed: boolean
  menuOpen: boolean
  onMenu: () => void
}

export function TopBar({ session, framed, menuOpen, onMenu }: TopBarProps) {
  const { href, pathname } = useLocation()
  return (
    <header className={css.bar}>
      {framed && (
        <button
          type="button"
          className={css.menuButton}
          aria-expanded={menuOpen}
          aria-controls={NAVIGATION_ID}
          aria-label={menuOpen ? words.nav.close : words.nav.open}
          onClick={onMenu}
        >
          {menuOpen ? <XIcon /> : <ThreeBarsIcon />}
        </button>
      )}
      <Link to="/runs" className={css.brand}>
        <Mark />
        <span className={css.brandName}>{words.product}</span>
      </Link>
      {framed && <RepositoryPicker />}
      {framed && <TopSearch />}
      <div className={css.barEnd}>
        <ConnectionPill />
        {framed && <PauseUpdates />}
        {session?.user && <UserMenu user={session.user} />}
        {session && !session.user && pathname !== '/login' && (
          <LinkButton href={loginHref(session.loginUrl, href)} size="small">
            {words.login.title}
          </LinkButton>
        )}
      </div>
    </header>
  )
}
