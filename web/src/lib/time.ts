/** Time as people read it (surfaces.md 2.9). Pure: the present moment is an argument, in milliseconds since the epoch. */

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const JUST_NOW_MS = 45 * SECOND_MS
/** The Date header counts whole seconds, so an estimate of the offset moves only when it is off by more than that. */
const DATE_HEADER_STEP_MS = SECOND_MS

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always' })
const day = new Intl.DateTimeFormat('en', { dateStyle: 'medium' })
const exact = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'long' })
const short = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' })
const shortUtc = new Intl.DateTimeFormat('en', {
  dateStyle: 'medium',
  timeStyle: 'short',
  timeZone: 'UTC',
  hourCycle: 'h23',
})
const CLOCK = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const
const clock = new Intl.DateTimeFormat('en', CLOCK)
const clockUtc = new Intl.DateTimeFormat('en', { ...CLOCK, timeZone: 'UTC' })
const whole = new Intl.NumberFormat('en')

/** `3 minutes ago` under 24 hours, then the date. A moment ahead reads as `in 56 minutes`; one a little ahead (clocks differ) as now. */
export function relativeTime(atMs: number, nowMs: number): string {
  const age = nowMs - atMs
  if (Math.abs(age) < JUST_NOW_MS) return 'just now'
  if (age < 0) return ahead(-age, atMs)
  if (age < HOUR_MS) return relative.format(-Math.max(1, Math.round(age / MINUTE_MS)), 'minute')
  if (age < DAY_MS) return relative.format(-Math.round(age / HOUR_MS), 'hour')
  return day.format(atMs)
}

function ahead(ms: number, atMs: number): string {
  if (ms < HOUR_MS) return relative.format(Math.max(1, Math.round(ms / MINUTE_MS)), 'minute')
  return ms < DAY_MS ? relative.format(Math.round(ms / HOUR_MS), 'hour') : day.format(atMs)
}

/** The exact local time with its zone: `Nov 20, 2026, 12:00:03 PM GMT+1`. */
export function exactTime(atMs: number): string {
  return exact.format(atMs)
}

/** `Nov 20, 2026, 12:00 PM`, local. */
export function localTime(atMs: number): string {
  return short.format(atMs)
}

/** `Nov 20, 2026, 12:00 UTC`. */
export function utcTime(atMs: number): string {
  return `${shortUtc.format(atMs)} UTC`
}

/** `12:03:10`, local; `12:03:10 UTC` for those who read all times so. */
export function clockTime(atMs: number, utc = false): string {
  return utc ? `${clockUtc.format(atMs)} UTC` : clock.format(atMs)
}

/** `0.4s`, `3.4s`, `12s`, `3m 12s`, `1h 02m`. With `live` the tenths are left out, so that a ticking clock stays calm. */
export function duration(ms: number, live = false): string {
  const safe = Math.max(0, ms)
  if (safe < 10 * SECOND_MS && !live) return `${(Math.floor(safe / 100) / 10).toFixed(1)}s`
  const seconds = Math.floor(safe / SECOND_MS)
  if (seconds < 60) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}m ${pad(seconds % 60)}s`
  return `${whole.format(Math.floor(minutes / 60))}h ${pad(minutes % 60)}m`
}

/** How an ISO duration is written in `<time datetime>`. */
export function isoDuration(ms: number): string {
  return `PT${Math.max(0, Math.round(ms / SECOND_MS))}S`
}

export function number(value: number): string {
  return whole.format(value)
}

/**
 * How far the server's clock is ahead of ours, in milliseconds, from the `Date` header of an answer that was asked for
 * at `sentAtMs` and came at `receivedAtMs` (both by our clock). An estimate within the header's step is kept as it is.
 */
export function nextOffset(
  current: number | null,
  date: string | null,
  sentAtMs: number,
  receivedAtMs: number,
): number | null {
  const server = date === null ? Number.NaN : Date.parse(date)
  if (Number.isNaN(server)) return current
  const estimate = server + DATE_HEADER_STEP_MS / 2 - (sentAtMs + receivedAtMs) / 2
  if (current === null) return Math.abs(estimate) <= DATE_HEADER_STEP_MS ? 0 : estimate
  return Math.abs(estimate - current) <= DATE_HEADER_STEP_MS ? current : estimate
}

function pad(value: number): string {
  return String(value).padStart(2, '0')
}
