/** The gates of a Run. There are none so far, and the page says so instead of showing an empty table. */
import type { RunBody } from '#contracts/api.ts'
import { isTerminal } from '#contracts/status.ts'

import panel from '../../ui/panel.module.css'
import { runTabWords } from '../../words/run-tabs.ts'
import css from './ChatTab.module.css'

const text = runTabWords.gates

export function GatesTab({ run }: { run: RunBody }) {
  const { lead, why } = saying(run)
  return (
    <section aria-label={text.title} className={panel.panel}>
      <p className={css.lead}>{lead}</p>
      <p className={css.why}>{why}</p>
    </section>
  )
}

function saying(run: RunBody): { lead: string; why: string } {
  if (run.gatesOff) return { lead: text.off, why: text.offWhy(run.requestedBy.login) }
  if (!isTerminal(run.status)) return { lead: text.noneSetUp, why: text.about }
  return { lead: text.none, why: `${text.about} ${run.pullRequest ? text.hadNoneSaidSo : text.hadNone}` }
}
