/** Small words that several texts share: durations, times and counts. */

/** `90s`, `30m`, `2h`: the largest unit that divides it, as in the option `timeout=`. */
export function duration(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1_000))
  if (seconds % 3_600 === 0) return `${seconds / 3_600}h`
  if (seconds % 60 === 0) return `${seconds / 60}m`
  return `${seconds}s`
}

/** `2026-11-20 12:00 UTC` */
export function utcMinute(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

// Made once: asking a number to format itself looks the locale up each time.
const grouped = new Intl.NumberFormat('en-US')

/** `1 file`, `2 files` */
export function count(n: number, noun: string): string {
  return `${grouped.format(n)} ${noun}${n === 1 ? '' : 's'}`
}

/** A branch as far as people see it: `2 commits, 5 files, +120 −8`. */
export function changes(git: { commits: number; files: number; additions: number; deletions: number }): string {
  return `${count(git.commits, 'commit')}, ${count(git.files, 'file')}, +${git.additions} −${git.deletions}`
}
