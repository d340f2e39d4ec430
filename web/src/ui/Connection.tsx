/** How fresh the page is: a pill that is always there while it listens, and a banner when it matters (surfaces.md 2.5). */
import { PauseIcon, PlayIcon } from '@primer/octicons-react'
import { Banner, Button, IconButton } from '@primer/react'

import { useCommands } from '../commands/registry.ts'
import { usePreferences } from '../lib/preferences.ts'
import { clockTime } from '../lib/time.ts'
import { usePausedSince } from '../live/paused.ts'
import { POLL_MS } from '../live/poll.ts'
import { pauseUpdates, reconnect } from '../live/subscribe.ts'
import { useConnection } from '../live/store.ts'
import { words } from '../words.ts'
import css from './Shell.module.css'

/** Stops what moves by itself, on whichever page, and lets it go on (WCAG 2.2.2). */
export function PauseUpdates() {
  const paused = usePausedSince() !== null
  const label = paused ? words.updates.resume : words.updates.pause
  const turn = () => pauseUpdates(!paused)
  useCommands([{ id: 'updates', title: label, run: turn }])
  return <IconButton size="small" icon={paused ? PlayIcon : PauseIcon} aria-label={label} onClick={turn} />
}

function PausedBanner({ sinceMs }: { sinceMs: number }) {
  const { time } = usePreferences()
  return (
    <div className={css.banner}>
      <Banner
        layout="compact"
        title={words.updates.paused(clockTime(sinceMs, time === 'utc'))}
        primaryAction={<Button onClick={() => pauseUpdates(false)}>{words.updates.resume}</Button>}
      />
    </div>
  )
}

export function ConnectionPill() {
  const view = useConnection()
  const paused = usePausedSince() !== null
  if (view.kind === 'idle') return null
  if (paused && view.kind !== 'offline') {
    return (
      <span className={css.pill} data-kind="paused" title={words.connection.label}>
        {words.updates.pill}
      </span>
    )
  }
  return (
    <span className={css.pill} data-kind={view.kind} title={words.connection.label}>
      <span className={css.dot} aria-hidden="true" />
      {words.connection.pill(view)}
    </span>
  )
}

export function ConnectionBanner() {
  const { kind, banner, savedAtMs, reading } = useConnection()
  const { time } = usePreferences()
  const pausedMs = usePausedSince()
  if (pausedMs !== null && kind !== 'offline') return <PausedBanner sinceMs={pausedMs} />
  if (!banner) return null
  const saved = clockTime(savedAtMs, time === 'utc')
  const off = reading ? words.connection.reading(POLL_MS / 1_000) : words.connection.off(saved)
  return (
    <div className={css.banner}>
      <Banner
        variant="warning"
        layout="compact"
        title={kind === 'offline' ? words.connection.offline : off}
        primaryAction={<Button onClick={reconnect}>{words.connection.reconnect}</Button>}
      />
    </div>
  )
}
