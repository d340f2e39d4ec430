/** Every address that people read in our texts, from the two that the operator sets. */

interface Named {
  owner: string
  name: string
}

export interface Urls {
  dashboard: string
  docs: string
  /** The Run's page. */
  run(id: string): string
  /** What it made, on that page. */
  runChanges(id: string): string
  /** The short link to it, so that trailers stay under 100 characters. */
  shortRun(id: string): string
  /** Base of the executor's routes: `callback_url` of the dispatch. */
  callback(id: string): string
  issue(repo: Named, number: number): string
  pull(repo: Named, number: number): string
  branch(repo: Named, branch: string): string
  comment(repo: Named, issue: number, commentId: number): string
  /** GitHub's address for commits in somebody's name, which gives nothing away. */
  noReply(person: { id: number; login: string }): string
}

/** Neither address has a slash at its end: `https://agents.example.com` and `https://github.com`. */
export function createUrls({ publicUrl, githubUrl }: { publicUrl: string; githubUrl: string }): Urls {
  const own = publicUrl.replace(/\/+$/, '')
  const web = githubUrl.replace(/\/+$/, '')
  const repository = ({ owner, name }: Named): string => `${web}/${owner}/${name}`
  const host = new URL(web).hostname
  return {
    dashboard: `${own}/runs`,
    docs: `${own}/docs/api`,
    run: (id) => `${own}/runs/${id}`,
    runChanges: (id) => `${own}/runs/${id}?tab=changes`,
    shortRun: (id) => `${own}/r/${id}`,
    callback: (id) => `${own}/api/runs/${id}`,
    issue: (repo, number) => `${repository(repo)}/issues/${number}`,
    pull: (repo, number) => `${repository(repo)}/pull/${number}`,
    branch: (repo, branch) => `${repository(repo)}/tree/${branch}`,
    comment: (repo, issue, commentId) => `${repository(repo)}/issues/${issue}#issuecomment-${commentId}`,
    noReply: ({ id, login }) => `${id}+${login}@users.noreply.${host}`,
  }
}
