/** The gates of a Run. */
import type { RunBody } from '#contracts/api.ts'

import { gatesOf } from '../../lib/gates.ts'
import panel from '../../ui/panel.module.css'
import { runTabWords } from '../../words/run-tabs.ts'
import css from './ChatTab.module.css'

export function GatesTab({ run }: { run: RunBody }) {
  const { lead, why } = gatesOf(run)
  return (
    <section aria-label={runTabWords.gates.title} className={panel.panel}>
      <p className={css.lead}>{lead}</p>
      <p className={css.why}>{why}</p>
    </section>
  )
}
