/** The gates of a Run. There are none so far, and the page says so instead of showing an empty table. */
import type { RunBody } from '#contracts/api.ts'

import panel from '../../ui/panel.module.css'
import { runTabWords } from '../../words/run-tabs.ts'
import css from './ChatTab.module.css'

const text = runTabWords.gates

export function GatesTab({ run }: { run: RunBody }) {
  return (
    <section aria-label={text.title} className={panel.panel}>
      <p className={css.lead}>{run.gatesOff ? text.off : text.none}</p>
      <p className={css.why}>{run.gatesOff ? text.offWhy(run.requestedBy.login) : text.why}</p>
    </section>
  )
}
