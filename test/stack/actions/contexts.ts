/** What a run knows about itself: the `github` context of expressions and the `GITHUB_*` variables of a step. */
import type { RepositoryDispatch } from '../github/types.ts'
import type { WorkflowRunRecord } from '../github/records.ts'

export interface RunFacts {
  dispatch: RepositoryDispatch
  run: WorkflowRunRecord
  attempt: number
  urls: { server: string; api: string }
  /** The caller's workflow: name and file. */
  workflow: { name: string; path: string }
}

/** The `github` context but for `token`, `job` and what else belongs to one job or step. */
export function githubContext(facts: RunFacts): Record<string, unknown> {
  const { dispatch, run, urls, workflow } = facts
  const { repository, sender } = dispatch
  const ref = `refs/heads/${run.headBranch}`
  return {
    event: dispatch.payload,
    event_name: run.event,
    repository: repository.fullName,
    repository_id: String(repository.id),
    repository_owner: repository.owner,
    repository_owner_id: String(repository.ownerId),
    repository_visibility: repository.private ? 'private' : 'public',
    repositoryUrl: `git://${new URL(urls.server).host}/${repository.fullName}.git`,
    sha: run.headSha,
    ref,
    ref_name: run.headBranch,
    ref_type: 'branch',
    ref_protected: false,
    head_ref: '',
    base_ref: '',
    run_id: String(run.id),
    run_number: String(run.runNumber),
    run_attempt: String(facts.attempt),
    actor: sender.login,
    actor_id: String(sender.id),
    triggering_actor: sender.login,
    workflow: workflow.name,
    workflow_ref: `${repository.fullName}/${workflow.path}@${ref}`,
    workflow_sha: run.headSha,
    server_url: urls.server,
    api_url: urls.api,
    graphql_url: urls.api.replace(/\/v3$/, '/graphql'),
    retention_days: '90',
    secret_source: 'Actions',
  }
}

/** In the `github` context, but not handed to steps as variables. */
const notVariables = new Set(['event', 'repositoryUrl', 'repository_visibility', 'secret_source', 'token'])

/** `GITHUB_REPOSITORY` and so on, from the context. */
export function githubVariables(context: Record<string, unknown>): Record<string, string> {
  const entries = Object.entries(context).filter(([name]) => !notVariables.has(name))
  return Object.fromEntries(entries.map(([name, value]) => [`GITHUB_${name.toUpperCase()}`, String(value)]))
}
