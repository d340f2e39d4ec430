/** What must never happen (trust.md R1 to R7), looked for every ten virtual seconds and at rest. */
import { isTerminal } from '../../app/contracts/status.ts'
import { actsOf } from '../../app/domain/acts.ts'
import { foldAll } from '../../app/domain/run.ts'
import type { Run } from '../../app/domain/run.ts'
import { sweepAtOf } from '../../app/domain/schedule.ts'
import type { SimSandbox } from './sandboxes.ts'
import type { System } from './system.ts'

const PAST_DEADLINE_MS_MAX = 60_000
const ORPHAN_MS_MAX = 180_000

/** Violations that can be seen at any moment. A store outage or a replica's death moves the clocks by `excuseMs`. */
export function watch(system: System, excuseMs: number): string[] {
  const { scheduler, rows, sandboxes } = system
  const found: string[] = []
  const now = scheduler.now
  const live = sandboxes.live()
  for (const { run, heartbeatAt } of rows.values()) {
    const dueAt = sweepAtOf(run, heartbeatAt)
    if (dueAt !== null && now - dueAt > PAST_DEADLINE_MS_MAX + excuseMs) {
      found.push(`R4 ${run.id} is ${now - dueAt} ms past its clock in ${run.status}/${run.phase}`)
    }
    const own = live.filter((s) => s.runId === run.id)
    if (run.status === 'paused') found.push(...wrongPause(run, own, now, excuseMs))
    if (own.length > 1 && !own.some((s) => late(system, s))) found.push(`R3 ${run.id} has ${own.length} live sandboxes`)
    for (const sandbox of own) {
      // A killed Run waits for the death of its sandbox, which has the same bound.
      const killedAt = run.stop?.kind === 'kill' ? run.stop.at : now
      const since = Math.max(run.endedAt ?? killedAt, sandbox.bornAt)
      if (now - since > ORPHAN_MS_MAX + excuseMs) found.push(`R5 ${sandbox.id} outlived ${run.id} by ${now - since} ms`)
    }
  }
  for (const sandbox of live) {
    if (!rows.has(sandbox.runId)) found.push(`R5 ${sandbox.id} belongs to no Run`)
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
function late(system: System, { runId, id, attemptId }: SimSandbox): boolean {
  const { run, events } = system.rows.get(runId)!
  if (run.sandbox?.id === id) return false
  const wasGiven = events.some((e) => e.type === 'sandbox.acquired' && e.data.sandboxId === id)
  return isTerminal(run.status) || (!wasGiven && !attemptId.startsWith(`${run.dispatch.id} `))
}

/** Violations at rest: every accepted request has its one Run, every Run has ended, and the outside agrees with it. */
export function atRest(system: System): string[] {
  const { rows, accepted, trail, github, sandboxes, inbox } = system
  const found: string[] = []
  const runs = [...rows.values()]
  for (const id of accepted) {
    const issue = Number(id.slice(1)) + 1
    const own = runs.filter((r) => r.run.issue.number === issue)
    if (own.length !== 1)
      found.push(`R1 accepted delivery ${id} has ${own.length} Runs (inbox: ${inbox.items.get(id)?.state})`)
  }
  for (const { run, events, effects, acts } of runs) {
    if (!isTerminal(run.status)) found.push(`R4 ${run.id} is still ${run.status}/${run.phase}`)
    if (events.some((e, i) => e.seq !== i + 1)) found.push(`R6 ${run.id} has a gap in its ledger`)
    if (JSON.stringify(foldAll(run.id, events)) !== JSON.stringify(run))
      found.push(`R6 ${run.id}: the fold differs from the stored state`)
    const digests = events.flatMap((e) => ('callback' in e.data ? [e.data.callback.digest] : []))
    if (new Set(digests).size !== digests.length) found.push(`R6 ${run.id} folded a callback twice`)
    const endings = events.filter((e) => /^run\.(succeeded|failed|cancelled)$/.test(e.type))
    if (endings.length > run.attempt) found.push(`R6 ${run.id} ended ${endings.length} times`)
    const untold = events.flatMap((e) => actsOf(run, e, undefined)).filter(({ once }) => !trail.has(once))
    if (untold.length > 0) found.push(`R6 ${run.id}: the audit trail lacks ${untold.map((a) => a.action).join(', ')}`)
    if (acts.length > 0) found.push(`R7 ${run.id} still owes the audit trail ${acts.length} lines`)
    const pulls = github.pulls.filter((p) => p.marker.includes(run.id))
    const open = pulls.filter((p) => p.open)
    if (open.length > 1) found.push(`R2 ${run.id} has ${open.length} pull requests`)
    if (open.length === 1 && run.status !== 'succeeded')
      found.push(`R2 ${run.id} is ${run.status} and has a pull request`)
    if (run.reason === 'pull_request_opened' && open.length !== 1)
      found.push(`R2 ${run.id} succeeded without its pull request`)
    if (effects.length > 0) found.push(`R7 ${run.id} still owes ${effects.map((e) => e.type).join(', ')}`)
    if (run.sandbox && run.sandbox.state !== 'gone') found.push(`R5 ${run.id} never heard that its sandbox is gone`)
    const comments = github.comments.filter((c) => c.marker.includes(run.id) && c.marker.includes('seq='))
    if (comments.length > 1) found.push(`R2 ${run.id} has ${comments.length} status comments`)
  }
  if (sandboxes.live().length > 0) found.push(`R5 ${sandboxes.live().length} sandboxes live at rest`)
  return found
}
