/**
 * The name of the agent's branch: a pure function of the Run, so that publishing twice finds the first branch. It is
 * always under `agent/`, the only place where the app writes.
 */
import { BRANCH_PREFIX, SLUG_CHARS_MAX } from './policy.ts'

/** Marks that Unicode's decomposition leaves beside a base letter, such as the accent of é. */
const COMBINING_MARKS = /\p{M}+/gu
const TITLE_CHARS_READ_MAX = 512

/** `[a-z0-9-]`, at most 40 characters, cut between words where that loses little; never empty. */
export function slug(title: string): string {
  const words = title
    .slice(0, TITLE_CHARS_READ_MAX)
    .normalize('NFKD')
    .replace(COMBINING_MARKS, '')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
  let made = ''
  for (const word of words) {
    const longer = made === '' ? word : `${made}-${word}`
    if (longer.length > SLUG_CHARS_MAX) break
    made = longer
  }
  return made || words[0]?.slice(0, SLUG_CHARS_MAX) || 'issue'
}

const OF_RUN = /^agent\/\d+-[a-z0-9-]+-([0-9a-z]{10})(?:\.\d+)?$/
/** The Run whose branch this is by its name, of whichever attempt, or null. Who reads it has to look whether it exists. */
export function runOfBranch(branch: string): string | null {
  const id = OF_RUN.exec(branch)?.[1]
  return id === undefined ? null : `r_${id}`
}

/** `agent/<issue>-<slug>-<run id without r_>` (design.md "The Run"). */
export function branchName(issueNumber: number, title: string, runId: string): string {
  return `${BRANCH_PREFIX}${issueNumber}-${slug(title)}-${runId.replace(/^r_/, '')}`
}
