/** The lines that are in view, and only those: a log may have 100,000. */
import { useVirtualizer } from '@tanstack/react-virtual'
import { type CSSProperties, memo, type MouseEvent, useEffect, useRef } from 'react'

import { duration } from '../lib/time.ts'
import { JumpToLatest } from '../ui/JumpToLatest.tsx'
import { words } from '../words.ts'
import { type LineRange, type LogBook, type LogLine, formatRange } from './book.ts'
import { LineText } from './LineText.tsx'
import css from './Logs.module.css'
import type { Look } from './LogToolbar.tsx'

/** As high as a line must be for its number to be hit (WCAG 2.5.8); the style sheet says the same. */
const ROW_PX = 24
const OVERSCAN_ROWS = 12
const BORDERS_PX = 2
const UP_KEYS = new Set(['ArrowUp', 'PageUp', 'Home'])

export interface LogListProps {
  book: LogBook
  /** Places in the book to show; null shows all. */
  places: readonly number[] | null
  query: string
  startMs: number
  look: Look
  range: LineRange | null
  onLeaveEnd: () => void
  onJump: () => void
  onPick: (range: LineRange) => void
}

export function LogList({ book, places, query, startMs, look, range, ...on }: LogListProps) {
  const { clock, wrap, follow } = look
  const scroller = useRef<HTMLDivElement>(null)
  const count = places?.length ?? book.lines.length
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN_ROWS,
  })
  useEffect(() => {
    if (follow && count > 0) virtual.scrollToIndex(count - 1, { align: 'end' })
  }, [follow, count, virtual])
  useEffect(() => virtual.measure(), [wrap, virtual])
  useShowRange(range, places, count, (place) => virtual.scrollToIndex(place, { align: 'center' }))

  // Whoever goes back to read must not be pulled away by what comes.
  const leave = () => {
    if (follow) on.onLeaveEnd()
  }
  const rows = virtual.getVirtualItems()
  const away = !follow && (virtual.range?.endIndex ?? count) < count - 1
  const jump = () => {
    virtual.scrollToIndex(count - 1, { align: 'end' })
    // The button goes, and the focus must not go with it.
    scroller.current?.focus({ preventScroll: true })
    on.onJump()
  }
  return (
    <div className={css.view}>
      <div
        ref={scroller}
        className={css.scroller}
        data-wrap={wrap}
        style={{ '--log-height': `${virtual.getTotalSize() + BORDERS_PX}px` } as CSSProperties}
        role="log"
        aria-live="off"
        aria-label={words.logs.label}
        tabIndex={0}
        onWheel={(event) => event.deltaY < 0 && leave()}
        onTouchMove={leave}
        onKeyDown={(event) => UP_KEYS.has(event.key) && leave()}
      >
        <div className={css.height} style={{ height: virtual.getTotalSize() }}>
          <div className={css.window} style={{ transform: `translateY(${rows[0]?.start ?? 0}px)` }}>
            {rows.map(({ index, key }) => {
              const place = places?.[index] ?? index
              const line = book.lines[place]
              if (!line) return null
              const number = line.line + 1
              return (
                <div key={key} data-index={index} ref={wrap ? virtual.measureElement : undefined}>
                  <Row
                    line={line}
                    plain={book.plain[place] ?? ''}
                    query={query}
                    time={clock ? clockTime(line.at) : `+${duration(Date.parse(line.at) - startMs)}`}
                    picked={range !== null && number >= range.from && number <= range.to}
                    range={range}
                    onPick={on.onPick}
                  />
                </div>
              )
            })}
          </div>
        </div>
      </div>
      <JumpToLatest side={away ? 'below' : null} place="inside" onJump={jump} />
    </div>
  )
}

/** Scrolls to the lines that the address names, once they have been read. */
function useShowRange(
  range: LineRange | null,
  places: readonly number[] | null,
  count: number,
  show: (place: number) => void,
) {
  const shown = useRef<string | null>(null)
  const key = range && formatRange(range)
  const place = range === null ? -1 : places === null ? range.from - 1 : places.indexOf(range.from - 1)
  useEffect(() => {
    if (key === null) shown.current = null
    if (key === null || shown.current === key || place < 0 || place >= count) return
    shown.current = key
    show(place)
  })
}

interface RowProps {
  line: LogLine
  plain: string
  query: string
  time: string
  picked: boolean
  range: LineRange | null
  onPick: (range: LineRange) => void
}

const Row = memo(function Row({ line, plain, query, time, picked, range, onPick }: RowProps) {
  const number = line.line + 1
  const pick = (event: MouseEvent) => {
    event.preventDefault()
    const start = event.shiftKey && range ? range.from : number
    onPick({ from: Math.min(start, number), to: Math.max(start, number) })
  }
  return (
    <div className={css.row} data-level={line.level} data-picked={picked}>
      <a
        href={`?tab=logs#L${number}`}
        className={css.number}
        onClick={pick}
        aria-label={words.logs.line(number)}
        aria-current={picked ? 'true' : undefined}
      >
        {number}
      </a>
      <span className={css.time}>{time}</span>
      <span className={css.source}>{line.source}</span>
      <span className={css.text}>
        {line.level !== 'info' && <strong className={css.level}>{words.logs.levels[line.level]} </strong>}
        <LineText text={line.text} plain={plain} query={query} />
      </span>
    </div>
  )
})

const clockFormat = new Intl.DateTimeFormat('en', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})

function clockTime(at: string): string {
  return clockFormat.format(Date.parse(at))
}
