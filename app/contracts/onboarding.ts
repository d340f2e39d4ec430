/**
 * What an agent is given to read besides the issue: its onboarding document and its context packs, as they are set, as
 * they go to the job, and as the ledger keeps them.
 */
import { z } from 'zod'

import { IsoTime, RunId, Sha256Hex } from './ids.ts'

export const REF_CHARS_MAX = 300
export const CONTEXT_PACKS_MAX = 20
/** One text that Deckhand keeps. All that an agent may be given fits in a bind's answer beside a checkpoint. */
export const DOCUMENT_BYTES_MAX = 32 * 1024
/** A file of the repository; what is beyond it is cut off. */
export const CONTEXT_FILE_BYTES_MAX = 64 * 1024
/** Runs whose logs `recentLogs:` may ask for, and how much of the end of each. */
export const RECENT_LOGS_RUNS_MAX = 10
export const LOG_TAIL_BYTES_MAX = 8 * 1024
const DOCUMENT_VERSIONS_MAX = 1_000_000

/** How a document of Deckhand is named where an agent is set up. */
export const DOCUMENT_PREFIX = 'deckhand:'
export const RECENT_LOGS_PREFIX = 'recentLogs:'

/** Rough, and said to be wherever it is shown: texts in English have about four bytes to a token. */
export const estimatedTokens = (bytes: number): number => Math.ceil(bytes / 4)

export const DOCUMENT_NAME = /^[a-z][a-z0-9-]{0,39}$/
export const DocumentName = z
  .string()
  .regex(DOCUMENT_NAME)
  .describe('Name of the document: a letter, then at most 39 letters, digits and hyphens')

const ref = z.string().min(1).max(REF_CHARS_MAX)
const version = z.int().min(0).max(DOCUMENT_VERSIONS_MAX)
export const contextKinds = ['document', 'file', 'logs'] as const
/** Who wrote it: admins of this Deckhand, whoever writes to the repository, or agents and jobs. */
export type ContextKind = (typeof contextKinds)[number]

/** One thing to read, as the job gets it. A file is named only: the job has the repository. */
export const ContextPiece = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('document'), ref, version, text: z.string().max(DOCUMENT_BYTES_MAX) }),
  z.strictObject({ kind: z.literal('file'), ref }),
  z.strictObject({
    kind: z.literal('logs'),
    ref,
    /** Newest first. */
    runs: z.array(z.strictObject({ runId: RunId, text: z.string().max(LOG_TAIL_BYTES_MAX) })).max(RECENT_LOGS_RUNS_MAX),
  }),
])
export type ContextPiece = z.infer<typeof ContextPiece>

/** In this order. */
export const AgentReading = z.strictObject({
  onboarding: ContextPiece.nullable(),
  packs: z.array(ContextPiece).max(CONTEXT_PACKS_MAX),
})
export type AgentReading = z.infer<typeof AgentReading>

/** What the agent was shown of one of them: enough to prove it by, and no text. */
export const GivenPiece = z.strictObject({
  ref,
  kind: z.enum(contextKinds),
  version: version.nullable(),
  state: z.enum(['whole', 'cut', 'missing', 'refused']),
  /** Of the text that the agent was given; null where it was given none. */
  bytes: z.int().min(0).max(4_194_304),
  digest: Sha256Hex.nullable(),
})
export type GivenPiece = z.infer<typeof GivenPiece>
export const GivenPieces = z.array(GivenPiece).max(1 + CONTEXT_PACKS_MAX)

const onboardingDocRef = ref
  .nullable()
  .describe('A document of Deckhand (`deckhand:dev`), a path in the repository (`docs/onboarding.md`), or null')
const contextPacks = z
  .array(ref)
  .max(CONTEXT_PACKS_MAX)
  .describe('In the order in which the agent gets them: paths, documents of Deckhand, `recentLogs:<number of Runs>`')
const changed = {
  updatedBy: z.string().nullable().describe('Null where nobody has changed it yet'),
  updatedAt: IsoTime.nullable(),
}
/** Whether the caller may change it, and if not, the sentence that says why. */
const edit = z.strictObject({ allowed: z.boolean(), why: z.string().nullable() })

/** `GET /api/agents/{name}/onboarding`: what an agent is given to read before it begins. */
export const AgentOnboardingBody = z.strictObject({
  onboardingDocRef,
  contextPacks,
  version: version.describe('Counts changes; 0 before the first'),
  ...changed,
  edit,
  sees: z
    .array(
      z.strictObject({
        ref,
        kind: z.enum(contextKinds),
        version: version.nullable().describe('Of a document; null for what is read when the Run begins'),
        bytes: z.int().min(0),
        tokens: z.int().min(0),
        atMost: z.boolean().describe('The size is known when the Run begins, and is no larger than this'),
      }),
    )
    .describe('What the agent will see, in order. Tokens are an estimate: four bytes each'),
  tokens: z.int().min(0).describe('All of them together, estimated'),
})
export type AgentOnboardingBody = z.infer<typeof AgentOnboardingBody>

/** `PUT /api/agents/{name}/onboarding` */
export const AgentOnboardingRequest = z.strictObject({
  onboardingDocRef,
  contextPacks: contextPacks.optional().describe('Left out, they stay as they are'),
  version: version.optional().describe('The version that was read; refused where it has changed since'),
})
export type AgentOnboardingRequest = z.infer<typeof AgentOnboardingRequest>

const documentFacts = {
  name: DocumentName,
  version: version.describe('0 is the text that comes with Deckhand'),
  bytes: z.int().min(0),
  ...changed,
}

/** `GET /api/documents` */
export const DocumentList = z.strictObject({
  documents: z.array(z.strictObject(documentFacts)),
  edit,
})
export type DocumentList = z.infer<typeof DocumentList>

/** `GET /api/documents/{name}` */
export const DocumentBody = z.strictObject({
  ...documentFacts,
  text: z.string(),
  latest: version.describe('The version that agents are given now'),
  versions: z
    .array(z.strictObject({ version, bytes: z.int().min(0), ...changed }))
    .describe('Those that can still be read, newest first'),
  edit,
})
export type DocumentBody = z.infer<typeof DocumentBody>
export const DocumentQuery = z.strictObject({
  version: z
    .string()
    .regex(/^\d{1,7}$/)
    .optional()
    .describe('An earlier version; without it, the one that agents are given now'),
})

/** `PUT /api/documents/{name}` */
export const DocumentRequest = z.strictObject({
  text: z.string().max(DOCUMENT_BYTES_MAX),
  version: version.describe('The version that was read, 0 for a new document; refused where it has changed since'),
})
