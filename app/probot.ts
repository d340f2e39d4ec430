/**
 * The webhook table: each subscribed event, one line: translate, then submit. Deliveries come from the durable inbox,
 * verified and inspected; Probot routes them, but its server is not used (trust.md, fact 1).
 */
import { emitterEventNames } from '@octokit/webhooks'
import { Probot } from 'probot'
import type { Logger } from 'probot'

import { assignProblems } from './domain/assign-policy.ts'
import type { AssignPolicy } from './domain/assign-policy.ts'
import type { CommandProblem } from './domain/assign-options.ts'
import { parseComment } from './domain/commands.ts'
import type { Command } from './domain/commands.ts'
import type { RepositoryRef } from './domain/events.ts'
import * as say from './domain/render/replies.ts'
import type { Urls } from './domain/render/urls.ts'
import { SwitchedOff } from './domain/switched-off.ts'
import type { Engine } from './engine.ts'
import { octokitClass } from './github/client.ts'
import { createConversation } from './github/conversation.ts'
import type { Conversation } from './github/conversation.ts'
import { GitHubError } from './github/errors.ts'
import type { GitHubPort } from './github/port.ts'
import { toCommentEvent, toLabelEvent } from './github/translate.ts'
import type { CommentEvent, IssueEvent, LabelEvent } from './github/translate.ts'

export interface ProbotHandlersOptions extends AssignPolicy {
  appId: number
  privateKey: string
  webhookSecret: string
  apiUrl: string
  engine: Pick<Engine, 'request' | 'submit' | 'liveRun' | 'latestRun' | 'retry'>
  github: GitHubPort
  urls: Urls
  log: Logger
  /** Logins in lower case of those who may administer everything. */
  admins: readonly string[]
  audit: (event: AuditRecord) => Promise<void>
  now: () => number
  /** The trigger label; `<label>:<agent>` picks the agent. */
  label?: string
}

/** One line of the audit trail: who, what, to what, how it ended, and why as the person said it. */
export interface AuditRecord {
  at: number
  actor: string
  action: string
  target: string
  outcome: 'allowed' | 'refused'
  reason: string | null
  why: string | null
}

interface Delivery {
  id: string
  name: string
  payload: unknown
}
export interface DeliveryOutcome {
  outcome: 'processed' | 'ignored' | 'refused'
  reason: string | null
}
export interface ProbotHandlers {
  /** Names of the events that the App has to subscribe to; `app.yml` lists the same. */
  events: string[]
  /** Rejects when something failed that may work later; the delivery may then come again. */
  receive: (delivery: Delivery) => Promise<DeliveryOutcome>
  /** For a delivery that failed for good: tells the person, if GitHub still answers. */
  apologise: (delivery: Delivery) => Promise<void>
}

interface Deps extends ProbotHandlersOptions {
  talk: Conversation
  label: string
}
type Handle = (deps: Deps, payload: unknown) => Promise<DeliveryOutcome>

const LABEL = 'agent'
const REFERENCE_CHARS = 8

const table = {
  'issue_comment.created': (deps, payload) => onComment(deps, toCommentEvent(payload, deps.appId)),
  'issues.labeled': (deps, payload) => onLabel(deps, toLabelEvent(payload), labeled),
  'issues.unlabeled': (deps, payload) => onLabel(deps, toLabelEvent(payload), unlabeled),
} as const satisfies Record<string, Handle>

const processed = (reason: string | null = null): DeliveryOutcome => ({ outcome: 'processed', reason })
const ignored = (reason: string): DeliveryOutcome => ({ outcome: 'ignored', reason })
const refused = (reason: string): DeliveryOutcome => ({ outcome: 'refused', reason })

export function createProbotHandlers(options: ProbotHandlersOptions): ProbotHandlers {
  const { appId, privateKey, webhookSecret, apiUrl, log } = options
  const deps: Deps = { label: LABEL, ...options, talk: createConversation(options.github, options.now) }
  // Probot writes whole payloads into its lines, and what fails here is thrown to the intake loop, which logs it.
  const quiet = log.child({}, { level: 'silent' })
  const Octokit = octokitClass({ apiUrl, log: quiet })
  const probot = new Probot({ appId, privateKey, secret: webhookSecret, log: quiet, Octokit })
  /** By delivery id, while it is worked on. */
  const outcomes = new Map<string, DeliveryOutcome>()
  for (const [event, handle] of Object.entries<Handle>(table)) {
    if (!emitterEventNames.includes(event as never)) throw new Error(`GitHub has no event ${event}`)
    probot.on(event as keyof typeof table, async ({ id, payload }) => {
      outcomes.set(id, await handle(deps, payload))
    })
  }
  return {
    events: [...new Set(Object.keys(table).map((event) => event.split('.')[0]!))].toSorted(),
    async receive({ id, name, payload }) {
      await probot.ready()
      try {
        await probot.webhooks.receive({ id, name, payload } as Parameters<typeof probot.webhooks.receive>[0])
        return outcomes.get(id) ?? ignored(`nothing handles ${name}`)
      } catch (error) {
        throw firstCause(error)
      } finally {
        outcomes.delete(id)
      }
    },
    apologise: (delivery) => apologise(deps, delivery),
  }
}

/** Webhooks wraps what handlers throw in an AggregateError and hangs the whole payload onto both. */
function firstCause(error: unknown): unknown {
  const cause: unknown = error instanceof AggregateError && error.errors.length === 1 ? error.errors[0] : error
  if (cause instanceof Error) Reflect.deleteProperty(cause, 'event')
  return cause
}

async function onComment(deps: Deps, event: CommentEvent | null): Promise<DeliveryOutcome> {
  if (!event) return refused('the payload does not fit issue_comment.created')
  if (event.automatic) return ignored('a bot')
  const command = parseComment(event.comment.body)
  if (!command) return ignored('no command')
  const repository = await deps.talk.admit(event)
  if (!repository) return ignored('unknown or suspended installation, or another repository')
  const outcome = await obey(deps, repository, event, command)
  if (command.extraCommands > 0) await deps.talk.reply(repository, event, 'extra', say.extraCommandsText)
  return outcome
}

async function obey(
  deps: Deps,
  repository: RepositoryRef,
  event: CommentEvent,
  command: Command,
): Promise<DeliveryOutcome> {
  const { talk, agents, defaultAgent, urls, engine } = deps
  const help = say.helpText(agents, defaultAgent, urls)
  if (command.kind === 'agent' && command.verb === 'help') {
    await talk.react(repository, event, 'eyes')
    await talk.reply(repository, event, 'help', help)
    return processed('help')
  }
  if (command.kind === 'agent' && command.verb === 'status') {
    await talk.react(repository, event, 'eyes')
    const run = await engine.liveRun(repository.id, event.issue.number)
    await talk.reply(repository, event, 'status', run ? say.statusText(run, urls) : say.noRunText)
    return processed('status')
  }
  if (command.kind === 'agent' && command.verb === 'cancel') {
    return cancel(deps, repository, event, command.runId, command.text === '' ? null : command.text)
  }
  if (command.kind === 'agent' && command.verb === 'kill') {
    return kill(deps, repository, event, command.runId, command.text === '' ? null : command.text)
  }
  if (!(await talk.mayWrite(repository, event))) {
    const text = command.kind === 'agent' ? say.deniedVerbText(repository, command.verb) : say.deniedText(repository)
    await talk.deny(repository, event, text)
    return processed('denied')
  }
  if (command.kind === 'agent' && command.verb === 'retry') return retry(deps, repository, event, command.runId)
  if (command.kind === 'agent') return puzzled(deps, repository, event, say.verbNotYetText(command.verb))
  const problems = command.kind === 'invalid' ? command.problems : assignProblems(command.agent, command.options, deps)
  if (problems.length > 0 || command.kind === 'invalid') {
    const order = command.kind === 'invalid' ? command.command : 'assign-agent'
    return puzzled(deps, repository, event, say.invalidText(problems, order, help))
  }
  return assign(deps, repository, event, command)
}

/** 😕 and an explanation. */
async function puzzled(
  { talk }: Deps,
  repository: RepositoryRef,
  event: IssueEvent,
  text: string,
): Promise<DeliveryOutcome> {
  await talk.react(repository, event, 'confused')
  await talk.reply(repository, event, 'error', text)
  return processed('explained')
}

async function assign(
  deps: Deps,
  repository: RepositoryRef,
  event: CommentEvent,
  command: Extract<Command, { kind: 'assign' }>,
): Promise<DeliveryOutcome> {
  const obstacle = obstacleTo(event)
  if (obstacle) return puzzled(deps, repository, event, obstacle)
  await deps.talk.react(repository, event, 'eyes')
  const { base, timeoutMs } = command.options
  if (base !== undefined && !(await isBranch(deps.github, repository, base))) {
    const problems: CommandProblem[] = [{ code: 'base_not_found', base }]
    return puzzled(deps, repository, event, say.invalidText(problems, 'assign-agent', ''))
  }
  return request(deps, repository, event, {
    agent: command.agent ?? deps.defaultAgent,
    instructions: command.instructions,
    baseRef: base ?? repository.defaultBranch,
    trigger: { via: 'comment', id: event.trigger, commentId: event.comment.id, url: event.comment.url },
    ...(timeoutMs === undefined ? {} : { clocks: { runMs: timeoutMs } }),
  })
}

function obstacleTo({ issue }: IssueEvent): string | null {
  if (issue.isPullRequest) return say.pullRequestText
  if (issue.closed) return say.issueClosedText
  return issue.locked ? say.issueLockedText : null
}

async function isBranch(github: GitHubPort, repository: RepositoryRef, branch: string): Promise<boolean> {
  try {
    await github.baseCommit(repository, `heads/${branch}`)
    return true
  } catch (error) {
    if (error instanceof GitHubError && (error.kind === 'not_found' || error.kind === 'invalid')) return false
    throw error
  }
}

type Wish = Pick<Parameters<Engine['request']>[0], 'agent' | 'instructions' | 'baseRef' | 'trigger' | 'clocks'>

/** The snapshot is the issue as the signed webhook shows it: later edits do not reach the agent (row 32). */
async function request(deps: Deps, repository: RepositoryRef, event: IssueEvent, wish: Wish): Promise<DeliveryOutcome> {
  const { engine, now } = deps
  const { by, trigger } = event
  const { number, title, body, url } = event.issue
  const spec = { repository, issue: { number, title, body, url }, requestedBy: by, ...wish }
  const answer = await engine.request(spec).catch((error: unknown) => {
    if (error instanceof SwitchedOff) return null
    throw error
  })
  if (!answer) return puzzled(deps, repository, event, say.switchedOffText(wish.trigger.via))
  if (answer.conflict === 'same_trigger') return processed(`${answer.run.id} was started by this already`)
  if (answer.conflict === 'live') {
    await engine.submit(answer.run.id, { type: 'request.repeated', by, triggerId: trigger, at: now() })
    return processed(`${answer.run.id} is working on it`)
  }
  return processed(answer.run.id)
}

async function cancel(
  deps: Deps,
  repository: RepositoryRef,
  event: IssueEvent,
  runId: string | null,
  reason: string | null,
): Promise<DeliveryOutcome> {
  const { engine, talk, now } = deps
  const run = await engine.liveRun(repository.id, event.issue.number)
  const asked = run?.requestedBy.id === event.by.id
  if (!asked && !(await talk.mayWrite(repository, event))) {
    await talk.deny(repository, event, say.deniedVerbText(repository, 'cancel'))
    return processed('denied')
  }
  if (!run) return puzzled(deps, repository, event, say.noRunText)
  if (runId !== null && runId !== run.id) return puzzled(deps, repository, event, say.otherRunText(runId))
  await talk.react(repository, event, 'eyes')
  const via = 'comment' in event ? 'comment' : 'label'
  const answer = await engine.submit(run.id, { type: 'cancel', by: event.by.login, reason, via, at: now() })
  return processed('refused' in answer ? answer.message : `${run.id} is being cancelled`)
}

/** At once, for admins only; the answer to the person comes after the deed. */
async function kill(
  deps: Deps,
  repository: RepositoryRef,
  event: CommentEvent,
  runId: string | null,
  why: string | null,
): Promise<DeliveryOutcome> {
  const { engine, talk, now, log } = deps
  const { login } = event.by
  const run = await engine.liveRun(repository.id, event.issue.number)
  const target = run ? `run:${run.id}` : `repository:${repository.owner}/${repository.name}`
  const audit = (outcome: AuditRecord['outcome'], reason: string): Promise<void> =>
    deps
      .audit({ at: now(), actor: `person:${login}`, action: 'run.kill', target, outcome, reason, why })
      .catch((err: unknown) => log.error({ err, target }, 'audit_not_written'))
  const isAdmin = deps.admins.includes(login.toLowerCase())
  if (!isAdmin && !(await talk.mayAdminister(repository, event))) {
    await audit('refused', 'needs_admin')
    await talk.deny(repository, event, say.deniedKillText(repository))
    return processed('denied')
  }
  if (!run) return puzzled(deps, repository, event, say.noRunText)
  if (runId !== null && runId !== run.id) return puzzled(deps, repository, event, say.otherRunText(runId))
  const answer = await engine.submit(run.id, { type: 'kill', by: login, reason: why, at: now() })
  await audit('allowed', 'refused' in answer ? 'repeated' : 'killed')
  await talk.react(repository, event, 'eyes')
  return processed('refused' in answer ? answer.message : `${run.id} is being killed`)
}

/** The next attempt of the issue's newest Run. */
async function retry(
  deps: Deps,
  repository: RepositoryRef,
  event: CommentEvent,
  runId: string | null,
): Promise<DeliveryOutcome> {
  const { engine, talk } = deps
  const run = await engine.latestRun(repository.id, event.issue.number)
  if (!run) return puzzled(deps, repository, event, say.noRunText)
  if (runId !== null && runId !== run.id) return puzzled(deps, repository, event, say.otherRunText(runId))
  const answer = await engine.retry(run.id, event.by.login)
  if ('refused' in answer) return puzzled(deps, repository, event, answer.message)
  await talk.react(repository, event, 'eyes')
  return processed(`${run.id} is in attempt ${answer.attempt}`)
}

async function onLabel(
  deps: Deps,
  event: LabelEvent | null,
  handle: (deps: Deps, repository: RepositoryRef, event: LabelEvent, agent: string | null) => Promise<DeliveryOutcome>,
): Promise<DeliveryOutcome> {
  if (!event) return refused('the payload does not fit the event of a label')
  const { label } = event
  if (label !== deps.label && !label.startsWith(`${deps.label}:`)) return ignored('not our label')
  // Our own removal at the end of a Run is one of these.
  if (event.automatic) return ignored('a bot')
  const repository = await deps.talk.admit(event)
  if (!repository) return ignored('unknown or suspended installation, or another repository')
  return handle(deps, repository, event, label === deps.label ? null : label.slice(deps.label.length + 1).trim())
}

async function labeled(
  deps: Deps,
  repository: RepositoryRef,
  event: LabelEvent,
  agent: string | null,
): Promise<DeliveryOutcome> {
  if (!(await deps.talk.mayWrite(repository, event))) {
    await deps.talk.deny(repository, event, say.deniedText(repository))
    return processed('denied')
  }
  const problems = assignProblems(agent, {}, deps)
  const obstacle = problems.length > 0 ? say.invalidText(problems, 'assign-agent', '') : obstacleTo(event)
  if (obstacle) return puzzled(deps, repository, event, obstacle)
  return request(deps, repository, event, {
    agent: agent ?? deps.defaultAgent,
    instructions: '',
    baseRef: repository.defaultBranch,
    trigger: { via: 'label', id: event.trigger, commentId: null, url: event.issue.url },
  })
}

/** Only a Run that a label started is stopped by taking it off. */
async function unlabeled(deps: Deps, repository: RepositoryRef, event: LabelEvent): Promise<DeliveryOutcome> {
  const run = await deps.engine.liveRun(repository.id, event.issue.number)
  if (run?.trigger.via !== 'label') return ignored('no run that this label started')
  return cancel(deps, repository, event, run.id, null)
}

async function apologise({ talk, appId }: Deps, { id, name, payload }: Delivery): Promise<void> {
  const event = name === 'issue_comment' ? toCommentEvent(payload, appId) : null
  if (!event || event.automatic || !parseComment(event.comment.body)) return
  const repository = await talk.admit(event)
  if (!repository || !(await talk.mayWrite(repository, event))) return
  await talk.react(repository, event, 'confused')
  await talk.reply(repository, event, 'error', say.ownFailureText(id.slice(0, REFERENCE_CHARS)))
}
