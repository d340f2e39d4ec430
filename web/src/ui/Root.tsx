/** The frame around every page: skip link, top bar, navigation, banners, and the gate for people who are not signed in. */
import { useQuery } from '@tanstack/react-query'
import { Outlet, useLocation } from '@tanstack/react-router'
import { useRef, useState } from 'react'

import type { SessionBody } from '#contracts/api.ts'

import { Shortcuts } from '../commands/Shortcuts.tsx'
import { LoginPage } from '../pages/LoginPage.tsx'
import { sessionQuery } from '../queries.ts'
import { useSignedIn } from '../session.ts'
import { words } from '../words.ts'
import { Announcer } from './Announcer.tsx'
import { ConnectionBanner } from './Connection.tsx'
import { Navigation } from './Navigation.tsx'
import { SessionEnded } from './SessionEnded.tsx'
import css from './Shell.module.css'
import { TopBar } from './TopBar.tsx'
import { VersionBanner } from './VersionBanner.tsx'

const OPEN_PATHS = new Set(['/login', '/denied'])
/** In the frame for those who are signed in, and readable for everybody. */
const PUBLIC_PATHS = new Set(['/docs/api'])

/** Set-up has no session: the app that would know of one is not there yet. */
export const isSetup = (pathname: string): boolean => /^\/setup(?:\/|$)/.test(pathname)

export function Root() {
  const { pathname } = useLocation()
  const { data: session, dataUpdatedAt } = useQuery({ ...sessionQuery, enabled: !isSetup(pathname) })
  const [menuAt, setMenuAt] = useState<string | null>(null)
  const open = OPEN_PATHS.has(pathname) || isSetup(pathname)
  const needsSignIn = !open && !PUBLIC_PATHS.has(pathname)
  const signedIn = useSignedIn(session, dataUpdatedAt)
  const framed = signedIn && !open
  // The menu belongs to the page it was opened on: following a link closes it.
  const menuOpen = menuAt === pathname

  return (
    <>
      <SkipLink />
      <TopBar
        session={session}
        framed={framed}
        menuOpen={menuOpen}
        onMenu={() => setMenuAt(menuOpen ? null : pathname)}
      />
      <div className={framed ? css.columns : css.single}>
        {framed && <Navigation open={menuOpen} />}
        {/* Menus and dialogs are put in here, so that they stand inside a landmark. */}
        <main id="main" tabIndex={-1} className={css.main} data-quiet-focus="" data-portal-root="">
          <Banners session={session} />
          {session && !signedIn && needsSignIn ? <LoginPage /> : <Outlet />}
        </main>
      </div>
      <Announcer />
      {framed && <Shortcuts />}
      {session && <SessionEnded loginUrl={session.loginUrl} />}
    </>
  )
}

function SkipLink() {
  return (
    <a
      className={css.skip}
      href="#main"
      onClick={(event) => {
        event.preventDefault()
        document.getElementById('main')?.focus()
      }}
    >
      {words.skip}
    </a>
  )
}

function Banners({ session }: { session: SessionBody | undefined }) {
  const first = useRef<string | undefined>(undefined)
  first.current ??= session?.version
  return (
    <>
      <ConnectionBanner />
      {session?.notice && <p className={css.notice}>{session.notice}</p>}
      {session && session.version !== first.current && <VersionBanner />}
    </>
  )
}
