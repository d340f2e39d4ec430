/**
 * A command works once, however often GitHub delivers it, and never on what was asked for after it was written: a
 * delivery may be worked on again, or be fetched minutes late, and by then another attempt or another Run works.
 */
import { CLOCK_SKEW_MS, COMMANDS_REMEMBERED_MAX } from './policy.ts'
import type { Run } from './run.ts'

/** Whether the Run has done what this command asks. Without an id nobody can tell. */
export const hasObeyed = ({ commands = [] }: Run, command: string | undefined): boolean =>
  command !== undefined && commands.includes(command)

/** As the event of what was asked for carries it. */
export const named = (command: string | undefined): { command?: string } => (command === undefined ? {} : { command })

/** The commands that the Run has obeyed with this one; the newest `COMMANDS_REMEMBERED_MAX`. */
export const obeyedAfter = ({ commands = [] }: Run, command: string): readonly string[] =>
  [...commands, command].slice(-COMMANDS_REMEMBERED_MAX)

/** Whether the Run's present attempt was asked for only after this moment of GitHub's clock; null is unknown. */
export function isAskedAfter({ askedAt, attemptAt, createdAt }: Run, moment: number | null): boolean {
  if (moment === null) return false
  // Our own clock, where GitHub's did not tell, may be ahead of it.
  return (askedAt ?? (attemptAt ?? createdAt) - CLOCK_SKEW_MS) > moment
}
