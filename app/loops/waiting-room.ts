/**
 * Commands wait for room in GitHub's limits before they cost anything. Were they begun without it, each would ask who
 * and where, be held back at its first reaction, and ask again: what waits would eat up what it waits for.
 */

/** What the limits of an installation have room for; passed in by the composition root. */
export interface Room<Delivery> {
  /** Null when it need not wait: it costs next to nothing, or is a kill. */
  commandIn: (delivery: Delivery) => WaitingCommand | null
  /** From when on there is room for so many commands, in ms since the epoch; a time that is not ahead is at once. */
  roomAt: (installationId: number, commands: number) => number
}

export interface WaitingCommand {
  /** Whose limits it will use. */
  installationId: number
  /** Who gave it on which issue: the same text for the same person on the same issue. */
  asker: string
  /** A cancel or a pause: it waits for nothing but what the same person asked for before on that issue. */
  stops: boolean
}

/** Installations that are kept in mind; of a forgotten one the next command asks anew. */
const LINES_MAX = 10_000
/** The same of people on issues. */
const ASKERS_MAX = 10_000

/** All who wait are asked each time, so those who come again wait for room for some, and not for one only. */
const TOGETHER_MAX = 3
/** Where there is room as soon as those under way have ended: how long that is given. */
const TURN_MS = 1_000

/** The commands of one installation on one replica. */
interface Line {
  begun: number
  /** Nobody begins before, and all who are put back come at this very moment: then the oldest is taken first. */
  until: number
  /** How many were told to come then. */
  waiting: number
}

/** What one person asked for on one issue. */
interface Asked {
  begun: number
  until: number
}

export class WaitingRoom {
  readonly #roomAt: Room<never>['roomAt']
  readonly #now: () => number
  readonly #lines = new Map<number, Line>()
  readonly #asked = new Map<string, Asked>()

  constructor(roomAt: Room<never>['roomAt'], now: () => number) {
    this.#roomAt = roomAt
    this.#now = now
  }

  /** Null: it may begin, and has to `leave`. Otherwise when it is to come again, in ms since the epoch. */
  enter(command: WaitingCommand): number | null {
    const asked = kept(this.#asked, command.asker, ASKERS_MAX, (): Asked => ({ begun: 0, until: 0 }))
    if (command.stops) return this.#behind(asked)
    const until = this.#admit(command.installationId)
    if (until === null) asked.begun++
    else asked.until = until
    return until
  }

  leave({ installationId, asker, stops }: WaitingCommand): void {
    const asked = this.#asked.get(asker)
    if (asked && !stops) asked.begun = Math.max(0, asked.begun - 1)
    if (asked && asked.begun === 0 && asked.until <= this.#now()) this.#asked.delete(asker)
    if (stops) return
    const line = this.#line(installationId)
    line.begun = Math.max(0, line.begun - 1)
    if (line.begun === 0 && line.until <= this.#now()) this.#lines.delete(installationId)
  }

  /** For one that the limits stopped on its way: when there is room again, and null when that was not what it lacked. */
  putBack({ installationId, asker, stops }: WaitingCommand): number | null {
    const at = this.#roomAt(installationId, 1)
    if (stops || at <= this.#now()) return null
    const line = this.#line(installationId)
    line.until = Math.max(line.until, at)
    line.waiting++
    const asked = this.#asked.get(asker)
    if (asked) asked.until = line.until
    return line.until
  }

  #admit(installationId: number): number | null {
    const now = this.#now()
    const line = this.#line(installationId)
    if (line.until > now) {
      line.waiting++
      return line.until
    }
    // Those under way may still use all that a command may; what they have used by now counts twice for a moment.
    if (this.#roomAt(installationId, line.begun + 1) <= now) {
      line.begun++
      return null
    }
    const commands = Math.min(TOGETHER_MAX, Math.max(1, line.waiting))
    line.until = Math.max(now + TURN_MS, this.#roomAt(installationId, commands))
    line.waiting = 1
    return line.until
  }

  /** Whoever stops what they asked for a moment ago means that, although it has not been begun. */
  #behind(asked: Asked): number | null {
    const turn = this.#now() + TURN_MS
    if (asked.begun > 0) return turn
    // Another replica may have done it meanwhile: nobody waits for it for long.
    return asked.until + TURN_MS >= this.#now() ? Math.max(asked.until, turn) : null
  }

  #line(installationId: number): Line {
    return kept(this.#lines, installationId, LINES_MAX, () => ({ begun: 0, until: 0, waiting: 0 }))
  }
}

/** What is in the map, or was put there now; the oldest is forgotten for it. */
function kept<K, V>(map: Map<K, V>, key: K, entriesMax: number, make: () => V): V {
  const found = map.get(key)
  if (found !== undefined) return found
  if (map.size >= entriesMax) map.delete(map.keys().next().value!)
  const made = make()
  map.set(key, made)
  return made
}
