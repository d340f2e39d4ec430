/** Why the agent of a Run cannot be told something, in the sentence that a comment, the API and the dashboard give. */
import { MESSAGES_MAX, MESSAGES_WAITING_MAX, MESSAGE_CHARS_MAX } from '../../contracts/callbacks.ts'
import type { Run } from '../run.ts'
import { codeSpan } from './inert.ts'

const AGENT_CHARS_MAX = 60

export const takesNoMessagesText = (agent: string): string =>
  `${codeSpan(agent, AGENT_CHARS_MAX)} does not take messages while it works. Cancel the run and retry it with other instructions.`
export const publishingText = ({ id }: Run): string =>
  `The agent of run ${id} is done with its work, so it reads no messages any more.`
export const agentDoneText = ({ id }: Run): string =>
  `The agent has finished; run ${id} hands over its work, so nobody reads messages any more.`
export const olderActionText = ({ id }: Run): string =>
  `The job of run ${id} runs an older version of the action, which takes no messages. Update the pin of its workflow; until then, cancel the run and retry it with other instructions.`
export const emptyMessageText = 'There is nothing to tell the agent. Write `/agent say <text>`.'
export const messageTooLongText = `A message to the agent has at most ${MESSAGE_CHARS_MAX.toLocaleString('en-US')} characters. Shorten it.`
export const tooManyWaitingText = ({ id }: Run): string =>
  `The agent of run ${id} has ${MESSAGES_WAITING_MAX} messages to read. Wait until it has read one.`
export const tooManyMessagesText = ({ id }: Run): string =>
  `The agent of run ${id} was told ${MESSAGES_MAX} messages, which is the most that a run can have.`
export const ledgerFullText = ({ id }: Run): string =>
  `The history of run ${id} has no room for another message: what is left of it is kept for what the agent does.`
