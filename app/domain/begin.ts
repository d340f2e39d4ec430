/**
 * The Run as its first event makes it. What later events fill in stands in it from the start, in one literal: V8 copies
 * such an object several times as fast as one whose properties came one by one (trust.md P4). Only what is rare, or tells
 * something by its absence, is left out.
 */
import { newDispatch } from './attempts.ts'
import type { DraftEvent } from './events.ts'
import type { Run } from './run.ts'

type Requested = Extract<DraftEvent, { type: 'run.requested' }>

/** The first event makes the Run; no other event can. */
export function begin(id: string, event: Requested): Run {
  const { data, at } = event
  const run: Run = {
    id,
    status: 'queued',
    phase: 'dispatching',
    reason: null,
    reasonDetail: null,
    endedBy: null,
    attempt: 1,
    repository: data.repository,
    executorRepository: data.executorRepository,
    issue: data.issue,
    trigger: data.trigger,
    requestedBy: data.requestedBy,
    retriedBy: null,
    agent: data.agent,
    instructions: data.instructions,
    revised: null,
    askedAt: data.askedAt ?? null,
    commands: [],
    baseRef: data.baseRef,
    baseSha: null,
    branchName: data.branch,
    dispatch: newDispatch(data.dispatchId),
    workflowRunId: null,
    ci: null,
    sandboxProvider: data.sandboxProvider,
    sandbox: null,
    stop: null,
    pause: null,
    checkpoint: null,
    runLeftMs: null,
    progress: null,
    plan: [],
    messages: [],
    messagesSent: 0,
    agentDone: false,
    git: { commits: 0, files: 0, additions: 0, deletions: 0, latestCommitMessage: null },
    summary: null,
    handoff: null,
    proposal: null,
    branch: null,
    branchDropped: null,
    pullRequest: null,
    strayPullRequest: null,
    comment: null,
    checkRunId: null,
    repeatedBy: null,
    clocks: data.clocks,
    createdAt: at,
    startedAt: null,
    endedAt: null,
    pausedAt: null,
    pausedMs: 0,
    updatedAt: at,
    deadlineAt: at + data.clocks.dispatchMs,
    runDeadlineAt: null,
    seq: 1,
  }
  return Object.assign(run, wishesOf(data))
}

/** What most people do not ask for, and is absent then. */
function wishesOf({ gatesOff, draft, priority, dryRun, blocked }: Requested['data']): Partial<Run> {
  return {
    ...(gatesOff ? { gatesOff } : {}),
    ...(draft ? { draft } : {}),
    ...(priority ? { priority } : {}),
    ...(dryRun ? { dryRun } : {}),
    ...(blocked === undefined ? {} : { blocked }),
  }
}
