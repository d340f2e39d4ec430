/**
 * The executor: named phases in order, clean-up always. Each phase is a file of its own; this one says what follows
 * what, and makes sure that a sandbox never outlives the job and that the app hears how it ended.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { arch, platform } from 'node:os'
import { join } from 'node:path'

import { DETAIL_CHARS_MAX } from '#contracts/callbacks.ts'
import type { AgentMessage, ExecutorEvent } from '#contracts/callbacks.ts'

import { NoSandbox, acquireSandbox, renewal, sandboxRelease } from './acquire.ts'
import { bindRun } from './bind.ts'
import type { Bound, Unbound } from './bind.ts'
import { Callbacks } from './callbacks.ts'
import { listen } from './control.ts'
import { executeAgent } from './execute.ts'
import { basicToken } from './git.ts'
import { keepBeating } from './heartbeat.ts'
import { sender } from './http.ts'
import type { Link } from './link.ts'
import { Logs } from './logs.ts'
import { Mailbox } from './mailbox.ts'
import { pauseWork } from './pause.ts'
import { proposeChange } from './propose.ts'
import { AgentFailed, PolicyRefusal, clip } from './stage.ts'
import type { LeftProposal, Stage, World } from './stage.ts'
import { Stopped, createSteering } from './steering.ts'
import type { Steering } from './steering.ts'
import { summaryMarkdown } from './summary.ts'
import { wait } from './timing.ts'
import { leaveUndelivered } from './undelivered.ts'
import { completed, exitCodes, verdictOf } from './verdict.ts'
import type { Verdict } from './verdict.ts'
import { ACTION_VERSION } from './version.ts'
import { prepareWorkspace } from './workspace.ts'

const HURRIED_GRACE_MS = 500
/** The app's own clock ends the Run at the deadline; what is ours should be over by then. */
const DEADLINE_MARGIN_MS = 5_000

/** Does the whole job and returns the exit code; never throws for a reason that was foreseen. */
export async function main(world: World): Promise<number> {
  const { inputs, redactor, timing } = world
  const { cancelGraceMs: cancel, pauseGraceMs: pause } = timing
  const steering = createSteering({ cancel, pause, hurried: HURRIED_GRACE_MS })
  const stopListening = world.onStopSignal(() => steering.hurry())
  try {
    const hide = (secret: string): void => hideSecret(world, secret)
    const send = sender(inputs.payload.traceparent)
    for (const secret of [inputs.payload.nonce, inputs.oidcRequestToken, inputs.environment.e2bApiKey]) {
      if (secret) redactor.add(secret)
    }
    const bound = await bindRun({ inputs, send, timing, commands: world.commands, hide, signal: steering.soft })
    if (bound.outcome !== 'bound') return notBound(world, bound)
    hide(bound.answer.token.value)
    hide(basicToken(bound.answer.token.value))
    return await runBound(world, bound, send, steering)
  } finally {
    steering.close()
    stopListening()
  }
}

/** A secret that we got on the way: from now on it is in no log, neither the runner's nor ours. */
function hideSecret({ commands, redactor }: World, secret: string): void {
  commands.mask(secret)
  redactor.add(secret)
}

function notBound({ commands, inputs }: World, { outcome, detail }: Unbound): number {
  const run = inputs.payload.run_id
  switch (outcome) {
    case 'not_needed':
      commands.notice(`Nothing to do for ${run}`, detail)
      return exitCodes.ok
    case 'refused':
      commands.error(`The app refused this job for ${run}`, detail)
      return exitCodes.refused
    case 'unreachable':
      commands.error(`${run} could not be started`, detail)
      return exitCodes.retryable
  }
}

async function runBound(
  world: World,
  { answer: run, signer }: Bound,
  send: Link['send'],
  steering: Steering,
): Promise<number> {
  const { inputs, redactor, timing } = world
  const deadlineAt = Date.parse(run.limits.runDeadlineAt)
  const patienceMs = Math.min(timing.flushMsMax, run.limits.heartbeatLostMs)
  const base = inputs.payload.callback_url
  const onMessages = (messages: unknown): void => mailbox.receiveAll(messages)
  const link: Link = { base, bind: run.bind, signer, send, steering, timing, onMessages, deadlineAt, patienceMs }
  const callbacks = new Callbacks(link, { seq: run.lastSeq, digest: run.lastDigest })
  const report = (event: ExecutorEvent): void => callbacks.report(cleaned(event, (text) => redactor.redact(text)))
  const mailbox = new Mailbox(run.messages ?? [], report)
  const logs = new Logs(link, world.commands, redactor)
  const left: LeftProposal[] = []
  let phase = 'acquiring_sandbox'
  const stage: Stage = {
    world,
    run,
    link,
    held: {
      sandbox: null,
      provider: run.sandbox.provider,
      attached: false,
      workspace: null,
      step: run.resume?.step ?? 0,
      agentStartedAt: null,
    },
    mailbox,
    report,
    told: () => callbacks.told(timing.recordedMsMax, steering.soft),
    say: (level, text) => logs.write('executor', level, text),
    enter: (name) => {
      steering.checkpoint()
      phase = name
    },
    leave: (proposal) => {
      left.push(proposal)
      callbacks.hold()
    },
  }
  const release = sandboxRelease(stage)
  steering.killed.addEventListener('abort', () => {
    callbacks.restrict()
    void release()
  })
  const over = new AbortController()
  const background = startBackground(stage, () => phase, over.signal)
  const logsOver = new AbortController()
  const logsSent = logs.run(logsOver.signal)
  steering.wanted(run.wanted)
  const verdict = await Promise.race([phases(stage, logs), killVerdict(steering, timing.abandonAgentMs)])
  mailbox.close()
  await (steering.hurried ? Promise.race([release(), wait(timing.hurriedDestroyMsMax)]) : release())
  // The last lines go before the last event: the app may take nothing more after it.
  logs.write('executor', verdict.level === 'error' ? 'error' : 'info', verdict.detail)
  logsOver.abort()
  await logsSent
  if (verdict.finished) await logs.drain(steering.hurried ? timing.hurriedLastLogsMsMax : timing.lastLogsMsMax)
  if (verdict.finished) stage.report({ type: 'executor.finished', data: verdict.finished })
  const allThere = await callbacks.settle(flushMs(link))
  over.abort()
  await background
  if (!allThere) leaveUndelivered(world, await callbacks.undelivered(), left)
  tell(stage, verdict)
  return verdict.exitCode
}

/** A phase that hangs in a sandbox which is gone must not hold a job that was killed. */
async function killVerdict({ killed }: Steering, graceMs: number): Promise<Verdict> {
  if (!killed.aborted) await new Promise((resolve) => killed.addEventListener('abort', resolve, { once: true }))
  await wait(graceMs)
  return verdictOf(new Stopped('kill', 'The Run was killed.'), 'The Run was killed.')
}

/** The phases, in their order; each starts with a checkpoint. */
async function phases(stage: Stage, logs: Logs): Promise<Verdict> {
  const scratch = await mkdtemp(join(stage.world.inputs.environment.tempDir, 'deckhand-'))
  try {
    const host = { nodeVersion: process.version, os: platform(), arch: arch() }
    stage.report({ type: 'executor.started', data: { actionVersion: ACTION_VERSION, ...host } })
    stage.mailbox.open()
    stage.enter('acquiring_sandbox')
    const sandbox = await acquireSandbox(stage)
    stage.enter('preparing')
    const workspace = await prepareWorkspace(stage, sandbox, scratch)
    stage.held.workspace = workspace
    stage.enter('executing')
    const work = await executeAgent(stage, sandbox, workspace, logs)
    stage.enter('publishing')
    return completed(await proposeChange(stage, sandbox, workspace, work))
  } catch (error) {
    return await endOf(stage, error)
  } finally {
    await rm(scratch, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** What the job ends with; a pause first puts the work away. */
async function endOf(stage: Stage, thrown: unknown): Promise<Verdict> {
  let error = thrown
  if (thrown instanceof Stopped && thrown.kind === 'pause') {
    await pauseWork(stage).catch((failure: unknown) => (error = failure))
  }
  // A sandbox that is killed under a phase makes that phase fail in its own way; the wish to stop is the cause.
  const { stop } = stage.link.steering
  const told = error instanceof AgentFailed || error instanceof PolicyRefusal || error instanceof NoSandbox
  const cause = stop && !told ? new Stopped(stop.kind, stop.detail) : error
  const text = stage.world.redactor.redact(cause instanceof Error ? cause.message : String(cause))
  return verdictOf(cause, clip(text, DETAIL_CHARS_MAX))
}

/** Heartbeats, control stream and the deadline, until the signal fires. */
async function startBackground(stage: Stage, phase: () => string, over: AbortSignal): Promise<void> {
  const { link, run, held, world } = stage
  const renewedMs = renewal(run.sandbox.ttlMs, link.deadlineAt, Date.now())
  const left = Math.max(0, link.deadlineAt - DEADLINE_MARGIN_MS - Date.now())
  const timer = setTimeout(() => link.steering.ask('deadline', 'The Run ran out of its time.'), left)
  const beat = {
    everyMs: run.limits.heartbeatMs,
    phase,
    extend: async () => held.sandbox?.extend(renewedMs(Date.now())),
    onProblem: (text: string) => stage.say('warn', text),
  }
  const onMessage = (message: AgentMessage): void => stage.mailbox.receive(message)
  await Promise.all([keepBeating(link, beat, over), listen(link, world.inputs.payload.traceparent, onMessage, over)])
  clearTimeout(timer)
}

/** How long the end may take: until the deadline, but not for ever, and hardly at all when the runner is in a hurry. */
function flushMs({ deadlineAt, patienceMs, steering, timing }: Link): number {
  if (steering.hurried) return timing.hurriedFlushMsMax
  return Math.min(patienceMs, Math.max(timing.hurriedFlushMsMax, deadlineAt - Date.now()))
}

function tell({ world, run }: Stage, { title, detail, level, exitCode }: Verdict): void {
  const heading = `${title} (${run.runId})`
  if (level === 'info') world.commands.info(`${heading}: ${detail}`)
  else world.commands[level](heading, detail)
  world.commands.summary(summaryMarkdown(run, world.inputs.appUrl, { title, detail, exitCode }))
}

/** The same event with our secrets taken out of every text in it, and half a character pair, which no store keeps. */
function cleaned(event: ExecutorEvent, redact: (text: string) => string): ExecutorEvent {
  return JSON.parse(JSON.stringify(event), (_key, value: unknown) =>
    typeof value === 'string' ? redact(value).toWellFormed() : value,
  ) as ExecutorEvent
}
