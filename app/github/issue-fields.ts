/** What every answer of GitHub with an issue in it says in the same roundabout way. */

/** Null where this GitHub does not say. */
export const hasSubIssues = (issue: { sub_issues_summary?: { total: number } }): boolean | null =>
  issue.sub_issues_summary ? issue.sub_issues_summary.total > 0 : null

export const labelNames = (issue: { labels: readonly (string | { name?: string | null })[] }): string[] =>
  issue.labels.map((label) => (typeof label === 'string' ? label : (label.name ?? '')))
