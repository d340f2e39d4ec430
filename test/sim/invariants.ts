/** What must never happen (trust.md R1 to R7 and R11): looked for every ten virtual seconds, and once more at rest. */
import { isTerminal } from '../../app/contracts/status.ts'
import { attemptIdOf } from '../../app/domain/attempts.ts'
import { actsOf } from '../../app/domain/acts.ts'
import { EFFECT_LEASE_MS, defaultClocks } from '../../app/domain/policy.ts'
import { fold, foldAll } from '../../app/domain/run.ts'
import type { Run } from '../../app/domain/run.ts'
import { RUNS_AT_ONCE } from './places.ts'
import type { SimSandbox } from './sandboxes.ts'
import { issueOf } from './system.ts'
import type { System } from './system.ts'

const PAST_DEADLINE_MS_MAX = 60_000
const ORPHAN_MS_MAX = 180_000
/** The lease of a replica that died, and the next turn of another one (R7). */
const OVERDUE_MS_MAX = 90_000
const SWITCHED_OFF_MS_MAX = 2_000
/** Of replicas, one after the other, over the same question. */
const DEATHS_SURVIVED = 3
/** Silence, and then the wait for what GitHub says of it: two clocks, of which each may be looked at late. */
const SILENT_MS_MAX = defaultClocks.heartbeatLostMs + 4 * defaultClocks.heartbeatMs + PAST_DEADLINE_MS_MAX

type Row = System['rows'] extends Map<string, infer R> ? R : never

/** Watches one system. A store outage or a replica's death moves the clocks by `excuseMs`. */
export function createWatch(system: System, excuseMs: number): () => string[] {
  const { rows, sandboxes, scheduler } = system
  /** Each Run as it was at the last look. */
  const seen = new Map<string, Run>()
  let dispatches = 0

  return () => {
    const live = sandboxes.live()
    const found = [...lost(system), ...doubled(system, excuseMs), ...crowded(system)]
    for (const row of rows.values()) {
      const own = live.filter((s) => s.runId === row.run.id)
      found.push(...late(row, scheduler.now, excuseMs), ...homeless(system, row.run, own, excuseMs))
      found.push(...pushed(system, row.run), ...rewritten(row, seen.get(row.run.id)))
      seen.set(row.run.id, row.run)
    }
    for (const sandbox of live) {
      if (!rows.has(sandbox.runId)) found.push(`R5 ${sandbox.id} belongs to no Run`)
    }
    for (const { payload, at, offSince } of system.github.dispatches.slice(dispatches)) {
      if (offSince !== null && at - offSince > SWITCHED_OFF_MS_MAX)
        found.push(`R11 ${payload.run_id} was dispatched ${at - offSince} ms after the kill switch was on`)
    }
    dispatches = system.github.dispatches.length
    return found
  }
}

/** What was answered for is in the store. */
function lost({ accepted, inbox }: System): string[] {
  return [...accepted].filter((id) => !inbox.items.has(id)).map((id) => `R1 accepted delivery ${id} is nowhere`)
}

/** No more Runs are past their dispatch than their repository may have at work at once. */
function crowded({ rows }: System): string[] {
  const atWork = [...rows.values()].filter(({ run: { status, dispatch } }) => {
    return !isTerminal(status) && status !== 'paused' && (dispatch.sends > 0 || dispatch.binding !== null)
  })
  return atWork.length > RUNS_AT_ONCE ? [`${atWork.length} Runs are at work at once, and ${RUNS_AT_ONCE} may be`] : []
}

/** Of a dry run nothing is on GitHub but what tells of it. */
function pushed({ github }: System, { id, dryRun }: Run): string[] {
  if (!dryRun) return []
  const branch = [...github.branches.values()].includes(id)
  const pull = github.pulls.some(({ runId }) => runId === id)
  return branch || pull ? [`R2 ${id} is a dry run and was pushed`] : []
}

/** One Run for a request, and one open pull request for a Run that has not ended without success. */
function doubled({ rows, github, scheduler, outside }: System, excuseMs: number): string[] {
  const found: string[] = []
  const runs = [...rows.values()]
  const issues = Map.groupBy(runs, ({ run }) => run.issue.number)
  for (const [issue, own] of issues) if (own.length > 1) found.push(`R1 issue ${issue} has ${own.length} Runs`)
  const open = Map.groupBy(
    github.pulls.filter((p) => p.open),
    ({ runId }) => runId,
  )
  for (const [runId, pulls] of open) {
    const run = rows.get(runId)?.run
    if (pulls.length > 1) found.push(`R2 ${runId} has ${pulls.length} pull requests`)
    // While GitHub is away, nothing can be taken back.
    const endedFor = run?.endedAt ? scheduler.now - Math.max(run.endedAt, outside.githubBackAt() ?? 0) : 0
    if (run?.status !== 'succeeded' && endedFor > ORPHAN_MS_MAX + excuseMs)
      found.push(`R2 ${runId} is ${run?.status} for ${endedFor} ms and has a pull request`)
  }
  return found
}

/** No clock and no piece of work is long overdue. The clocks are read here in their own way, not in the app's. */
function late({ run, effects, heartbeatAt, effectAt, killAt }: Row, now: number, excuseMs: number): string[] {
  const found: string[] = []
  const past = PAST_DEADLINE_MS_MAX + excuseMs
  if (!isTerminal(run.status)) {
    const where = `in ${run.status}/${run.phase}`
    if (run.deadlineAt === null) found.push(`R4 ${run.id} has no clock ${where}`)
    else if (now - run.deadlineAt > past)
      found.push(`R4 ${run.id} is ${now - run.deadlineAt} ms past its clock ${where}`)
    const { boundAt, lastHeardAt, finished } = run.dispatch
    // Before the bind there is no job that could be heard: the newest heartbeat is that of the job before a pause.
    const heard = boundAt === null ? 0 : Math.max(boundAt, lastHeardAt ?? 0, heartbeatAt ?? 0)
    const speaks = run.status === 'running' && run.phase !== 'publishing' && run.stop?.kind !== 'kill'
    if (speaks && heard > 0 && finished === null && now - heard > SILENT_MS_MAX + past)
      found.push(`R4 nothing was heard of the job of ${run.id} for ${now - heard} ms`)
  }
  for (const dueAt of [effectAt, killAt ?? null]) {
    // Each replica that died with it held it for a whole lease; the bound has room for one.
    const died = effects.find((effect) => effect.dueAt === dueAt && effect.lastError === null)?.attempts ?? 0
    const heldMs = Math.max(0, died - 1) * EFFECT_LEASE_MS
    if (dueAt !== null && now - dueAt > OVERDUE_MS_MAX + heldMs + excuseMs)
      found.push(`R7 ${run.id} has had work due for ${now - dueAt} ms`)
  }
  return found
}

/** Sandboxes live with their Run: one at a time, none while it is paused, none after it. */
function homeless(system: System, run: Run, own: SimSandbox[], excuseMs: number): string[] {
  const { now } = system.scheduler
  const found: string[] = []
  if (run.status === 'paused') found.push(...wrongPause(run, own, now, excuseMs))
  const atWork = own.filter((s) => !appearedLate(system, s))
  if (atWork.length > 1) found.push(`R3 ${run.id} has ${atWork.length} live sandboxes`)
  for (const sandbox of own) {
    // A killed Run waits for the death of its sandbox, which has the same bound.
    const killedAt = run.stop?.kind === 'kill' ? run.stop.at : now
    const isEarlier = sandbox.id !== run.sandbox?.id && sandbox.attemptId !== attemptIdOf(run)
    const since = isEarlier ? sandbox.bornAt : Math.max(run.endedAt ?? killedAt, sandbox.bornAt)
    if (now - since > ORPHAN_MS_MAX + excuseMs) found.push(`R5 ${sandbox.id} outlived ${run.id} by ${now - since} ms`)
  }
  return found
}

/** A paused Run holds no sandbox that runs, its own clock stands still, and another one ends the pause. */
function wrongPause(run: Run, own: SimSandbox[], now: number, excuseMs: number): string[] {
  const found: string[] = []
  const pausedFor = now - run.updatedAt
  const running = own.filter((s) => !s.paused && s.id === run.sandbox?.id)
  if (running.length > 0 && pausedFor > ORPHAN_MS_MAX + excuseMs)
    found.push(`R5 ${run.id} is paused and its sandbox ${running[0]!.id} runs`)
  if (run.runDeadlineAt !== null) found.push(`R4 ${run.id} is paused and its clock runs`)
  if (run.deadlineAt === null || run.runLeftMs === null) found.push(`R4 ${run.id} is paused without a clock`)
  return found
}

/**
 * A sandbox that came to life after its acquisition was given up: the reaper's, not a second one at work. Its Run has
 * ended, or is at its next attempt, and no job of the last one was ever given it.
 */
function appearedLate(system: System, { runId, id, attemptId }: SimSandbox): boolean {
  const { run, events } = system.rows.get(runId)!
  if (run.sandbox?.id === id) return false
  const wasGiven = events.some((e) => e.type === 'sandbox.acquired' && e.data.sandboxId === id)
  return isTerminal(run.status) || (!wasGiven && attemptId !== attemptIdOf(run))
}

/** Since the last look the Run went on by its events alone, and an attempt that had ended has stayed so. */
function rewritten({ run, events }: Row, before: Run | undefined): string[] {
  if (before === run) return []
  const found: string[] = []
  const news = events.slice(before?.seq ?? 0)
  if (news.some((e, i) => e.seq !== (before?.seq ?? 0) + i + 1)) found.push(`R6 ${run.id} has a gap in its ledger`)
  const folded = before ? news.reduce(fold, before) : foldAll(run.id, events)
  if (JSON.stringify(folded) !== JSON.stringify(run)) found.push(`R6 ${run.id}: the fold differs from the stored state`)
  const ended = before && isTerminal(before.status) && before.attempt === run.attempt
  if (ended && before.status !== run.status) found.push(`R6 ${run.id} was ${before.status} and is ${run.status}`)
  return found
}

/** Violations at rest: every accepted request has its one Run, every Run has ended, and the outside agrees with it. */
export function atRest(system: System): string[] {
  const { rows, accepted, refused, inbox, sandboxes } = system
  const found: string[] = []
  const runs = [...rows.values()]
  for (const id of accepted) {
    const own = runs.filter((r) => r.run.issue.number === issueOf(id))
    // While all agents are switched off, a request is answered with that, and with no Run.
    if (own.length !== 1 && !(own.length === 0 && refused.has(`IC_${id}`)))
      found.push(`R1 accepted delivery ${id} has ${own.length} Runs (inbox: ${inbox.items.get(id)?.state})`)
  }
  if (!system.deliveries.settled()) found.push('R1 GitHub was not asked for what got lost')
  for (const row of runs)
    found.push(...ledgerAtRest(system, row), ...unheard(system, row), ...outsideAtRest(system, row))
  if (sandboxes.live().length > 0) found.push(`R5 ${sandboxes.live().length} sandboxes live at rest`)
  return found
}

function ledgerAtRest({ trail }: System, { run, events, effects, acts }: Row): string[] {
  const found: string[] = []
  if (!isTerminal(run.status)) found.push(`R4 ${run.id} is still ${run.status}/${run.phase}`)
  if (JSON.stringify(foldAll(run.id, events)) !== JSON.stringify(run))
    found.push(`R6 ${run.id}: the fold differs from the stored state`)
  const digests = events.flatMap((e) => ('callback' in e.data ? [e.data.callback.digest] : []))
  if (new Set(digests).size !== digests.length) found.push(`R6 ${run.id} folded a callback twice`)
  const endings = events.filter((e) => /^run\.(succeeded|failed|cancelled)$/.test(e.type))
  if (endings.length > run.attempt) found.push(`R6 ${run.id} ended ${endings.length} times`)
  const untold = events.flatMap((e) => actsOf(run, e, undefined)).filter(({ once }) => !trail.has(once))
  if (untold.length > 0) found.push(`R6 ${run.id}: the audit trail lacks ${untold.map((a) => a.action).join(', ')}`)
  found.push(...messagesAtRest(run, events))
  if (acts.length > 0) found.push(`R7 ${run.id} still owes the audit trail ${acts.length} lines`)
  if (effects.length > 0) found.push(`R7 ${run.id} still owes ${effects.map((e) => e.type).join(', ')}`)
  return found
}

/** Each message is kept once, delivered before it is seen, and seen at most once, in order. */
function messagesAtRest(run: Run, events: Row['events']): string[] {
  const found: string[] = []
  const sent = events.flatMap((e) => (e.type === 'message.sent' ? [e.data.id] : []))
  const seen = events.flatMap((e) => (e.type === 'message.seen' ? [e.data.id] : []))
  if (new Set(sent).size !== sent.length) found.push(`R2 ${run.id} has a message twice`)
  if (seen.join() !== sent.filter((id) => seen.includes(id)).join())
    found.push(`R2 the agent of ${run.id} saw ${seen.join()} of ${sent.join()}`)
  const delivered = new Set<string>()
  for (const e of events) {
    if (e.type === 'message.delivered') delivered.add(e.data.id)
    if (e.type === 'message.seen' && !delivered.has(e.data.id))
      found.push(`R2 ${run.id} never had message ${e.data.id} that its agent saw`)
  }
  return found
}

/** An agent that had a step left saw what it was told before it began, unless its job had lost the app. */
function unheard({ jobs }: System, { run, events }: Row): string[] {
  const binds = new Set(events.flatMap((e) => (e.type === 'executor.bound' ? [e.data.bind] : [])))
  if (jobs.some(({ bind, left }) => left.length > 0 && binds.has(bind))) return []
  const end = events.findLastIndex((e) => e.type === 'agent.finished')
  const begin = events.findLastIndex((e, at) => e.type === 'agent.started' && at < end)
  const seen = new Set(events.flatMap((e) => (e.type === 'message.seen' ? [e.data.id] : [])))
  return events.flatMap((e, at) =>
    e.type === 'message.sent' && at < begin && e.attempt === events[begin]!.attempt && !seen.has(e.data.id)
      ? [`R1 the agent of ${run.id} worked and never saw ${e.data.id}`]
      : [],
  )
}

function outsideAtRest({ github, jobs, outside, deaths }: System, { run }: Row): string[] {
  const found: string[] = []
  const open = github.pulls.filter((p) => p.open && p.runId === run.id)
  if (open.length === 1 && run.status !== 'succeeded')
    found.push(`R2 ${run.id} is ${run.status} and has a pull request`)
  if (run.reason === 'pull_request_opened' && open.length !== 1)
    found.push(`R2 ${run.id} succeeded without its pull request`)
  if (run.sandbox && run.sandbox.state !== 'gone') found.push(`R5 ${run.id} never heard that its sandbox is gone`)
  const comments = github.comments.filter((c) => c.marker.includes(run.id) && c.marker.includes('seq='))
  if (comments.length > 1) found.push(`R2 ${run.id} has ${comments.length} status comments`)
  // Its work lay in the artifact, GitHub could be asked for it, and somebody lived for long enough to ask.
  const left = jobs.find((j) => j.bind === run.dispatch.binding?.bind)?.left ?? []
  const isWhole = left.some(({ event }) => event.type === 'executor.finished' && event.data.outcome === 'completed')
  const { silentAt } = run.dispatch
  const died = deaths.filter((at) => silentAt !== null && at >= silentAt && at <= run.endedAt!).length
  if (run.reason === 'heartbeat_lost' && isWhole && outside.githubBackAt() === null && died <= DEATHS_SURVIVED)
    found.push(`R1 ${run.id} lost the work that its job had left`)
  return found
}
