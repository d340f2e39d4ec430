/** How it ended: the exit code, what the app is told last, and what people read in the runner. One table for all of it. */
import type { ExecutorEvent } from '#contracts/callbacks.ts'

import { NoSandbox } from './acquire.ts'
import type { Change } from './collect.ts'
import { AgentFailed, PolicyRefusal } from './stage.ts'
import { Stopped } from './steering.ts'

/** 0: done or stopped as asked; 1: the agent failed; 2: refused by policy; 75 (EX_TEMPFAIL): try again. */
export const exitCodes = { ok: 0, agentFailed: 1, refused: 2, retryable: 75 } as const

type Finished = Extract<ExecutorEvent, { type: 'executor.finished' }>['data']

export interface Verdict {
  exitCode: number
  /** The title of the annotation and the summary. */
  title: string
  detail: string
  level: 'info' | 'notice' | 'error'
  /** The last event; null when the app takes nothing more of this job. */
  finished: Finished | null
}

export function completed(counts: Change['counts']): Verdict {
  const { commits, files, additions, deletions } = counts
  const detail =
    commits === 0
      ? 'The agent is done and changed nothing.'
      : `The agent is done: ${plural(commits, 'commit')}, ${plural(files, 'file')}, +${additions} −${deletions}.`
  const finished: Finished = { outcome: 'completed', reason: null, detail: null }
  return { exitCode: exitCodes.ok, title: 'Done', detail, level: 'info', finished }
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** @param detail the error's text, already without secrets and short enough for an event. */
export function verdictOf(error: unknown, detail: string): Verdict {
  const { ok, agentFailed, refused, retryable } = exitCodes
  const failed = (reason: Finished['reason']): Finished => ({ outcome: 'failed', reason, detail })
  if (error instanceof Stopped) return stoppedVerdict(error, detail)
  if (error instanceof AgentFailed) {
    return { exitCode: agentFailed, title: 'The agent failed', detail, level: 'error', finished: failed(null) }
  }
  if (error instanceof PolicyRefusal) {
    const title = 'The change was refused'
    return { exitCode: refused, title, detail, level: 'error', finished: failed(error.reason) }
  }
  if (error instanceof NoSandbox) {
    return { exitCode: retryable, title: 'No sandbox', detail, level: 'error', finished: failed(null) }
  }
  const title = 'The executor failed'
  return { exitCode: retryable, title, detail, level: 'error', finished: failed('executor_failed') }

  function stoppedVerdict({ kind }: Stopped, text: string): Verdict {
    switch (kind) {
      case 'pause': {
        const finished: Finished = { outcome: 'paused', reason: null, detail: text }
        return { exitCode: ok, title: 'Paused', detail: text, level: 'notice', finished }
      }
      case 'cancel': {
        const finished: Finished = { outcome: 'cancelled', reason: null, detail: text }
        return { exitCode: ok, title: 'Cancelled', detail: text, level: 'notice', finished }
      }
      case 'deadline':
        return {
          exitCode: retryable,
          title: 'Out of time',
          detail: text,
          level: 'error',
          finished: failed('run_timeout'),
        }
      case 'kill':
        return { exitCode: ok, title: 'Killed', detail: text, level: 'notice', finished: null }
      case 'refused':
        return {
          exitCode: refused,
          title: 'The Run is not ours any more',
          detail: text,
          level: 'error',
          finished: null,
        }
    }
  }
}
