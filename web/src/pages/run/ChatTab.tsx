/** What people, the agent and the app said in a Run, oldest first, and where one would say more. */
import type { LedgerEventBody, RunBody } from '#contracts/api.ts'

import { type ChatLine, chatOf } from '../../chat.ts'
import panel from '../../ui/panel.module.css'
import { Moment } from '../../ui/Time.tsx'
import { runTabWords } from '../../words/run-tabs.ts'
import css from './ChatTab.module.css'
import { Composer } from './Composer.tsx'

const text = runTabWords.chat

export function ChatTab({ run, events }: { run: RunBody; events: readonly LedgerEventBody[] }) {
  return (
    <section aria-label={text.title} className={panel.panel}>
      <ol aria-label={text.label} className={css.lines}>
        {chatOf(run.agent, events).map((line) => (
          <Line key={line.seq} line={line} />
        ))}
      </ol>
      <Composer key={`${run.id} ${run.attempt}`} run={run} />
    </section>
  )
}

function Line({ line }: { line: ChatLine }) {
  return (
    <li className={css.line} data-system={line.who === null}>
      <p className={css.head}>
        <strong>{line.who ?? text.system}</strong> <Moment at={line.at} />
        {line.state !== null && ` · ${text.states[line.state]}`}
      </p>
      {line.text !== '' && <p>{line.text}</p>}
      {line.quote !== null && <blockquote className={css.quote}>{line.quote}</blockquote>}
    </li>
  )
}
