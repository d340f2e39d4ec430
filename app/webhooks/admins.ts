/** What only admins may ask for on GitHub (surfaces.md 1.3), and the record of every try. */
import type { RepositoryRef } from '../domain/events.ts'
import type { IssueEvent } from '../github/translate.ts'
import type { AuditRecord, Deps } from './deps.ts'

/** Admins of the repository, and those of everything: by the setting, or because the App is theirs. */
export async function isAdmin(deps: Deps, repository: RepositoryRef, event: IssueEvent): Promise<boolean> {
  const { login, id } = event.by
  if (deps.admins.includes(login.toLowerCase()) || (await deps.talk.mayAdminister(repository, event))) return true
  return deps.github.ownsApp(login, id)
}

type Deed = Pick<AuditRecord, 'action' | 'outcome' | 'reason' | 'why'> & { runId: string | null }

/** Writes a line of the audit trail. A trail that cannot be written to undoes nothing. */
export async function record(
  { audit, now, log }: Deps,
  repository: RepositoryRef,
  event: IssueEvent,
  { runId, ...deed }: Deed,
): Promise<void> {
  const where = `${repository.owner}/${repository.name}`
  const target = runId === null ? `repository:${where}` : `run:${runId}`
  const issue = event.issue.number
  const line = {
    at: now(),
    actor: `person:${event.by.login}`,
    target,
    repository: where,
    issue,
    via: 'comment',
    ...deed,
  } as const
  await audit(line).catch((err: unknown) => log.error({ err, target }, 'audit_not_written'))
}
