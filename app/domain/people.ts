/**
 * Who asked for a Run: a person on GitHub, or a program with an API token. A program has no account, so it stands as
 * a person with the number 0, which GitHub gives to nobody, and a name that no login can have.
 */
import type { Person } from './events.ts'

const PROGRAM_ID = 0
const PROGRAM_PREFIX = 'api:'

export const programAsPerson = (name: string): Person => ({ id: PROGRAM_ID, login: `${PROGRAM_PREFIX}${name}` })

/** How the audit trail names them, by the name that the ledger has. */
export const actorOf = (login: string): string =>
  login.startsWith(PROGRAM_PREFIX) ? `token:${login.slice(PROGRAM_PREFIX.length)}` : `person:${login}`

/** True where there is no GitHub account to ask permissions of, to mention, or to credit in a commit. */
export const isProgram = (person: Person): boolean => person.id === PROGRAM_ID
