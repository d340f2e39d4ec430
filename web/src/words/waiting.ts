/** The texts of a Run that waits for its turn, in the words of its comment on the issue. */
const ordinals = new Intl.PluralRules('en', { type: 'ordinal' })
const endings: Partial<Record<Intl.LDMLPluralRule, string>> = { one: 'st', two: 'nd', few: 'rd' }
/** More are not named one by one. */
const ISSUES_NAMED_MAX = 10

function numbered(issues: readonly number[]): string {
  const named = issues.slice(0, ISSUES_NAMED_MAX).map((number) => `#${number}`)
  const left = issues.length - named.length
  return [...named, ...(left > 0 ? [`${left} more`] : [])].join(', ')
}

export const waitingWords = {
  /** `Queued (1st)` */
  queued: (position: number) => `Queued (${position}${endings[ordinals.select(position)] ?? 'th'})`,
  position: (position: number) => `Position ${position} in line`,
  issues: (issues: readonly number[]) => `Waiting for ${numbered(issues)}`,
  starts: (issues: readonly number[]) =>
    `It starts by itself when ${issues.length === 1 ? 'that is closed' : 'they are closed'}.`,
  blockedBy: 'Blocked by',
  /** Of a Run that waits. */
  thisOne: (open: number) => `(this one starts when ${open === 1 ? 'it is' : 'they are'} done)`,
  /** Where there is none. */
  anAgent: (open: number) => `(an agent that you assign starts when ${open === 1 ? 'it is' : 'they are'} done)`,
  advance: {
    title: 'Advance',
    failed: 'The run cannot go on yet.',
    announce: 'The run is looked at now.',
  },
}
