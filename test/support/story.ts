/** Tells the story of one Run in a test: an engine over memory, a clock that the test moves, and the executor's part. */
import { createHash } from 'node:crypto'

import type { ExecutorEvent } from '../../app/contracts/callbacks.ts'
import { actionAbilities } from '../../app/contracts/executor.ts'
import type { Act } from '../../app/domain/acts.ts'
import type { Binding, CallbackMark, RunEvent } from '../../app/domain/events.ts'
import type { Input, Refusal } from '../../app/domain/inputs.ts'
import { defaultClocks } from '../../app/domain/policy.ts'
import type { Run } from '../../app/domain/run.ts'
import { Engine } from '../../app/engine.ts'
import type { RunRequest } from '../../app/domain/change.ts'
import { memoryStore } from './memory-store.ts'

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
export const START = Date.parse('2026-11-20T12:00:00.000Z')
export const octocat = { id: 583_231, login: 'octocat' }

export const binding: Binding = {
  bind: '77.1.99',
  workflowRunId: 77,
  runAttempt: 1,
  checkRunId: 99,
  jkt: 'thumbprint',
  publicKeyX: 'x',
  trust: 'oidc',
  workflowSha: '0'.repeat(40),
  abilities: actionAbilities,
}

export const request: RunRequest = {
  repository: { id: 1, owner: 'acme', name: 'shop', private: false, defaultBranch: 'main', installationId: 5 },
  issue: { number: 101, title: 'Add CSV export', body: 'Please.', url: 'https://github.com/acme/shop/issues/101' },
  trigger: {
    via: 'comment',
    id: 'IC_1',
    commentId: 11,
    url: 'https://github.com/acme/shop/issues/101#issuecomment-11',
  },
  requestedBy: octocat,
  agent: 'stub',
  instructions: '',
  baseRef: 'main',
}

const sha = 'a'.repeat(40)
const digest = 'b'.repeat(64)
const handoff = { goal: 'g', did: 'd', forNextAgent: '' }
const counts = { commits: 1, files: 1, additions: 1, deletions: 0 }

/** The reports of a Run in which all goes well, in their order. */
export const happyReports: ExecutorEvent[] = [
  { type: 'executor.started', data: { actionVersion: '0.1.0', nodeVersion: '24.0.0', os: 'Linux', arch: 'X64' } },
  { type: 'sandbox.requested', data: { provider: 'e2b', attemptId: 'a1' } },
  {
    type: 'sandbox.acquired',
    data: { provider: 'e2b', sandboxId: 'sbx_1', isolation: 'vm', ttlMs: 3_660_000, ms: 900 },
  },
  { type: 'workspace.prepared', data: { baseSha: sha, bytes: 1024, ms: 300 } },
  { type: 'agent.started', data: { agent: 'stub' } },
  { type: 'agent.progressed', data: { step: 1, of: 1, title: 'Edit README.md', state: 'completed' } },
  { type: 'agent.finished', data: { ...counts, summary: 'Appended a line.', handoff, ms: 500 } },
  { type: 'proposal.submitted', data: { digest, bytes: 512, baseSha: sha, latestCommitMessage: 'Append', ...counts } },
  { type: 'sandbox.destroyed', data: { sandboxId: 'sbx_1', ms: 20 } },
  { type: 'executor.finished', data: { outcome: 'completed', reason: null, detail: null } },
]

/** What a job says that comes to a checkpoint and puts its sandbox away. */
export const pauseReports: ExecutorEvent[] = [
  { type: 'checkpoint.saved', data: { digest, bytes: 700, commits: 1, step: 2, ms: 60_000 } },
  { type: 'sandbox.paused', data: { sandboxId: 'sbx_1', ms: 30 } },
  { type: 'executor.finished', data: { outcome: 'paused', reason: null, detail: null } },
]

export const published: Input[] = [
  { type: 'outcome', at: START, outcome: { type: 'branch.published', data: { name: 'agent/101-x', sha, commits: 1 } } },
  {
    type: 'outcome',
    at: START,
    outcome: {
      type: 'pull_request.opened',
      data: { number: 6, url: 'https://github.com/acme/shop/pull/6', adopted: false },
    },
  },
]

/** `over`: as another replica over the store of that story, with a trail of its own. */
export function tellStory({ over }: { over?: { memory: ReturnType<typeof memoryStore> } } = {}) {
  const memory = over?.memory ?? memoryStore()
  const { store, rows, callbacks } = memory
  let now = START
  let ids = 0
  let switchedOff: boolean | null = false
  let trailIsAway = false
  /** The audit trail, by the names of its lines. */
  const trail = new Map<string, Act>()
  const engine = new Engine({
    store,
    now: () => now,
    chance: () => 0.5,
    uuid: () => `00000000-0000-7000-8000-${String(++ids).padStart(12, '0')}`,
    runId: () => `r_${String(++ids).padStart(10, '0')}`,
    sha256,
    audit: async (acts) => {
      if (trailIsAway) throw new Error('the trail is away')
      for (const act of acts) if (!trail.has(act.once)) trail.set(act.once, act)
    },
    switchedOff: async () => {
      if (switchedOff === null) throw new Error('nobody can tell')
      return switchedOff
    },
    defaults: { clocks: defaultClocks, sandboxProvider: 'e2b', executorRepository: null },
  })
  let runId = ''
  let mark: CallbackMark = { seq: 0, prev: null, digest: '' }

  const story = {
    engine,
    memory,
    rows,
    callbacks,
    get now() {
      return now
    },
    acts: (): Act[] => [...trail.values()],
    /** Whether lines of the audit trail can be written. */
    loseTrail: (away: boolean): void => {
      trailIsAway = away
    },
    /** Goes on with a Run that something else requested. */
    follow(id: string) {
      runId = id
    },
    /** The kill switch; null is a store that does not answer. */
    flip: (to: boolean | null): void => {
      switchedOff = to
    },
    pass(ms: number) {
      now += ms
    },
    get run(): Run {
      return rows.get(runId)!.run
    },
    get events(): RunEvent[] {
      return rows.get(runId)!.events
    },
    types: () => rows.get(runId)!.events.map((e) => e.type),
    effects: () => rows.get(runId)!.effects.map((e) => e.type),
    async request(spec: Partial<RunRequest> = {}) {
      const answer = await engine.request({ ...request, ...spec })
      if (answer.created) runId = answer.run.id
      return answer
    },
    submit: (input: Input): Promise<Run | Refusal> => engine.submit(runId, { ...input, at: now }),
    /** The base is fixed and the dispatch was accepted. */
    async dispatched(send = 1) {
      const resolved = { type: 'base.resolved', data: { ref: 'main', sha } } as const
      await story.submit({ type: 'outcome', at: now, outcome: resolved })
      return story.sent(send)
    },
    sent: (send: number) =>
      story.submit({
        type: 'outcome',
        at: now,
        outcome: {
          type: 'run.dispatched',
          data: { dispatchId: story.run.dispatch.id, send, nonceDigest: digest },
        },
      }),
    bind: (other: Partial<Binding> = {}) =>
      story.submit({ type: 'bind', dispatchId: story.run.dispatch.id, binding: { ...binding, ...other }, at: now }),
    /** The executor's next callback; `over` bends it. */
    async report(event: ExecutorEvent, over: Partial<CallbackMark> & { bind?: string; dispatchId?: string } = {}) {
      const { bind = binding.bind, dispatchId = story.run.dispatch.id, ...marks } = over
      const seq = mark.seq + 1
      const next: CallbackMark = {
        seq,
        prev: mark.seq ? mark.digest : null,
        digest: sha256(`${seq} ${JSON.stringify(event)}`),
        ...marks,
      }
      const answer = await engine.acceptCallback(runId, {
        dispatchId,
        bind,
        jkt: binding.jkt,
        mark: next,
        event,
        jws: 'a.b.c',
        at: now,
      })
      if (!('refused' in answer) && !answer.replay) mark = next
      return answer
    },
    /** The reports that follow are another job's, with a chain of its own. */
    newJob() {
      mark = { seq: 0, prev: null, digest: '' }
    },
    /** Works up to the agent, is asked to pause, and pauses. */
    async paused() {
      await story.upTo('agent.progressed')
      await story.submit({ type: 'pause', by: 'hubot', via: 'comment', at: now })
      for (const event of pauseReports) await story.report(event)
    },
    resume: () => engine.resume(runId, 'hubot', 'comment'),
    tick: () => engine.tick(runId, now),
    /** What is due is done, and brings nothing back. */
    async settle() {
      for (;;) {
        const claim = await engine.claimEffect(runId, now)
        if (!claim) return
        await engine.finishEffect(claim, { ok: true, outcome: null })
      }
    },
    heartbeat: () => engine.heartbeat(runId, now),
    /** Requests, dispatches, binds and reports up to (and with) the given event. */
    async upTo(last: ExecutorEvent['type'] | 'bind') {
      await story.request()
      await story.dispatched()
      await story.bind()
      if (last === 'bind') return
      for (const event of happyReports) {
        await story.report(event)
        if (event.type === last) return
      }
    },
  }
  return story
}
