/** What people ask of a Run that is there: its status, cancel, kill, pause, resume, retry, say (surfaces.md 1.3). */
import { isTerminal } from '../contracts/status.ts'
import { issueTarget } from '../domain/acts.ts'
import type { RepositoryRef } from '../domain/events.ts'
import { hasObeyed } from '../domain/obeyed.ts'
import { statusMarker } from '../domain/render/markers.ts'
import * as say from '../domain/render/replies.ts'
import { renderStatusComment } from '../domain/render/status-comment.ts'
import type { Run } from '../domain/run.ts'
import type { CommentEvent } from '../github/translate.ts'
import { isAdmin, mayRetry, record } from './admins.ts'
import { DENIED, denied, processed, puzzled } from './deps.ts'
import type { AuditRecord, DeliveryOutcome, Deps } from './deps.ts'
import { targetOf } from './target.ts'

/** For everybody who can read: brings the status comment up to date and answers with one line and its link. */
export async function status(
  deps: Deps,
  repository: RepositoryRef,
  event: CommentEvent,
  runId: string | null,
): Promise<DeliveryOutcome> {
  const target = await targetOf(deps, repository, { ...event, at: null }, runId)
  if (!target.run) return puzzled(deps, repository, event, target.text)
  await deps.talk.react(repository, event, 'eyes')
  const link = await renew(deps, target.run)
  await deps.talk.reply(repository, event, 'status', say.statusText(target.run, deps.urls, link))
  return processed('status')
}

/** Address of the status comment as it stands now; null where there is none (yet, or any more). */
async function renew({ github, urls, inPublic }: Deps, run: Run): Promise<string | null> {
  if (!run.comment) return null
  const posted = await github.upsertStatusComment(run.repository, run.issue.number, {
    commentId: run.comment.id,
    body: renderStatusComment(inPublic(run), urls),
    marker: statusMarker(run.id),
    retried: false,
    since: run.createdAt,
  })
  return posted === 'gone' ? null : posted.url
}

/** By who asked for the Run, or with write access. */
export async function cancel(
  deps: Deps,
  repository: RepositoryRef,
  event: CommentEvent,
  runId: string | null,
  reason: string | null,
): Promise<DeliveryOutcome> {
  const { engine, talk, now } = deps
  const target = await targetOf(deps, repository, event, runId)
  const asked = target.run?.requestedBy.id === event.by.id
  if (!asked && !(await talk.mayWrite(repository, event))) {
    await talk.deny(repository, event, say.deniedVerbText(repository, 'cancel'))
    return denied(deps, repository, event, actOn(repository, event, 'cancel', target.run?.id ?? null))
  }
  if (!target.run) return puzzled(deps, repository, event, target.text)
  const command = event.comment.nodeId
  const obstacle = obstacleToStop(target.run, 'cancel', command)
  if (obstacle) return puzzled(deps, repository, event, obstacle)
  const { login } = event.by
  const wanted = { type: 'cancel', by: login, reason, via: 'comment', command } as const
  const answer = await engine.submit(target.run.id, { ...wanted, at: now() })
  if ('refused' in answer) return puzzled(deps, repository, event, answer.message)
  await talk.react(repository, event, 'eyes')
  return processed(`${answer.id} is being cancelled`)
}

/** What a comment asks of a Run, as the audit trail says it. */
export function actOn(
  repository: RepositoryRef,
  { issue: { number } }: CommentEvent,
  verb: 'cancel' | 'kill' | 'pause' | 'resume' | 'retry' | 'say',
  runId: string | null,
) {
  const target = runId === null ? issueTarget(repository, number) : `run:${runId}`
  const action = verb === 'say' ? 'run.prompt' : (`run.${verb}` as const)
  return { action, target, issue: number, via: 'comment' } as const
}

function obstacleToStop(run: Run, verb: 'cancel' | 'kill', command: string): string | null {
  if (hasObeyed(run, command)) return null
  if (isTerminal(run.status)) return say.notAllowedText(run, verb)
  return run.stop && (verb === 'cancel' || run.stop.kind === 'kill') ? say.stoppedAlreadyText(run) : null
}

/** At once, for admins only; the answer to the person comes after the deed. */
export async function kill(
  deps: Deps,
  repository: RepositoryRef,
  event: CommentEvent,
  runId: string | null,
  why: string | null,
): Promise<DeliveryOutcome> {
  const { engine, talk, now } = deps
  const { login } = event.by
  const found = await targetOf(deps, repository, event, runId)
  const audit = (outcome: AuditRecord['outcome'], reason: string): Promise<void> =>
    record(deps, repository, event, {
      action: 'run.kill',
      runId: found.run?.id ?? null,
      issue: event.issue.number,
      via: 'comment',
      outcome,
      reason,
      why,
    })
  if (!(await isAdmin(deps, repository, event))) {
    const writes = await talk.mayWrite(repository, event)
    if (writes) await audit('refused', 'needs_admin')
    await talk.deny(repository, event, say.deniedKillText(repository))
    return writes ? DENIED : denied(deps, repository, event, actOn(repository, event, 'kill', found.run?.id ?? null))
  }
  if (!found.run) return puzzled(deps, repository, event, found.text)
  const command = event.comment.nodeId
  const obstacle = obstacleToStop(found.run, 'kill', command)
  if (obstacle) return puzzled(deps, repository, event, obstacle)
  const answer = await engine.submit(found.run.id, {
    type: 'kill',
    by: login,
    reason: why,
    via: 'comment',
    command,
    at: now(),
  })
  // One that changes the Run is on record by the engine.
  if ('refused' in answer) await audit('allowed', 'repeated')
  await talk.react(repository, event, 'eyes')
  return processed('refused' in answer ? answer.message : `${answer.id} is being killed`)
}

/** Ends the job at its next checkpoint, or goes on from there. */
export async function pauseOrResume(
  deps: Deps,
  repository: RepositoryRef,
  event: CommentEvent,
  verb: 'pause' | 'resume',
  runId: string | null,
): Promise<DeliveryOutcome> {
  const { engine, talk, now } = deps
  const by = event.by.login
  const command = event.comment.nodeId
  const target = await targetOf(deps, repository, event, runId)
  if (!target.run) return puzzled(deps, repository, event, target.text)
  const { id } = target.run
  const answer =
    verb === 'pause'
      ? await engine.submit(id, { type: 'pause', by, via: 'comment', command, at: now() })
      : await engine.resume(id, by, 'comment', { command })
  if ('refused' in answer) return puzzled(deps, repository, event, answer.message)
  await talk.react(repository, event, 'eyes')
  return processed(verb === 'pause' ? `${id} is being paused` : `${id} goes on`)
}

/** The next attempt of a Run that failed or was cancelled. */
export async function retry(
  deps: Deps,
  repository: RepositoryRef,
  event: CommentEvent,
  runId: string | null,
): Promise<DeliveryOutcome> {
  const { engine, talk } = deps
  const target = await targetOf(deps, repository, event, runId)
  if (!target.run) return puzzled(deps, repository, event, target.text)
  if (!(await mayRetry(deps, repository, event, target.run, 'comment'))) {
    await talk.deny(repository, event, say.deniedGatesOffText(repository))
    return DENIED
  }
  const asked = {
    via: 'comment',
    command: event.comment.nodeId,
    ...(event.at === null ? {} : { askedAt: event.at }),
  } as const
  const answer = await engine.retry(target.run.id, event.by.login, event.by.id, asked)
  if ('refused' in answer) return puzzled(deps, repository, event, answer.message)
  await talk.react(repository, event, 'eyes')
  return processed(`${answer.id} is in attempt ${answer.attempt}`)
}

/** A message to the agent, which reads it before its next step. The comment's own id makes it one, however often it comes. */
export async function tell(
  deps: Deps,
  repository: RepositoryRef,
  event: CommentEvent,
  runId: string | null,
  text: string,
): Promise<DeliveryOutcome> {
  const { engine, talk, now } = deps
  const target = await targetOf(deps, repository, event, runId)
  if (!target.run) return puzzled(deps, repository, event, target.text)
  const { id } = target.run
  const said = { type: 'say', id: event.comment.nodeId, by: event.by.login, text, via: 'comment' } as const
  const answer = await engine.submit(id, { ...said, at: now() })
  if ('refused' in answer) return puzzled(deps, repository, event, answer.message)
  await talk.react(repository, event, 'eyes')
  await talk.react(repository, event, 'rocket')
  return processed(`${id} is told something`)
}
