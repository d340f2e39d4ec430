/** What passes between app and executor besides callbacks: the dispatch, the bind, the proposal and the logs. */
import { z } from 'zod'

import { AgentMessage, Handoff, MESSAGES_MAX, Wanted } from './callbacks.ts'
import { GitSha, IsoTime, RunId, Sha256Hex } from './ids.ts'
import { AgentReading } from './onboarding.ts'

/** Names of the agents that an issue can be assigned to; the first is the default. */
export const AGENTS = ['stub'] as const
/** What agents can do besides their work; one that is not here can do none of it. */
const abilities: Record<string, { takesMessages: boolean }> = { stub: { takesMessages: true } }
/** Whether an agent listens to people while it works. */
export const takesMessages = (agent: string): boolean =>
  Object.hasOwn(abilities, agent) && abilities[agent]!.takesMessages
export const DISPATCH_EVENT_TYPE = 'deckhand.run'
export const PROPOSAL_BYTES_MAX = 4 * 1024 * 1024
export const PROPOSAL_FILES_MAX = 100
export const PROPOSAL_COMMITS_MAX = 20
export const LOG_LINE_CHARS_MAX = 8_192
export const LOG_LINES_PER_POST_MAX = 1_000
/** The artifact in which a job leaves the callbacks that it could not deliver; its name is `${prefix}${runId}`. */
export const UNDELIVERED_ARTIFACT_PREFIX = 'deckhand-undelivered-'
/** A proposal that could not be handed over stands beside them as `${prefix}${digest}.json`. */
export const UNDELIVERED_PROPOSAL_PREFIX = 'deckhand-proposal-'

/** `client_payload` of the repository_dispatch: exactly these keys (GitHub allows ten at the top level, 64 KB). */
export const DispatchPayload = z.strictObject({
  v: z.literal(1),
  run_id: RunId,
  attempt: z.int().min(1),
  dispatch_id: z.uuid(),
  nonce: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  /** `${PUBLIC_URL}/api/runs/${run_id}`: the base of the executor's routes. */
  callback_url: z.url(),
  traceparent: z.string().max(64),
})
export type DispatchPayload = z.infer<typeof DispatchPayload>

/**
 * What an action understands besides the first version of this contract. It names what it does at the bind, and the app
 * tells it nothing of what it did not name: an answer with a field that it does not know would end its job. Where
 * `reading` is set for the agent, a job must not go on without it: the bind of one that did not name it is refused, and
 * its Run ends as `action_too_old`.
 */
export const actionAbilities = ['messages', 'reading'] as const
export type ActionAbility = (typeof actionAbilities)[number]
const ABILITIES_MAX = 16
/** At most 32 letters: the names go into the ledger. */
const ABILITY_NAME = /^[a-z_]{1,32}$/

/** `POST {callback_url}/bind` */
export const BindRequest = z.strictObject({
  dispatchId: z.uuid(),
  nonce: z.string().max(64),
  /** GitHub's OIDC token with the audience `${PUBLIC_URL}/runs/${runId}`. */
  oidc: z.string().max(16_384),
  /** JWS by the new key: header `{alg: EdDSA, typ: run-key-proof+jwt, jwk}`, payload `{aud, iat, ath}`. */
  proof: z.string().max(4_096),
  /** Names of `actionAbilities`, and of later ones. Absent: the action is older than the first of them. */
  abilities: z
    .array(z.string().regex(ABILITY_NAME, 'has to be the name of an ability: 1 to 32 of a-z and _'))
    .max(ABILITIES_MAX)
    .optional()
    .describe('What the action understands besides the first version of this contract'),
})
export type BindRequest = z.infer<typeof BindRequest>

/** Its base64 with the words around it is no larger than a proposal. */
export const CHECKPOINT_BUNDLE_BYTES_MAX = 3 * 1024 * 1024 - 8_192
/** The bundle's one ref: a commit of all that was not committed yet, on the agent's own; its second parent is what was staged. */
export const CHECKPOINT_REF = 'refs/deckhand/checkpoint'
const bundle = z.string().max(PROPOSAL_BYTES_MAX)
/** The body of `PUT {callback_url}/proposals/{sha256}` at a checkpoint: the work so far as a git bundle. */
export const Checkpoint = z.strictObject({
  v: z.literal(1),
  runId: RunId,
  attempt: z.int().min(1),
  baseSha: GitSha,
  bundleBase64: bundle,
})
export type Checkpoint = z.infer<typeof Checkpoint>

/** What a job goes on from whose Run was paused. */
const Resume = z.strictObject({
  /** The agent's last step that is done. */
  step: z.int().min(0),
  /** A sandbox that waits as it was left; the bundle is for the case that it is gone. */
  sandboxId: z.string().max(128).nullable(),
  bundleBase64: bundle.nullable(),
})

export const providerNames = ['e2b', 'local', 'fake'] as const

/** What an action reads of an answer at most. The largest is a bind's that has all of its parts at their largest. */
export const ANSWER_BYTES_MAX = 8 * 1024 * 1024

/** Everything that the job needs, given once it has proved who it is. */
export const BindAnswer = z.strictObject({
  runId: RunId,
  attempt: z.int().min(1),
  /** `<workflow run id>.<run attempt>.<check run id>`: goes into every payload. */
  bind: z.string(),
  /** What the app already has of this dispatch, so that a repeated bind goes on where it was. */
  lastSeq: z.int().min(0),
  lastDigest: Sha256Hex.nullable(),
  wanted: Wanted,
  repository: z.strictObject({
    id: z.int(),
    owner: z.string(),
    name: z.string(),
    private: z.boolean(),
    cloneUrl: z.url(),
  }),
  base: z.strictObject({ ref: z.string(), sha: GitSha }),
  /** The issue as it was when the Run was requested; what runs is this snapshot, not today's text. */
  issue: z.strictObject({
    number: z.int(),
    title: z.string(),
    body: z.string(),
    url: z.string(),
    digest: Sha256Hex,
  }),
  instructions: z.string(),
  requestedBy: z.string(),
  agent: z.strictObject({ name: z.string(), timeoutMs: z.int() }),
  sandbox: z.strictObject({
    provider: z.enum(providerNames),
    isolation: z.enum(['auto', 'none']),
    /** Metadata on the create call, so that the app can list and reap what this installation made. */
    owner: z.string(),
    attemptId: z.string(),
    ttlMs: z.int(),
    acquireTimeoutMs: z.int(),
  }),
  limits: z.strictObject({
    heartbeatMs: z.int(),
    /** After this long without an answer the app counts a job as lost: what is left then goes into an artifact. */
    heartbeatLostMs: z.int(),
    runDeadlineAt: IsoTime,
    proposalBytesMax: z.int(),
  }),
  /** Only where there is something to go on from. */
  resume: Resume.optional(),
  /** What people said to the agent so far, in order; `seen` before a pause. Absent when nothing. Needs `messages`. */
  messages: z
    .array(AgentMessage.extend({ seen: z.boolean() }))
    .max(MESSAGES_MAX)
    .optional(),
  /** What the agent is given to read besides the issue. Absent when nothing is set. Needs `reading`. */
  reading: AgentReading.optional(),
  /** A token that can read this one repository's contents and nothing else. */
  token: z.strictObject({ value: z.string(), expiresAt: z.string() }),
})
export type BindAnswer = z.infer<typeof BindAnswer>

/** A file's state after a commit. Modes are git's; the app's policy says which it accepts. */
export const ProposalFile = z.discriminatedUnion('change', [
  z.strictObject({
    change: z.literal('put'),
    path: z.string().min(1).max(4_096),
    mode: z.string().regex(/^[0-7]{6}$/),
    contentBase64: z.string(),
  }),
  z.strictObject({ change: z.literal('delete'), path: z.string().min(1).max(4_096) }),
])
export type ProposalFile = z.infer<typeof ProposalFile>

export const ProposalCommit = z.strictObject({
  message: z.string().max(16_384),
  files: z.array(ProposalFile).max(10_000),
})

/** The body of `PUT {callback_url}/proposals/{sha256}`: what the agent made, as data. */
export const Proposal = z.strictObject({
  v: z.literal(1),
  runId: RunId,
  attempt: z.int().min(1),
  baseSha: GitSha,
  summary: z.string().max(4_000),
  risks: z.array(z.string().max(500)).max(20),
  handoff: Handoff,
  commits: z.array(ProposalCommit).min(1).max(1_000),
})
export type Proposal = z.infer<typeof Proposal>

/** One line of `POST {callback_url}/logs` (NDJSON); `n` is the line's number, from 0, per dispatch. */
export const LogLine = z.strictObject({
  n: z.int().min(0),
  at: IsoTime,
  source: z.enum(['agent', 'executor', 'sandbox']),
  level: z.enum(['info', 'warn', 'error']),
  text: z.string().max(LOG_LINE_CHARS_MAX),
})
export type LogLine = z.infer<typeof LogLine>
export const LogAnswer = z.strictObject({ next: z.int().min(0), wanted: Wanted })
