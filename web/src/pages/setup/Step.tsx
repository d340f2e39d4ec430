/** One numbered step of set-up. */
import { type ReactNode, useId } from 'react'

import css from './Setup.module.css'

export function Step({ number, title, children }: { number: number; title: string; children: ReactNode }) {
  const id = useId()
  return (
    <section aria-labelledby={id} className={css.step}>
      <h2 id={id} className={css.heading}>
        <span className={css.number}>{number}</span> {title}
      </h2>
      {children}
    </section>
  )
}
