/** What people type to find a Run, and whether a Run is what they look for. */
import { RunId } from '../contracts/ids.ts'
import { BRANCH_PREFIX } from './policy.ts'

/** `#101`, `shop#101` or `acme/shop#101` */
const ISSUE = /^([\w.-]+(?:\/[\w.-]+)?)?#(\d{1,10})$/
/** Ends with the Run's id without its first two letters, and with the number of an attempt that is not the first. */
const BRANCH_END = /-([0-9a-z]{10})(?:\.\d{1,3})?$/

export type Wanted =
  | { kind: 'run'; id: string }
  /** `repository` is a name, with or without its owner, in lower case; null is any. */
  | { kind: 'issue'; repository: string | null; number: number }
  /** All of them stand in the title, in any order and any case; a number may be the issue's instead. */
  | { kind: 'words'; words: readonly string[] }

/** Null when nothing is looked for. */
export function wantedRun(typed: string): Wanted | null {
  const text = typed.trim().toLowerCase()
  if (text === '') return null
  const id = RunId.safeParse(text.startsWith(BRANCH_PREFIX) ? `r_${BRANCH_END.exec(text)?.[1] ?? ''}` : text)
  if (id.success) return { kind: 'run', id: id.data }
  const [, repository = null, number] = ISSUE.exec(text) ?? []
  if (number !== undefined) return { kind: 'issue', repository, number: Number(number) }
  return { kind: 'words', words: text.split(/\s+/) }
}

export function hasWords(words: readonly string[], { title, issue }: { title: string; issue: number }): boolean {
  const text = title.toLowerCase()
  return words.every((word) => text.includes(word) || word === String(issue))
}
