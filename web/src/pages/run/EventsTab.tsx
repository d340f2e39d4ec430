/** The raw ledger, for those who want to know exactly: each event as it is kept, to read, copy and take along. */
import { CopyIcon, DownloadIcon } from '@primer/octicons-react'
import { Button } from '@primer/react'
import { useState } from 'react'

import type { LedgerEventBody, RunBody } from '#contracts/api.ts'

import { saveFile } from '../../lib/files.ts'
import { duration } from '../../lib/time.ts'
import { announce } from '../../ui/Announcer.tsx'
import { words } from '../../words.ts'
import css from './EventsTab.module.css'

const text = words.events

export function EventsTab({ run, events }: { run: RunBody; events: readonly LedgerEventBody[] }) {
  const startMs = Date.parse(run.createdAt)
  const json = () => `${JSON.stringify(events, null, 2)}\n`
  const copy = () => {
    void navigator.clipboard?.writeText(json()).then(() => announce(words.run.copied))
  }
  return (
    <section aria-label={text.title}>
      <div className={css.toolbar}>
        <p className={css.lead}>{text.lead}</p>
        <Button leadingVisual={CopyIcon} onClick={copy} disabled={events.length === 0}>
          {text.copy}
        </Button>
        <Button
          leadingVisual={DownloadIcon}
          onClick={() => saveFile(`${run.id}-events.json`, 'application/json', json())}
          disabled={events.length === 0}
        >
          {text.download}
        </Button>
      </div>
      <ol className={css.events}>
        {events.map((event) => (
          <Event key={event.seq} event={event} startMs={startMs} />
        ))}
      </ol>
    </section>
  )
}

function Event({ event, startMs }: { event: LedgerEventBody; startMs: number }) {
  const [open, setOpen] = useState(false)
  return (
    <li>
      <details onToggle={(toggled) => setOpen(toggled.currentTarget.open)}>
        <summary className={css.event}>
          <span className={css.seq}>{event.seq}</span>
          <time dateTime={event.at} className={css.at}>
            +{duration(Date.parse(event.at) - startMs)}
          </time>
          <code className={css.type}>{event.type}</code>
          <span className={css.actor}>{event.actor}</span>
        </summary>
        {/* A thousand events are cheap as long as nobody looks into them. */}
        {open && (
          <pre className={css.json} tabIndex={0} role="region" aria-label={text.json(event.seq)}>
            {JSON.stringify(event, null, 2)}
          </pre>
        )}
      </details>
    </li>
  )
}
