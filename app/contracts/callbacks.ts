/**
 * What the executor (the action in its Actions job) may tell the app. One callback is a compact JWS whose payload is
 * `CallbackPayload`; the event inside becomes an event of the Run's ledger. Unknown types and extra fields are refused.
 */
import { z } from 'zod'

import { GitSha, Isolation, IsoTime, Sha256Hex } from './ids.ts'
import { GivenPieces } from './onboarding.ts'

export const CALLBACK_VERSION = 1
export const DETAIL_CHARS_MAX = 500
const detail = z.string().max(DETAIL_CHARS_MAX)
/** The most of anything that a report counts; what is more is told as this many. */
export const COUNT_MAX = 1_000_000
const count = z.int().min(0).max(COUNT_MAX)
const durationMs = z.int().min(0).max(86_400_000)

/** Why a sandbox could not be had; each maps to a reason code of its own. */
export const acquireFailures = [
  'sandbox_acquire_timeout',
  'sandbox_rate_limited',
  'sandbox_unauthorized',
  'sandbox_provider_error',
] as const

export const Handoff = z.strictObject({
  goal: z.string().max(1_000),
  did: z.string().max(4_000),
  forNextAgent: z.string().max(4_000),
})
export type Handoff = z.infer<typeof Handoff>

export const MESSAGE_CHARS_MAX = 4_000
/** Messages of a Run that its agent has not seen yet. */
export const MESSAGES_WAITING_MAX = 10
/** Messages of a Run in all, so that they leave its ledger room for what happens. */
export const MESSAGES_MAX = 50
const messageId = z.string().min(1).max(200)
/** One message to the agent, as its job hears it. */
export const AgentMessage = z.strictObject({
  id: messageId,
  /** Who says it. */
  by: z.string().max(200),
  text: z.string().max(MESSAGE_CHARS_MAX),
})
export type AgentMessage = z.infer<typeof AgentMessage>

const changeCounts = { commits: count, files: count, additions: count, deletions: count }

/** The data of every executor event, by type. Past tense, dotted. */
export const executorEventData = {
  'executor.started': z.strictObject({
    actionVersion: z.string().max(64),
    nodeVersion: z.string().max(32),
    os: z.string().max(32),
    arch: z.string().max(16),
  }),
  'sandbox.requested': z.strictObject({ provider: z.string().max(32), attemptId: z.string().max(64) }),
  'sandbox.acquired': z.strictObject({
    provider: z.string().max(32),
    sandboxId: z.string().min(1).max(128),
    isolation: Isolation,
    ttlMs: durationMs,
    ms: durationMs,
  }),
  'sandbox.acquire_failed': z.strictObject({
    provider: z.string().max(32),
    reason: z.enum(acquireFailures),
    detail,
    ms: durationMs,
  }),
  'workspace.prepared': z.strictObject({
    baseSha: GitSha,
    bytes: z.int().min(0).max(4_294_967_296),
    ms: durationMs,
    /** What the agent was given to read besides the issue, in order; absent when nothing. */
    given: GivenPieces.optional(),
  }),
  'agent.started': z.strictObject({ agent: z.string().max(64) }),
  'agent.progressed': z.strictObject({
    step: z.int().min(1).max(1_000),
    of: z.int().min(1).max(1_000),
    title: z.string().max(120),
    state: z.enum(['started', 'completed', 'failed']),
  }),
  /** The job has a message of somebody, and keeps it for the agent. */
  'message.delivered': z.strictObject({ id: messageId }),
  /** The agent took the message before a step. */
  'message.seen': z.strictObject({ id: messageId }),
  /** The agent is over and reads nothing more; what it made is collected now. Older actions do not say so. */
  'agent.returned': z.strictObject({ ms: durationMs }),
  'agent.finished': z.strictObject({
    ...changeCounts,
    summary: z.string().max(4_000),
    handoff: Handoff,
    ms: durationMs,
  }),
  'agent.failed': z.strictObject({
    reason: z.enum(['agent_failed', 'agent_timeout']),
    exitCode: z.int().nullable(),
    detail,
    ms: durationMs,
  }),
  'proposal.submitted': z.strictObject({
    digest: Sha256Hex,
    bytes: z
      .int()
      .min(1)
      .max(4 * 1024 * 1024),
    baseSha: GitSha,
    latestCommitMessage: z.string().max(200),
    ...changeCounts,
  }),
  /** What a resumed job goes on from: stored under its digest, or null where it is in the paused sandbox alone. */
  'checkpoint.saved': z.strictObject({
    digest: Sha256Hex.nullable(),
    bytes: z
      .int()
      .min(0)
      .max(4 * 1024 * 1024),
    commits: count,
    /** The agent's last step that is done; 0 before the first. */
    step: z.int().min(0).max(1_000),
    /** How long the agent worked in this job. */
    ms: durationMs,
  }),
  'sandbox.paused': z.strictObject({ sandboxId: z.string().min(1).max(128), ms: durationMs }),
  'sandbox.resumed': z.strictObject({ sandboxId: z.string().min(1).max(128), ttlMs: durationMs, ms: durationMs }),
  'sandbox.destroyed': z.strictObject({ sandboxId: z.string().min(1).max(128), ms: durationMs }),
  'executor.finished': z.strictObject({
    outcome: z.enum(['completed', 'cancelled', 'failed', 'paused']),
    reason: z.enum(['executor_failed', 'run_timeout']).nullable(),
    detail: detail.nullable(),
  }),
} as const

export type ExecutorEventType = keyof typeof executorEventData
export type ExecutorEvent = {
  [T in ExecutorEventType]: { type: T; data: z.infer<(typeof executorEventData)[T]> }
}[ExecutorEventType]

const envelope = {
  v: z.literal(CALLBACK_VERSION),
  /** RFC 7638 thumbprint of the executor's Ed25519 key. */
  iss: z.string().max(64),
  /** The exact URL that this was sent to: scheme, host and path with the Run id. */
  aud: z.url().max(512),
  /** `<workflow run id>.<run attempt>.<check run id>` of the job that the dispatch was bound to. */
  bind: z.string().max(96),
}

/** The payload of a callback's JWS. `prev` is the SHA-256 (hex) of the payload before it, or null for the first. */
export const CallbackPayload = z.strictObject({
  ...envelope,
  seq: z.int().min(1).max(100_000),
  prev: Sha256Hex.nullable(),
  at: IsoTime,
  type: z.string().max(64),
  data: z.record(z.string(), z.unknown()),
})
export type CallbackPayload = z.infer<typeof CallbackPayload>

export const HeartbeatPayload = z.strictObject({ ...envelope, at: IsoTime, phase: z.string().max(32) })
export type HeartbeatPayload = z.infer<typeof HeartbeatPayload>

/** A short-lived token for one request: the control stream, a proposal (with its digest) or logs. */
export const RequestPayload = z.strictObject({ ...envelope, digest: Sha256Hex.optional() })
export type RequestPayload = z.infer<typeof RequestPayload>

/** `typ` header values; a token of one kind never passes as another. */
export const jwsTypes = {
  keyProof: 'run-key-proof+jwt',
  event: 'run-event+jwt',
  heartbeat: 'run-heartbeat+jwt',
  request: 'run-request+jwt',
} as const

/** What the app wants of the executor; the answer to every event and heartbeat. */
export const wantedValues = ['continue', 'pause', 'cancel', 'kill'] as const
export const Wanted = z.enum(wantedValues)
export type Wanted = z.infer<typeof Wanted>

export const CallbackAnswer = z.strictObject({
  wanted: Wanted,
  lastSeq: z.int().min(0),
  /** What the job is not known to have, in order; absent when nothing. The control stream says the same at once. */
  messages: z.array(AgentMessage).max(MESSAGES_WAITING_MAX).optional(),
})
export type CallbackAnswer = z.infer<typeof CallbackAnswer>

/** Parses the event inside a verified callback. Returns null for an unknown type or data that does not fit. */
export function parseExecutorEvent(payload: CallbackPayload): ExecutorEvent | null {
  if (!Object.hasOwn(executorEventData, payload.type)) return null
  const type = payload.type as ExecutorEventType
  const parsed = executorEventData[type].safeParse(payload.data)
  return parsed.success ? ({ type, data: parsed.data } as ExecutorEvent) : null
}
