/**
 * Finds and kills the processes of one sandbox or one command by a marker in their environment. A process group is not
 * enough: anything that calls `setsid` leaves it. The functions here are also sent to the supervisor as source text,
 * so they use nothing from outside themselves but what `process.getBuiltinModule` gives.
 */

/** Kill rounds; each catches what was forked while the one before was looking. */
export const KILL_ROUNDS_MAX = 10

/**
 * Kills (SIGKILL) every process whose environment holds `NAME=value`, their descendants and their process groups.
 * Synchronous and bounded. Only Linux can look processes up; elsewhere the given groups are all it kills.
 * Returns how many processes it signalled.
 */
export function killMarked(marker: string, groups: readonly number[], roundsMax: number): number {
  const fs = process.getBuiltinModule('node:fs')
  let killed = 0
  const kill = (pid: number) => {
    try {
      process.kill(pid, 'SIGKILL')
      killed += 1
    } catch {
      // Gone already, which is what was wanted.
    }
  }
  for (const group of groups) if (group > 1) kill(-group)
  if (process.platform !== 'linux') return killed

  const wanted = `\0${marker}\0`
  // Fields of /proc/<pid>/stat count from the command's name: it stands in parentheses and may hold anything.
  const fieldsOf = (pid: number | 'self') => {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  }
  const own = Number(fieldsOf('self')[2])
  const scan = () => {
    const found = new Set<number>()
    const rows: { pid: number; parent: number; group: number }[] = []
    for (const name of fs.readdirSync('/proc')) {
      const pid = Number(name)
      if (!Number.isInteger(pid) || pid === process.pid) continue
      try {
        const [state, parent, group] = fieldsOf(pid)
        if (state === 'Z' || state === 'X') continue
        rows.push({ pid, parent: Number(parent), group: Number(group) })
        if (`\0${fs.readFileSync(`/proc/${pid}/environ`, 'latin1')}`.includes(wanted)) found.add(pid)
      } catch {
        // It ended while we looked, or belongs to somebody else.
      }
    }
    for (let grown = true; grown;) {
      const groupsFound = new Set(rows.filter((row) => found.has(row.pid)).map((row) => row.group))
      const more = rows.filter(
        (row) => !found.has(row.pid) && row.group !== own && (found.has(row.parent) || groupsFound.has(row.group)),
      )
      for (const row of more) found.add(row.pid)
      grown = more.length > 0
    }
    return found
  }
  for (let round = 0; round < roundsMax; round++) {
    const found = scan()
    if (found.size === 0) break
    for (const pid of found) kill(pid)
  }
  return killed
}
