/** What only admins may ask for on GitHub (surfaces.md 1.3), and the record of every try. */
import { GATES_BYPASS } from '../domain/assign-policy.ts'
import type { RepositoryRef } from '../domain/events.ts'
import type { Run } from '../domain/run.ts'
import type { PersonEvent } from '../github/translate.ts'
import type { AuditRecord, Deps } from './deps.ts'

/** Admins of the repository, and those of everything: by the setting, or because the App is theirs. */
export async function isAdmin(deps: Deps, repository: RepositoryRef, event: PersonEvent): Promise<boolean> {
  if (deps.admins.includes(event.by.login.toLowerCase()) || (await deps.talk.mayAdminister(repository, event)))
    return true
  return deps.talk.ownsApp(repository, event)
}

/** A retry keeps `gate=none`, so it needs what that needed. A refusal is on record. */
export async function mayRetry(
  deps: Deps,
  repository: RepositoryRef,
  event: PersonEvent,
  run: Run,
  via: 'comment' | 'check',
): Promise<boolean> {
  if (!run.gatesOff || (await isAdmin(deps, repository, event))) return true
  const where = { runId: run.id, issue: run.issue.number, via } as const
  const refusal = { outcome: 'refused', reason: 'needs_admin', why: null } as const
  await record(deps, repository, event, { action: GATES_BYPASS, ...where, ...refusal })
  return false
}

interface Deed extends Pick<AuditRecord, 'action' | 'outcome' | 'reason' | 'why'> {
  runId: string | null
  issue: number
  via: 'comment' | 'check'
}

/** Writes a line of the audit trail. A trail that cannot be written to undoes nothing. */
export async function record(
  { audit, now, log }: Deps,
  repository: RepositoryRef,
  { by }: PersonEvent,
  { runId, ...deed }: Deed,
): Promise<void> {
  const where = `${repository.owner}/${repository.name}`
  const target = runId === null ? `repository:${where}` : `run:${runId}`
  const line = { at: now(), actor: `person:${by.login}`, target, repository: where, ...deed }
  await audit(line).catch((err: unknown) => log.error({ err, target }, 'audit_not_written'))
}
