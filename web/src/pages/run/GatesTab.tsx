/** The gates of a Run. There are none so far, and the page says so instead of showing an empty table. */
import { runTabWords } from '../../words/run-tabs.ts'
import css from './ChatTab.module.css'

const text = runTabWords.gates

export function GatesTab() {
  return (
    <section aria-label={text.title} className={css.panel}>
      <p className={css.lead}>{text.none}</p>
      <p className={css.why}>{text.why}</p>
    </section>
  )
}
