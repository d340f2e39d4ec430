/**
 * What GitHub's issuer says about a job: the claims of its OIDC tokens, named and shaped as GitHub documents them
 * (docs.github.com, "OpenID Connect reference").
 */
export interface JobClaims {
  sub: string
  repository: string
  repository_id: string
  repository_owner: string
  repository_owner_id: string
  repository_visibility: 'public' | 'private' | 'internal'
  run_id: string
  run_number: string
  run_attempt: string
  check_run_id: string
  event_name: string
  ref: string
  ref_type: 'branch' | 'tag'
  ref_protected: 'true' | 'false'
  sha: string
  head_ref: string
  base_ref: string
  workflow: string
  /** The workflow that the event started, in the caller's repository: `o/r/.github/workflows/x.yml@refs/heads/main`. */
  workflow_ref: string
  workflow_sha: string
  /** The file that holds the job: another repository's when a reusable workflow was called. */
  job_workflow_ref: string
  job_workflow_sha: string
  runner_environment: 'github-hosted' | 'self-hosted'
  actor: string
  actor_id: string
}

/** What `jobClaims` needs to know; numbers become strings, as in GitHub's tokens. */
export interface JobFacts {
  repository: { id: number; ownerId: number; owner: string; fullName: string; private: boolean }
  run: { id: number; number: number; attempt: number; checkRunId: number; eventName: string }
  branch: string
  sha: string
  workflow: { name: string; path: string }
  /** Where the job stands: `o/r/.github/workflows/x.yml@ref` and the commit it was read from. */
  jobWorkflow: { ref: string; sha: string }
  actor: { id: number; login: string }
}

export function jobClaims(facts: JobFacts): JobClaims {
  const { repository, run, actor } = facts
  const ref = `refs/heads/${facts.branch}`
  return {
    sub: `repo:${repository.fullName}:ref:${ref}`,
    repository: repository.fullName,
    repository_id: String(repository.id),
    repository_owner: repository.owner,
    repository_owner_id: String(repository.ownerId),
    repository_visibility: repository.private ? 'private' : 'public',
    run_id: String(run.id),
    run_number: String(run.number),
    run_attempt: String(run.attempt),
    check_run_id: String(run.checkRunId),
    event_name: run.eventName,
    ref,
    ref_type: 'branch',
    ref_protected: 'false',
    sha: facts.sha,
    head_ref: '',
    base_ref: '',
    workflow: facts.workflow.name,
    workflow_ref: `${repository.fullName}/${facts.workflow.path}@${ref}`,
    workflow_sha: facts.sha,
    job_workflow_ref: facts.jobWorkflow.ref,
    job_workflow_sha: facts.jobWorkflow.sha,
    runner_environment: 'github-hosted',
    actor: actor.login,
    actor_id: String(actor.id),
  }
}
