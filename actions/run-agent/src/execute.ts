/** Runs the agent: gives it the checkout and a way to report, holds its time limit, and never waits for it for ever. */
import { DETAIL_CHARS_MAX } from '#contracts/callbacks.ts'
import type { Sandbox } from '#sandboxes/provider.ts'

import { AgentError } from './agents/agent.ts'
import type { AgentContext, AgentExecOptions, AgentOutcome, AgentStep } from './agents/agent.ts'
import { lineSplitter } from './lines.ts'
import type { Logs } from './logs.ts'
import { AgentFailed, clip, msSince } from './stage.ts'
import type { Stage } from './stage.ts'
import { wait } from './timing.ts'
import type { Workspace } from './workspace.ts'

/** Beyond this, steps go to the log only: the ledger of a Run is bounded. */
export const PROGRESS_EVENTS_MAX = 300

export interface AgentWork extends AgentOutcome {
  ms: number
}

/** @throws AgentFailed after it reported `agent.failed`; Stopped when the Run is to stop; other errors are ours. */
export async function executeAgent(
  stage: Stage,
  sandbox: Sandbox,
  workspace: Workspace,
  logs: Logs,
): Promise<AgentWork> {
  const { run, world, link } = stage
  const { name, timeoutMs } = run.agent
  const start = performance.now()
  stage.held.agentStartedAt = start
  const agent = await world.agentFor(name)
  stage.report({ type: 'agent.started', data: { agent: name } })
  if (!agent) return fail(stage, start, 'agent_failed', null, `This version of the action has no agent "${name}".`)
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(), timeoutMs)
  const broken: { error: Error | null } = { error: null }
  const context = agentContext({ stage, sandbox, workspace, logs, limit: limit.signal, broken, timeoutMs })
  try {
    const outcome = await Promise.race([agent.run(context), abandonment(stage, limit.signal)])
    link.steering.checkpoint()
    const ms = msSince(start)
    stage.mailbox.close()
    stage.report({ type: 'agent.returned', data: { ms } })
    return { ...outcome, ms }
  } catch (error) {
    link.steering.checkpoint()
    if (broken.error) throw new Error(`The sandbox failed: ${broken.error.message}`, { cause: error })
    if (limit.signal.aborted) {
      return fail(
        stage,
        start,
        'agent_timeout',
        null,
        `The agent was not done after ${Math.round(timeoutMs / 1000)} s.`,
      )
    }
    const exitCode = error instanceof AgentError ? error.exitCode : null
    return fail(stage, start, 'agent_failed', exitCode, (error as Error).message)
  } finally {
    stage.mailbox.close()
    clearTimeout(timer)
    logs.print()
  }
}

function fail(
  stage: Stage,
  start: number,
  reason: 'agent_failed' | 'agent_timeout',
  exitCode: number | null,
  text: string,
): never {
  const detail = clip(text, DETAIL_CHARS_MAX)
  stage.report({ type: 'agent.failed', data: { reason, exitCode, detail, ms: msSince(start) } })
  throw new AgentFailed(detail)
}

/** Rejects some time after the agent's commands were killed: an agent that still does not return is left alone. */
async function abandonment({ link, world }: Stage, limit: AbortSignal): Promise<never> {
  const over = AbortSignal.any([link.steering.hard, link.steering.pauseOver, limit])
  if (!over.aborted) await new Promise((resolve) => over.addEventListener('abort', resolve, { once: true }))
  const ms = link.steering.hurried ? world.timing.hurriedAbandonMs : world.timing.abandonAgentMs
  await wait(ms, link.steering.killed)
  throw new AgentError('The agent did not stop when it was told to.')
}

interface Bench {
  stage: Stage
  sandbox: Sandbox
  workspace: Workspace
  logs: Logs
  limit: AbortSignal
  broken: { error: Error | null }
  timeoutMs: number
}

function agentContext(bench: Bench): AgentContext {
  const { stage, workspace, logs, timeoutMs } = bench
  const { run, link } = stage
  let reported = 0
  return {
    runId: run.runId,
    issue: run.issue,
    instructions: run.instructions,
    readings: workspace.readings,
    workdir: workspace.checkout,
    deadline: new Date(Date.now() + timeoutMs),
    signal: AbortSignal.any([link.steering.soft, link.steering.pausing]),
    resumedAfter: run.resume?.step ?? 0,
    exec: (argv, options = {}) => execInside(bench, argv, options),
    progress(step: AgentStep) {
      // A step that is done counts before a pause, too; one that a pause ended did not fail, but is done again.
      if (step.state === 'completed') link.steering.obey()
      else link.steering.checkpoint()
      if (step.state === 'completed') stage.held.step = Math.max(stage.held.step, step.step)
      stage.say('info', `Step ${step.step} of ${step.of} ${step.state}: ${step.title}`)
      if (++reported <= PROGRESS_EVENTS_MAX) {
        stage.report({ type: 'agent.progressed', data: { ...step, title: clip(step.title, 120) } })
      }
      link.steering.checkpoint()
    },
    told: stage.mailbox.earlier,
    messages() {
      link.steering.checkpoint()
      return stage.mailbox.take()
    },
    log: (level, text) => logs.write('agent', level, text),
  }
}

async function execInside(
  { stage, sandbox, workspace, logs, limit, broken }: Bench,
  argv: readonly string[],
  options: AgentExecOptions,
) {
  const { hard, pauseOver } = stage.link.steering
  const out = lineSplitter((line) => logs.write('agent', 'info', line))
  const err = lineSplitter((line) => logs.write('agent', 'warn', line))
  const env = { ...options.env, TRACEPARENT: stage.world.inputs.payload.traceparent, GIT_TERMINAL_PROMPT: '0' }
  try {
    return await sandbox.exec(argv, {
      cwd: workspace.checkout,
      env,
      signal: AbortSignal.any([hard, pauseOver, limit, ...(options.signal ? [options.signal] : [])]),
      ...(options.stdin === undefined ? {} : { stdin: options.stdin }),
      ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
      onStdout: out.feed,
      onStderr: err.feed,
    })
  } catch (error) {
    broken.error = error as Error
    throw error
  } finally {
    out.end()
    err.end()
  }
}
