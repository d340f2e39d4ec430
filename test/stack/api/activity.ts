/** What happens around issues and pull requests on GitHub as plain tables. */
import type { ApiPorts, CommentFacts } from '../../../app/http/api/ports.ts'

type Reads = Pick<ApiPorts['github'], 'latestComments' | 'pullRequest' | 'checksOf'>
type Answer<K extends keyof Reads> = Exclude<Awaited<ReturnType<Reads[K]>>, null>

export interface ActivityTable {
  /** By `<repository>#<number>`, oldest first; an issue that is not there has none. */
  comments: Map<string, CommentFacts[]>
  /** There are older ones than those in the table. */
  more: boolean
  /** By `<repository>#<number>`. */
  pulls: Map<string, Answer<'pullRequest'>>
  /** By the commit. */
  checks: Map<string, Answer<'checksOf'>>
  /** GitHub does not tell of pull requests. */
  pullsUntold: boolean
}

export const activityTable = (): ActivityTable => ({
  comments: new Map(),
  more: false,
  pulls: new Map(),
  checks: new Map(),
  pullsUntold: false,
})

export function activityReads(
  table: ActivityTable,
  isIssue: (key: string) => boolean,
  away: <T>(answer: T) => Promise<T>,
): Reads {
  return {
    latestComments: ({ name }, number) => {
      const key = `${name}#${number}`
      return away(isIssue(key) ? { comments: table.comments.get(key) ?? [], more: table.more } : null)
    },
    pullRequest: ({ name }, number) =>
      table.pullsUntold
        ? Promise.reject(new Error('GitHub broke'))
        : away(table.pulls.get(`${name}#${number}`) ?? null),
    checksOf: (_, sha) => away(table.checks.get(sha) ?? null),
  }
}
