/** What was said in a Run, out of its ledger: instructions, commands, what the agent said of its work, and how it ended. */
import type { LedgerEventBody } from '#contracts/api.ts'

import { runTabWords } from './words/run-tabs.ts'

const { chat } = runTabWords

export interface ChatLine {
  seq: number
  at: string
  /** Whose words these are; null is the app itself. */
  who: string | null
  text: string
  /** What a person or an agent wrote, shown as it is. */
  quote: string | null
  /** How far a message to the agent has come; null where the line is none. */
  state: MessageState | null
}
/** `unread`: the Run ended before its agent took it. */
export type MessageState = 'queued' | 'delivered' | 'seen' | 'unread'
type Data = Record<string, unknown>
type Said = Omit<ChatLine, 'seq' | 'at' | 'state'>

const said: Record<string, (data: Data, agent: string) => Said> = {
  'run.requested': (data) => ({
    who: nameOf(data['requestedBy']),
    text: chat.asked(text(data['agent']) ?? ''),
    quote: text(data['instructions']),
  }),
  'run.request_repeated': (data) => ({ who: nameOf(data['by']), text: chat.askedAgain, quote: null }),
  'run.cancel_requested': (data) => byPerson(data, chat.cancelled),
  'run.kill_requested': (data) => byPerson(data, chat.killed),
  'run.pause_requested': (data) => byPerson(data, chat.pauseAsked),
  'run.resumed': (data) => byPerson(data, chat.resumed),
  'run.retried': (data) => ({
    ...byPerson(data, chat.retried(Number(data['attempt']))),
    quote: text(data['instructions']),
  }),
  'message.sent': (data) => ({ who: text(data['by']), text: '', quote: text(data['text']) }),
  'agent.finished': (data, agent) => ({ who: agent, text: '', quote: text(data['summary']) }),
  'run.paused': () => byApp(chat.paused),
  'run.succeeded': () => byApp(chat.succeeded),
  'run.failed': () => byApp(chat.failed),
  'run.cancelled': () => byApp(chat.wasCancelled),
}

/** The lines in order. An event that nobody said anything in has none. */
export function chatOf(agent: string, events: readonly LedgerEventBody[]): ChatLine[] {
  const states = messageStates(events)
  return events.flatMap(({ seq, at, type, data }) => {
    const line = Object.hasOwn(said, type) ? said[type]?.(data, agent) : undefined
    const state = type === 'message.sent' ? (states.get(String(data['id'])) ?? null) : null
    return line && (line.text !== '' || line.quote !== null) ? [{ seq, at, ...line, state }] : []
  })
}

const ends: ReadonlySet<string> = new Set(['run.succeeded', 'run.failed', 'run.cancelled'])

/** How far each message has come, by its id. A job that a pause ends leaves what its agent had not taken to the next. */
function messageStates(events: readonly LedgerEventBody[]): ReadonlyMap<string, MessageState> {
  const states = new Map<string, MessageState>()
  const unseen = (state: MessageState) => {
    for (const [id, now] of states) if (now === 'queued' || now === 'delivered') states.set(id, state)
  }
  for (const { type, data } of events) {
    const id = String(data['id'])
    if (type === 'message.sent') states.set(id, 'queued')
    else if (type === 'message.delivered') states.set(id, 'delivered')
    else if (type === 'message.seen') states.set(id, 'seen')
    else if (type === 'run.paused') unseen('queued')
    else if (ends.has(type)) unseen('unread')
  }
  return states
}

/** What the agent was told last: when the Run was asked for, or by a retry that brought other words. */
export function instructionsIn(events: readonly LedgerEventBody[]): string {
  const told = events.findLast(
    ({ type, data }) =>
      (type === 'run.requested' || type === 'run.retried') && typeof data['instructions'] === 'string',
  )
  return told ? String(told.data['instructions']) : ''
}

function byPerson(data: Data, sentence: string): Said {
  const reason = text(data['reason'])
  return { who: text(data['by']), text: sentence, quote: reason === null ? null : chat.reason(reason) }
}

function byApp(sentence: string): Said {
  return { who: null, text: sentence, quote: null }
}

function nameOf(person: unknown): string | null {
  return typeof person === 'object' && person !== null && 'login' in person ? text(person.login) : null
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null
}
