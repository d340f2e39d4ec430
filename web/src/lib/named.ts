/** What people type or paste to name a repository or an issue. */
import { isRepository } from './search.ts'

const HOST = /^(?:https?:\/\/|git@)[^/:]*(?::\d+)?[/:]/
const ISSUE = /^#?([1-9]\d{0,8})$/

/** `owner/name`, from itself or from the address of anything in it; null where it names none. */
export function repositoryIn(text: string): string | null {
  const [first = '', ...rest] = text.trim().replace(HOST, '').split(/[/?#]/)
  // Hosts have a dot in their name, owners have none.
  const [owner = '', name = ''] = first.includes('.') ? rest : [first, ...rest]
  const bare = name.replace(/\.git$/, '')
  const named = `${owner}/${bare}`
  // As a part of an address these two would lead elsewhere.
  return isRepository(named) && bare !== '.' && bare !== '..' ? named : null
}

/** The number in `101` or `#101`; null where it is none. */
export function issueNumberIn(text: string): number | null {
  const number = ISSUE.exec(text.trim())?.[1]
  return number === undefined ? null : Number(number)
}
