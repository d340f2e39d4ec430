/** The raw ledger, for those who want to know exactly: each event as it is kept, to read, copy and take along. */
import { CheckIcon, CopyIcon, DownloadIcon } from '@primer/octicons-react'
import { Button } from '@primer/react'
import { Link, useSearch } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'

import type { LedgerEventBody, RunBody } from '#contracts/api.ts'

import { useCommands } from '../../commands/registry.ts'
import { saveFile } from '../../lib/files.ts'
import { duration } from '../../lib/time.ts'
import { useCopy } from '../../ui/copy.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { words } from '../../words.ts'
import { runTabWords } from '../../words/run-tabs.ts'
import css from './EventsTab.module.css'

const text = words.events

export function EventsTab({ run, events }: { run: RunBody; events: readonly LedgerEventBody[] }) {
  const { event: named } = useSearch({ from: '/runs/$id' })
  const wanted = named === undefined ? null : Number(named)
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set(wanted === null ? [] : [wanted]))
  const all = () => setOpen(new Set(events.map(({ seq }) => seq)))
  useCommands([
    { id: 'events.expand', title: runTabWords.changes.expandAll, keys: 'e', run: all },
    { id: 'events.collapse', title: runTabWords.changes.collapseAll, keys: 'w', run: () => setOpen(new Set()) },
  ])
  const toggle = (seq: number, is: boolean) =>
    setOpen((now) => (now.has(seq) === is ? now : new Set(is ? [...now, seq] : [...now].filter((n) => n !== seq))))
  const startMs = Date.parse(run.createdAt)
  const json = () => `${JSON.stringify(events, null, 2)}\n`
  const { said, copy } = useCopy()
  return (
    <section aria-label={text.title}>
      <div className={css.toolbar}>
        <p className={css.lead}>{text.lead}</p>
        <Button
          leadingVisual={said === words.run.copied ? CheckIcon : CopyIcon}
          onClick={() => copy(json())}
          disabled={events.length === 0}
        >
          {said ?? text.copy}
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
          <Event
            key={event.seq}
            event={event}
            startMs={startMs}
            open={open.has(event.seq)}
            wanted={event.seq === wanted}
            onToggle={toggle}
          />
        ))}
      </ol>
    </section>
  )
}

interface EventProps {
  event: LedgerEventBody
  startMs: number
  open: boolean
  wanted: boolean
  onToggle: (seq: number, open: boolean) => void
}

function Event({ event, startMs, open, wanted, onToggle }: EventProps) {
  const place = useRef<HTMLLIElement>(null)
  useEffect(() => {
    if (wanted) place.current?.scrollIntoView({ block: 'center' })
  }, [wanted])
  return (
    <li ref={place} data-wanted={wanted}>
      <details open={open} onToggle={(toggled) => onToggle(event.seq, toggled.currentTarget.open)}>
        <summary className={css.event}>
          <span className={css.seq}>{event.seq}</span>
          <time dateTime={event.at} className={css.at}>
            +{duration(Date.parse(event.at) - startMs)}
          </time>
          <code className={css.type}>{event.type}</code>
          <span className={css.actor}>{event.actor}</span>
        </summary>
        {open && (
          <p className={css.link}>
            <Link
              to="/runs/$id"
              params={{ id: event.runId }}
              search={{ tab: 'events', event: String(event.seq) }}
              resetScroll={false}
            >
              {runTabWords.links.event(event.seq)}
            </Link>{' '}
            <CopyButton
              kind="link"
              value={`/runs/${event.runId}?tab=events&event=${event.seq}`}
              label={runTabWords.links.copyEvent(event.seq)}
            />
          </p>
        )}
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
