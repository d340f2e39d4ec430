/** The two doors: signing in, and being turned away. */
import { MarkGithubIcon } from '@primer/octicons-react'
import { Banner, LinkButton } from '@primer/react'
import { useQuery } from '@tanstack/react-query'
import { useLocation } from '@tanstack/react-router'

import { loginHref } from '../api.ts'
import { sessionQuery } from '../queries.ts'
import { Mark } from '../ui/Mark.tsx'
import { words } from '../words.ts'
import { Message } from './messages.tsx'
import css from './messages.module.css'

const HOME = '/runs'

export function LoginPage() {
  const session = useQuery(sessionQuery).data
  const { href, pathname, searchStr } = useLocation()
  const problem = pathname === '/login' ? problemOf(searchStr) : null
  return (
    <Message title={words.login.title} visual={<LargeMark />}>
      <p className={css.lead}>{words.login.lead}</p>
      {problem && (
        <div role="alert">
          <Banner variant="warning" layout="compact" title={problem} />
        </div>
      )}
      {session && (
        <LinkButton
          href={loginHref(session.loginUrl, pathname === '/login' ? returnTo(searchStr) : href)}
          variant="primary"
          size="large"
          leadingVisual={MarkGithubIcon}
        >
          {words.login.button}
        </LinkButton>
      )}
      <p className={css.note}>{words.login.note}</p>
    </Message>
  )
}

export function DeniedPage() {
  const session = useQuery(sessionQuery).data
  return (
    <Message title={words.denied.title}>
      <p>{words.denied.text}</p>
      <p>{words.denied.remedy}</p>
      {session && <LinkButton href={loginHref(session.loginUrl, HOME)}>{words.denied.again}</LinkButton>}
    </Message>
  )
}

/** Why the last sign-in did not work, as the server names it in the address. Only our own sentences are shown. */
function problemOf(search: string): string | null {
  const { problems } = words.login
  const name = new URLSearchParams(search).get('problem')
  return name === 'expired' || name === 'github' ? problems[name] : null
}

function LargeMark() {
  return (
    <span className={css.mark}>
      <Mark />
    </span>
  )
}

/** Only a path of this very site; the server checks it again. */
function returnTo(search: string): string {
  const wanted = new URLSearchParams(search).get('returnTo') ?? HOME
  return /^\/(?![/\\])/.test(wanted) && new URL(wanted, window.location.origin).origin === window.location.origin
    ? wanted
    : HOME
}
