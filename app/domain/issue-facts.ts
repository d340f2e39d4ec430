/** What is known of issues on GitHub, as the pages show them and commands are judged by them. */

export interface IssueFacts {
  title: string
  body: string
  url: string
  state: 'open' | 'closed'
  locked: boolean
  isPullRequest: boolean
  labels: readonly string[]
  /** Open issues block it; null where this GitHub does not say. */
  isBlocked: boolean | null
  /** Null where this GitHub does not say. */
  hasSubIssues: boolean | null
}

/** An issue in a tree of sub-issues, which may reach into other repositories of the same owner. */
export interface TreeIssue {
  /** GitHub's own, by which an issue is moved: numbers are those of one repository. */
  id: number
  owner: string
  name: string
  number: number
  title: string
  url: string
  state: 'open' | 'closed'
  /** Null where this GitHub does not say. */
  hasSubIssues: boolean | null
}

/** One of a repository's open issues, as a list shows it. */
export interface OpenIssue extends Pick<TreeIssue, 'id' | 'number' | 'title' | 'url' | 'hasSubIssues'> {
  /** Whether it is a sub-issue itself, as far as this GitHub says. */
  isSubIssue: boolean
  labels: readonly string[]
  /** ms since the epoch */
  updatedAt: number
}

/** `now` takes no answer that was kept: for who is about to change something by it. */
export type AskedWhen = 'now' | 'lately'
