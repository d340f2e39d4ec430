/** Pages that only say something: nothing is here, or something broke. */
import { LinkButton } from '@primer/react'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'

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
