/** Why the App asks for each permission, for the people who grant it. A test holds this to `app.yml`. */

const whys: Record<string, string> = {
  actions: 'To see what became of a job, to cancel it, and to fetch what it could not deliver.',
  checks: "To show the result on the agent's commit.",
  contents: "To write the agent's branch, to start the job, and to give it a read-only token.",
  issues:
    'To read the issue and its sub-issues, to write one status comment, replies, reactions and labels, and to move sub-issues.',
  metadata: 'To know names of repositories and who may do what in them. GitHub always grants it.',
  pull_requests: 'To open the pull request and to ask for a review.',
  workflows: 'Only to propose the workflow file by a pull request. Agents cannot change workflows either way.',
}

export const whyPermission = (name: string): string => whys[name] ?? 'It is in app.yml.'
