/**
 * Reads a Run's log page by page, and goes on while the Run lives and somebody looks.
 *
 * It asks, although the stream tells of everything else. What the stream tells comes from the one change stream that a
 * replica has over the Runs (app/store/feed.ts), and lines are no part of a Run. To carry them, that change stream would
 * have to watch the log too, so that every replica took in every line of every Run for the few that are looked at; or
 * each post of lines would have to write to its Run as well, which every replica would hear of. A replica that told only
 * of the lines that it took in itself would be silent for readers of another one, so asking would have to stay. Asking
 * costs one read by key, of what is new, of the Runs that somebody looks at, and nothing while nobody does.
 */
import { useCallback, useEffect, useRef, useState } from 'react'

import type { RunBody } from '#contracts/api.ts'
import { isTerminal } from '#contracts/status.ts'

import { api } from '../api.ts'
import { isPaused, onPauseChange } from '../live/paused.ts'
import { LogBook } from './book.ts'

const POLL_MS = 1_500
/** What the executor had still in its hands when the Run ended comes soon after. */
const READS_AFTER_END = 4
const BOOKS_MAX = 3
const RETRY_AFTER_MS = 5_000

const books = new Map<string, LogBook>()

export interface Reading {
  book: LogBook
  /** Changes whenever lines came. */
  version: number
  error: Error | null
  retry: () => void
}

export function useLogBook(run: RunBody): Reading {
  const book = bookOf(run.id)
  const [version, setVersion] = useState(0)
  const [error, setError] = useState<Error | null>(null)
  const [tries, setTries] = useState(0)
  const ended = useRef(false)
  ended.current = isTerminal(run.status)
  useEffect(() => {
    const over = new AbortController()
    let timer: number | undefined
    read({
      book,
      id: run.id,
      ended: () => ended.current,
      signal: over.signal,
      onRead: () => {
        setError(null)
        setVersion((number) => number + 1)
      },
    }).catch((problem: unknown) => {
      if (over.signal.aborted) return
      setError(problem instanceof Error ? problem : new Error(String(problem)))
      timer = window.setTimeout(() => setTries((number) => number + 1), RETRY_AFTER_MS)
    })
    return () => {
      over.abort()
      window.clearTimeout(timer)
    }
    // Reading ends some time after the Run, and a retry opens the next attempt of the same one.
  }, [book, run.id, run.attempt, tries])
  return { book, version, error, retry: useCallback(() => setTries((number) => number + 1), []) }
}

/** Books are kept for the tabs of one page; the oldest makes room. */
function bookOf(id: string): LogBook {
  const known = books.get(id)
  if (known) return known
  const made = new LogBook()
  books.set(id, made)
  const oldest = books.keys().next().value
  if (books.size > BOOKS_MAX && oldest !== undefined) books.delete(oldest)
  return made
}

interface Read {
  book: LogBook
  id: string
  ended: () => boolean
  signal: AbortSignal
  onRead: () => void
}

async function read({ book, id, ended, signal, onRead }: Read): Promise<void> {
  let readsAfterEnd = 0
  while (!signal.aborted && readsAfterEnd < READS_AFTER_END) {
    const over = ended()
    const page = await api.logs(id, book.last, signal)
    const news = book.append(page.lines)
    const first = page.next === null && !book.complete
    book.complete ||= page.next === null
    if (news || first) onRead()
    if (page.next !== null) continue
    if (over) readsAfterEnd += 1
    if (readsAfterEnd < READS_AFTER_END) await pause(signal)
  }
}

/** Until it is time for the next look, and until somebody looks. */
async function pause(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = window.setTimeout(resolve, POLL_MS)
    signal.addEventListener('abort', () => {
      window.clearTimeout(timer)
      resolve()
    })
  })
  while (!signal.aborted && (isPaused() || document.visibilityState !== 'visible')) {
    await new Promise<void>((resolve) => {
      const once = new AbortController()
      const leave = onPauseChange(() => done())
      const done = () => {
        leave()
        once.abort()
        resolve()
      }
      document.addEventListener('visibilitychange', done, { signal: once.signal })
      signal.addEventListener('abort', done, { signal: once.signal })
    })
  }
}
