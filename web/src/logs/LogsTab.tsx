/** The log of a Run: search, filters, follow, links to lines, and the whole of it as a file. */
import { useLocation, useNavigate } from '@tanstack/react-router'
import { useQueryClient } from '@tanstack/react-query'
import { useDeferredValue, useEffect, useMemo, useState } from 'react'

import type { RunBody } from '#contracts/api.ts'
import { isTerminal } from '#contracts/status.ts'

import { useCommands } from '../commands/registry.ts'
import { saveFile } from '../lib/files.ts'
import { number } from '../lib/time.ts'
import { logCountQuery } from '../queries.ts'
import { CopyButton } from '../ui/CopyButton.tsx'
import { Problem } from '../ui/Problem.tsx'
import { words } from '../words.ts'
import { runTabWords } from '../words/run-tabs.ts'
import { type LineRange, type LogFilter, formatRange, logText, matching, parseRange } from './book.ts'
import { LogList } from './LogList.tsx'
import css from './Logs.module.css'
import { type Look, LogToolbar, ReadNewLines } from './LogToolbar.tsx'
import { useLogBook } from './useLogBook.ts'

const text = words.logs

export function LogsTab({ run }: { run: RunBody }) {
  const reading = useLogBook(run)
  const { book, version, error } = reading
  const client = useQueryClient()
  useEffect(() => {
    client.setQueryData(logCountQuery(run.id).queryKey, book.lines.length)
  }, [client, run.id, book, version])
  const [range, pick] = useRange()
  const live = !isTerminal(run.status)
  const [filter, setFilter] = useState<LogFilter>({ query: '', level: 'all', source: 'all' })
  const [look, setLook] = useState<Look>({ follow: live && range === null, wrap: false, clock: false })
  const wanted = useDeferredValue(filter)
  // The book grows in place; its version says when.
  const places = useMemo(() => matching(book, wanted), [book, wanted, version])
  const shown = places?.length ?? book.lines.length
  const stopFollowing = () => setLook((now) => ({ ...now, follow: false }))

  useCommands([
    { id: 'logs.follow', title: text.follow, keys: 'f', run: () => setLook({ ...look, follow: !look.follow }) },
    { id: 'logs.wrap', title: text.wrap, run: () => setLook({ ...look, wrap: !look.wrap }) },
  ])
  return (
    <section aria-label={text.title} className={css.panel}>
      {error && <Problem title={text.failed} error={error} onRetry={() => reading.retry()} />}
      <LogToolbar
        filter={filter}
        onFilter={setFilter}
        look={look}
        onLook={setLook}
        onDownload={
          book.complete && book.lines.length > 0 ? () => saveFile(`${run.id}.log`, 'text/plain', logText(book)) : null
        }
      />
      <div className={css.count}>
        <span>
          {places === null ? text.lines(number(shown)) : text.found(number(shown), number(book.lines.length))}
        </span>
        {!book.complete && <span>{text.reading}</span>}
        {range !== null && (
          <span className={css.lines}>
            {formatRange(range)}
            <CopyButton
              kind="link"
              value={`/runs/${run.id}?tab=logs#${formatRange(range)}`}
              label={runTabWords.links.copyLines(formatRange(range))}
            />
          </span>
        )}
        {live && <ReadNewLines lines={book.plain} />}
      </div>
      {shown === 0 ? (
        <p className={css.empty}>{book.lines.length > 0 ? text.none : book.complete ? text.empty : text.reading}</p>
      ) : (
        <LogList
          book={book}
          places={places}
          query={wanted.query}
          startMs={Date.parse(run.createdAt)}
          look={look}
          range={range}
          onLeaveEnd={stopFollowing}
          onJump={() => live && setLook((now) => ({ ...now, follow: true }))}
          onPick={(picked) => {
            stopFollowing()
            pick(picked)
          }}
        />
      )}
    </section>
  )
}

/** The lines that the address names, and how to name others. */
function useRange(): [LineRange | null, (range: LineRange) => void] {
  const { hash } = useLocation()
  const navigate = useNavigate({ from: '/runs/$id' })
  const range = useMemo(() => parseRange(hash), [hash])
  const pick = (picked: LineRange) =>
    void navigate({
      search: true,
      hash: formatRange(picked),
      replace: true,
      resetScroll: false,
      hashScrollIntoView: false,
    })
  return [range, pick]
}
