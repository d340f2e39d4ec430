/** Pages that only say something: nothing is here, or something broke. */
import { LinkButton } from '@primer/react'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'

import { ProblemError } from '../api.ts'
import { PageTitle } from '../ui/PageTitle.tsx'
import { words } from '../words.ts'
import css from './messages.module.css'

export interface MessageProps {
  title: string
  visual?: ReactNode
  children: ReactNode
}

/** A title, a sentence, and what to do next. */
export function Message({ title, visual, children }: MessageProps) {
  return (
    <section className={css.message}>
      {visual}
      <PageTitle tab={`${title} · ${words.product}`} className={css.title}>
        {title}
      </PageTitle>
      {children}
    </section>
  )
}

export function NotFoundPage({ text = words.notFound.text }: { text?: string }) {
  return (
    <Message title={words.notFound.title}>
      <p>{text}</p>
      <Link to="/runs" className={css.action}>
        {words.notFound.toRuns}
      </Link>
    </Message>
  )
}

/** For what the reader knows of and may not see; the server's sentence says which access it takes. */
function ForbiddenPage({ text }: { text: string }) {
  return (
    <Message title={words.forbidden.title}>
      <p>{text}</p>
      <Link to="/runs" className={css.action}>
        {words.notFound.toRuns}
      </Link>
    </Message>
  )
}

/** What stands instead of a page that could not be read, where that is final; null where trying again may help. */
export function refusedPage(error: Error | null, notFound?: string): ReactNode {
  if (!(error instanceof ProblemError)) return null
  if (error.status === 404 && notFound !== undefined) return <NotFoundPage text={notFound} />
  if (error.status === 403) return <ForbiddenPage text={error.detail ?? words.forbidden.text} />
  return null
}

export function BrokenPage() {
  return (
    <Message title={words.broken.title}>
      <p>{words.broken.text}</p>
      <LinkButton href={window.location.href} variant="primary">
        {words.broken.reload}
      </LinkButton>
    </Message>
  )
}
