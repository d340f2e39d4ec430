/** The workflow file that a repository needs, and the ways in which it gets there. */

export const CALLER_PATH = '.github/workflows/deckhand.yml'
/** Below the App's own prefix, like everything that it writes. What it brings, and on which commit, goes on its name. */
export const ONBOARDING_BRANCH = 'agent/deckhand-workflow'

interface Workflow {
  owner: string
  name: string
  file: string
  ref: string
}

/** The shipped file, calling the workflow that this installation believes. */
export function callerFile(template: string, { owner, name, file, ref }: Workflow): string {
  return template.replace(/(^ {0,20}uses: )\S+$/m, `$1${owner}/${name}/${file}@${ref}`)
}

/** GitHub's page for a new file, filled in; who opens it needs write access, the App needs nothing. */
export function newFileUrl(
  githubUrl: string,
  { owner, name, defaultBranch }: { owner: string; name: string; defaultBranch: string },
  content: string,
): string {
  const query = new URLSearchParams({ filename: CALLER_PATH, value: content })
  return `${githubUrl}/${owner}/${name}/new/${encodeURIComponent(defaultBranch)}?${query.toString()}`
}
