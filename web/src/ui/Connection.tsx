/** How fresh the page is: a pill that is always there while it listens, and a banner when it matters (surfaces.md 2.5). */
import { Banner, Button } from '@primer/react'

import { usePreferences } from '../lib/preferences.ts'
import { clockTime } from '../lib/time.ts'
import { POLL_MS } from '../live/poll.ts'
import { reconnect } from '../live/subscribe.ts'
import { useConnection } from '../live/store.ts'
import { words } from '../words.ts'
import css from './Shell.module.css'

export function ConnectionPill() {
  const view = useConnection()
  if (view.kind === 'idle') return null
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
