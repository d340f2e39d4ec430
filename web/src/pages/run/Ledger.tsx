/** The raw ledger, for those who want to know exactly: every event, when it came, and who reported it. */
import type { LedgerEventBody } from '#contracts/api.ts'

import { duration, number } from '../../lib/time.ts'
import { words } from '../../words.ts'
import css from './Ledger.module.css'

const { eventColumns } = words.run

export function Ledger({ events, startedAt }: { events: readonly LedgerEventBody[]; startedAt: string }) {
  const startMs = Date.parse(startedAt)
  return (
    <details className={css.ledger}>
      <summary>
        {words.run.events} <span className={css.count}>{number(events.length)}</span>
      </summary>
      <p>{words.run.eventsLead}</p>
      {/* Wide content scrolls in its own box, which the keyboard must be able to reach. */}
      <div className={css.scroller} tabIndex={0} role="region" aria-label={words.run.events}>
        <table>
          <thead>
            <tr>
              <th scope="col">{eventColumns.seq}</th>
              <th scope="col">{eventColumns.at}</th>
              <th scope="col">{eventColumns.type}</th>
              <th scope="col">{eventColumns.actor}</th>
            </tr>
          </thead>
          <tbody>
            {events.map((event) => (
              <tr key={event.seq}>
                <td>{event.seq}</td>
                <td>
                  <time dateTime={event.at}>+{duration(Date.parse(event.at) - startMs)}</time>
                </td>
                <td>
                  <code>{event.type}</code>
                </td>
                <td>{event.actor}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  )
}
