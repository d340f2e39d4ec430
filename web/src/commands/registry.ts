/**
 * The one list of what can be done now. Pages put their commands in while they are shown; the keyboard, the command menu
 * and the sheet of shortcuts all read from here, so that none of them can forget one.
 */
import { useEffect, useRef } from 'react'

export interface Command {
  /** Stable and unique among what is shown at once. */
  id: string
  title: string
  /** `c`, `?`, or a sequence such as `g r`; `mod+k` is ⌘K or Ctrl K. */
  keys?: string
  /** Stands after all others, because there may be many of its kind. */
  last?: boolean
  run: () => void
}

const owners = new Map<object, () => readonly Command[]>()

/** Offers the commands while the component is mounted. */
export function useCommands(commands: readonly Command[]): void {
  const latest = useRef(commands)
  latest.current = commands
  useEffect(() => {
    const owner = {}
    owners.set(owner, () => latest.current)
    return () => {
      owners.delete(owner)
    }
  }, [])
}

/** Everything that can be done now, each command once. */
export function allCommands(): Command[] {
  const byId = new Map([...owners.values()].flatMap((read) => read()).map((command) => [command.id, command]))
  return [...byId.values()].toSorted((a, b) => Number(a.last ?? false) - Number(b.last ?? false))
}

/** What was typed so far, with this key: either a command, or the start of one, or nothing. */
export function pressed(
  typed: string,
  key: string,
  commands: readonly Command[],
): { command: Command | null; typed: string } {
  for (const keys of typed === '' ? [key] : [`${typed} ${key}`, key]) {
    const command = commands.find((one) => one.keys === keys)
    if (command) return { command, typed: '' }
    if (commands.some((one) => one.keys?.startsWith(`${keys} `))) return { command: null, typed: keys }
  }
  return { command: null, typed: '' }
}

/** Those whose title holds every word of the query, in any case. */
export function search(commands: readonly Command[], query: string): Command[] {
  const wanted = query.toLowerCase().split(/\s+/).filter(Boolean)
  return commands.filter(({ title }) => wanted.every((word) => title.toLowerCase().includes(word)))
}
