/**
 * What people tell the agent while it works (surfaces.md 1.3, `say`). A message is queued with its Run, delivered once
 * the job has it, and seen once the agent took it before a step. A job that a pause ends takes nothing with it: what its
 * agent had not seen is queued again, for the next one. The ledger keeps all of them, also what nobody read any more.
 */
import type { AgentMessage } from '../contracts/callbacks.ts'
import { MESSAGES_MAX, MESSAGES_WAITING_MAX, MESSAGE_CHARS_MAX } from '../contracts/callbacks.ts'
import { takesMessages } from '../contracts/executor.ts'
import { isTerminal } from '../contracts/status.ts'
import { jobCan } from './abilities.ts'
import type { DraftEvent } from './events.ts'
import type { Input, Refusal } from './inputs.ts'
import * as say from './render/messages.ts'
import { notAllowedText, stoppedAlreadyText } from './render/replies.ts'
import type { Run } from './run.ts'

export interface RunMessage extends AgentMessage {
  state: 'queued' | 'delivered' | 'seen'
}

/** One that is sent again is the one that is there. */
export function decideSay(
  run: Run,
  { id, by, text: given, via, at }: Extract<Input, { type: 'say' }>,
): DraftEvent[] | Refusal {
  if (isTerminal(run.status)) return { refused: 'ended', message: notAllowedText(run, 'say') }
  if (run.messages?.some((message) => message.id === id)) return []
  const text = cleaned(given)
  const message = whyNot(run, text)
  if (message !== null) return { refused: 'not_allowed_now', message }
  return [{ type: 'message.sent', data: { id, by, text, via }, at, actor: by }]
}

// oxlint-disable-next-line no-control-regex -- control characters are what this is about
const UNSEEN = /[\u0000-\u0008\u000B-\u001F]/g
/**
 * Without what nobody can see and a ledger keeps in six bytes each. A lone half of a character pair would not come back
 * from the store as it was hashed.
 */
const cleaned = (text: string): string => text.replace(UNSEEN, '').trim().toWellFormed()

/** Why nobody hears what the agent of this Run is told, whatever it is; null while somebody does. */
export function whyUnheard(run: Run): string | null {
  if (isTerminal(run.status)) return notAllowedText(run, 'say')
  if (run.stop) return stoppedAlreadyText(run)
  if (!takesMessages(run.agent)) return say.takesNoMessagesText(run.agent)
  if (run.status === 'queued') return notAllowedText(run, 'say')
  if (run.phase === 'publishing') return say.publishingText(run)
  // A job that paused all the same leaves the rest of its work, and what it was told, to the next one.
  if (run.agentDone && run.status === 'running') return say.agentDoneText(run)
  // What a paused Run is told goes to its next job, which most likely runs the same version.
  return run.dispatch.binding && !jobCan(run, 'messages') ? say.olderActionText(run) : null
}

function whyNot(run: Run, text: string): string | null {
  const unheard = whyUnheard(run)
  if (unheard !== null) return unheard
  if (text === '') return say.emptyMessageText
  if (text.length > MESSAGE_CHARS_MAX) return say.messageTooLongText
  if (unseen(run).length >= MESSAGES_WAITING_MAX) return say.tooManyWaitingText(run)
  return (run.messagesSent ?? 0) >= MESSAGES_MAX ? say.tooManyMessagesText(run) : null
}

const unseen = ({ messages = [] }: Run): RunMessage[] => messages.filter(({ state }) => state !== 'seen')

/** For want of room a message is refused; it never ends its Run. */
export const ledgerFull = (run: Run): Refusal => ({ refused: 'ledger_full', message: say.ledgerFullText(run) })

type Reported = Extract<DraftEvent, { type: 'message.delivered' | 'message.seen' }>

/** A job can only have what was sent to it, and its agent sees each message once, in order. */
export function strangeReport(run: Run, type: Reported['type'], id: string): Refusal | null {
  const [next] = unseen(run)
  const fits =
    type === 'message.seen'
      ? next?.id === id && next.state === 'delivered'
      : unseen(run).some((message) => message.id === id)
  return fits ? null : { refused: 'not_allowed_now', message: 'This Run has no such message to be told of.' }
}

/** What these events change in the Run. */
export function messageChanges(
  { messages = [], messagesSent = 0 }: Run,
  event: Reported | Extract<DraftEvent, { type: 'message.sent' }>,
): Partial<Run> {
  if (event.type === 'message.sent') {
    const { id, by, text } = event.data
    return { messages: [...messages, { id, by, text, state: 'queued' }], messagesSent: messagesSent + 1 }
  }
  const state = event.type === 'message.seen' ? 'seen' : 'delivered'
  return { messages: messages.map((each) => (each.id === event.data.id ? { ...each, state } : each)) }
}

/** The job is over that had some of them: the next one has to be told. */
export function queuedAgain({ messages = [] }: Run): Partial<Run> {
  return { messages: messages.map((each) => (each.state === 'seen' ? each : { ...each, state: 'queued' })) }
}

/** What the job at work is not known to have, in order. */
export function undeliveredOf(run: Run) {
  const { status, stop, agentDone, messages = [] } = run
  if (status !== 'running' || stop || agentDone || !jobCan(run, 'messages')) return []
  return messages.filter(({ state }) => state === 'queued').map(toAgent)
}

/** All of them, for a job that begins. */
export const messagesToBegin = (run: Run) =>
  jobCan(run, 'messages')
    ? (run.messages ?? []).map((message) => ({ ...toAgent(message), seen: message.state === 'seen' }))
    : []

const toAgent = ({ id, by, text }: RunMessage): AgentMessage => ({ id, by, text })
