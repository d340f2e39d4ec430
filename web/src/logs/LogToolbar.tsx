/** What one can do with a log: narrow it, change how it is shown, take it along. */
import { DownloadIcon } from '@primer/octicons-react'
import { Button, FormControl, Select } from '@primer/react'
import { useRef } from 'react'

import { announceNow } from '../ui/Announcer.tsx'
import { SearchField } from '../ui/SearchField.tsx'
import { words } from '../words.ts'
import type { LogFilter, LogLevel } from './book.ts'
import css from './Logs.module.css'

const READ_OUT_LINES_MAX = 10
const text = words.logs

/** How the lines are shown. */
export interface Look {
  follow: boolean
  wrap: boolean
  /** The time of day instead of the time since the Run began. */
  clock: boolean
}

export interface LogToolbarProps {
  filter: LogFilter
  onFilter: (filter: LogFilter) => void
  look: Look
  onLook: (look: Look) => void
  /** Null while there is nothing to take along. */
  onDownload: (() => void) | null
}

export function LogToolbar({ filter, onFilter, look, onLook, onDownload }: LogToolbarProps) {
  return (
    <div className={css.toolbar}>
      <Filters filter={filter} onChange={onFilter} />
      <FormControl>
        <FormControl.Label visuallyHidden>{text.time}</FormControl.Label>
        <Select
          value={look.clock ? 'clock' : 'offset'}
          onChange={(event) => onLook({ ...look, clock: event.target.value === 'clock' })}
        >
          <Select.Option value="offset">{text.times.offset}</Select.Option>
          <Select.Option value="clock">{text.times.clock}</Select.Option>
        </Select>
      </FormControl>
      {(['follow', 'wrap'] as const).map((name) => (
        <Button
          key={name}
          aria-pressed={look[name]}
          className={css.toggle}
          onClick={() => onLook({ ...look, [name]: !look[name] })}
        >
          {text[name]}
        </Button>
      ))}
      <Button leadingVisual={DownloadIcon} disabled={onDownload === null} onClick={() => onDownload?.()}>
        {text.download}
      </Button>
    </div>
  )
}

function Filters({ filter, onChange }: { filter: LogFilter; onChange: (filter: LogFilter) => void }) {
  return (
    <>
      <SearchField label={text.search} value={filter.query} onChange={(query) => onChange({ ...filter, query })} />
      <FormControl>
        <FormControl.Label visuallyHidden>{text.level}</FormControl.Label>
        <Select
          value={filter.level}
          onChange={(event) => onChange({ ...filter, level: event.target.value as LogLevel })}
        >
          {(['all', 'warn', 'error'] as const).map((level) => (
            <Select.Option key={level} value={level}>
              {text.levelChoices[level]}
            </Select.Option>
          ))}
        </Select>
      </FormControl>
      <FormControl>
        <FormControl.Label visuallyHidden>{text.source}</FormControl.Label>
        <Select
          value={filter.source}
          onChange={(event) => onChange({ ...filter, source: event.target.value as LogFilter['source'] })}
        >
          {(['all', 'agent', 'executor', 'sandbox'] as const).map((source) => (
            <Select.Option key={source} value={source}>
              {text.sourceChoices[source]}
            </Select.Option>
          ))}
        </Select>
      </FormControl>
    </>
  )
}

/** The log itself is silent while it streams (surfaces.md 2.8); who cannot see it asks for what came. */
export function ReadNewLines({ lines }: { lines: readonly string[] }) {
  const read = useRef(lines.length)
  return (
    <Button
      size="small"
      onClick={() => {
        const fresh = lines.slice(read.current)
        read.current = lines.length
        announceNow(fresh.length === 0 ? text.noNew : fresh.slice(-READ_OUT_LINES_MAX).join('\n'))
      }}
    >
      {text.readNew}
    </Button>
  )
}
