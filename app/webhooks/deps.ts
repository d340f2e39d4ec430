/** What the handlers of webhooks share: their ports, and how a delivery came out. */
import { refusedAct } from '../domain/acts.ts'
import type { Act } from '../domain/acts.ts'
import type { AssignPolicy } from '../domain/assign-policy.ts'
import { COMMAND_AGE_MS_MAX } from '../domain/policy.ts'
import type { RepositoryRef } from '../domain/events.ts'
import type { Urls } from '../domain/render/urls.ts'
import type { Run } from '../domain/run.ts'
import type { Engine } from '../engine.ts'
import type { Conversation } from '../github/conversation.ts'
import type { GitHubPort } from '../github/port.ts'
import type { IssueEvent, PersonEvent } from '../github/translate.ts'

export interface WebhookPorts extends AssignPolicy {
  appId: number
  engine: Pick<
    Engine,
    'request' | 'submit' | 'load' | 'seen' | 'liveRun' | 'latestRuns' | 'resume' | 'retry' | 'waitingFor' | 'advance'
  >
  github: GitHubPort
  urls: Urls
  /** The Run as it may stand on GitHub: without the words of its agent that hold a secret. */
  inPublic: (run: Run) => Run
  log: { error(fields: object, message: string): void }
  /** Logins in lower case of those who may administer everything. */
  admins: readonly string[]
  /** The trigger label; `<label>:<agent>` picks the agent. */
  label: string
  /** Whether taking the label off cancels the Run that it started. */
  labelRemovalCancels: boolean
  /** Whether a command in the first line of a new issue counts; templates leak commands. */
  commandInIssueBody: boolean
  /** Logins in lower case, with `[bot]`, of the bots whose comments and labels count. Never our own App's. */
  allowedBots: readonly string[]
  audit: (event: AuditRecord) => Promise<void>
  now: () => number
}

export interface Deps extends WebhookPorts {
  talk: Conversation
}

/** One line of the audit trail: who, what, to what, how it ended, and why as the person said it. */
export interface AuditRecord {
  at: number
  actor: string
  action: string
  target: string
  /** `<owner>/<name>`, whose admins may read of it. */
  repository?: string
  outcome: 'allowed' | 'refused'
  reason: string | null
  why: string | null
  issue?: number | null
  via?: Act['via']
  /** Of those with the same name the first stays. */
  once?: string
}

export interface Delivery {
  id: string
  name: string
  payload: unknown
}
export interface DeliveryOutcome {
  outcome: 'processed' | 'ignored' | 'refused'
  reason: string | null
}

/** Whether a bot did it whose comments and labels do not count. Those that do count as if they had write access. */
export function isIgnoredBot({ allowedBots }: Pick<Deps, 'allowedBots'>, { automatic, by }: PersonEvent): boolean {
  if (automatic === 'bot') return !allowedBots.includes(by.login.toLowerCase())
  return automatic !== false
}

/** Our own App is on no list, because it would answer itself. Asked of GitHub only for a bot that is on the list. */
export async function isOurs({ github }: Deps, { automatic, by }: PersonEvent): Promise<boolean> {
  return automatic !== false && by.login.toLowerCase() === `${await github.appSlug()}[bot]`.toLowerCase()
}

/** A signed body of long ago may be a captured one that the inbox has forgotten (trust.md row 4). */
export function isStale({ now }: Deps, { at }: IssueEvent): boolean {
  return at !== null && now() - at > COMMAND_AGE_MS_MAX
}

export const processed = (reason: string | null = null): DeliveryOutcome => ({ outcome: 'processed', reason })
export const ignored = (reason: string): DeliveryOutcome => ({ outcome: 'ignored', reason })
export const refused = (reason: string): DeliveryOutcome => ({ outcome: 'refused', reason })

/** Refuses an act for want of write access, on record; how often that is written is bounded, see `refusedAct`. */
export async function denied(
  { audit, log, now }: Deps,
  repository: RepositoryRef,
  { by: { login } }: PersonEvent,
  act: Pick<Act, 'action' | 'target' | 'issue' | 'via'>,
): Promise<DeliveryOutcome> {
  const refused = refusedAct({ ...act, login, repository, reason: 'needs_write', at: now() })
  await audit(refused).catch((err: unknown) => log.error({ err, target: act.target }, 'audit_not_written'))
  return DENIED
}

/** For who has had their answer, and their line in the audit trail. */
export const DENIED: DeliveryOutcome = processed('denied')

/** 😕 and an explanation. */
export async function puzzled(
  { talk }: Deps,
  repository: RepositoryRef,
  event: IssueEvent,
  text: string,
): Promise<DeliveryOutcome> {
  await talk.react(repository, event, 'confused')
  await talk.reply(repository, event, 'error', text)
  return processed('explained')
}
