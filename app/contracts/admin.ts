/** What administrators read and send: the state of the house, its sandboxes, webhooks and audit trail. */
import { z } from 'zod'

import { KillSwitchBody, REASON_CHARS_MAX, StatusViewBody } from './api.ts'
import { IsoTime, RunId } from './ids.ts'

export const ADMIN_PAGE_DEFAULT = 50
export const ADMIN_PAGE_MAX = 100

/** `GET /api/admin`: what the caller administers: everything, or these repositories (`owner/name`). */
export const AdminReachBody = z.strictObject({ everything: z.boolean(), repositories: z.array(z.string()) })
export type AdminReachBody = z.infer<typeof AdminReachBody>

/** One part that Deckhand depends on. */
export const PartBody = z.strictObject({
  name: z.enum(['database', 'github', 'sandboxes']),
  ok: z.boolean(),
  detail: z.string(),
})
export type PartBody = z.infer<typeof PartBody>

/** What only admins of everything see: it speaks of all repositories at once. */
export const HouseBody = z.strictObject({
  killSwitch: KillSwitchBody,
  /** Webhooks that wait, since when the oldest does, and how many were refused in the last 24 hours. */
  webhooks: z.strictObject({ waiting: z.int(), oldestAt: IsoTime.nullable(), refused: z.int() }),
  /** Work on GitHub that is due, and Runs whose clock ran out and was not acted on. */
  work: z.strictObject({ oldestDueAt: IsoTime.nullable(), pastDeadline: z.int() }),
  /** What the busiest installation may still create on GitHub, and of how much. */
  github: z.strictObject({ minute: z.int(), minuteMax: z.int(), hour: z.int(), hourMax: z.int() }),
  parts: z.array(PartBody),
})
export type HouseBody = z.infer<typeof HouseBody>

/** `GET /api/admin/overview?repository=` */
export const OverviewBody = z.strictObject({
  at: IsoTime,
  repository: z.string().nullable(),
  /** Runs that have not ended, by status. */
  live: z.strictObject({ queued: z.int(), running: z.int(), paused: z.int() }),
  /** Runs of the last 24 hours that have ended, by how; each counted to `max` only. */
  ended: z.strictObject({ since: IsoTime, succeeded: z.int(), failed: z.int(), cancelled: z.int(), max: z.int() }),
  house: HouseBody.nullable(),
})
export type OverviewBody = z.infer<typeof OverviewBody>

/**
 * `in_use`: its Run is at work. `ending`: its Run has ended and its job may still release it. `starting`: its Run is not
 * known yet. `orphaned`: nobody will end it but the reaper, or you. `unlisted`: its Run names it and the provider does
 * not, because it is gone or because the provider's sandboxes cannot be listed from here.
 */
export const sandboxStates = ['in_use', 'ending', 'starting', 'orphaned', 'unlisted'] as const

export const ListedSandbox = z.strictObject({
  id: z.string().nullable(),
  state: z.enum(sandboxStates),
  startedAt: IsoTime.nullable(),
  endsAt: IsoTime.nullable(),
  run: z
    .strictObject({
      id: z.string(),
      repository: z.string(),
      issue: z.int(),
      title: z.string(),
      view: StatusViewBody,
    })
    .nullable(),
})
export type ListedSandbox = z.infer<typeof ListedSandbox>

/** `GET /api/admin/sandboxes?repository=`: `complete` is false where there are more than are shown. */
export const SandboxList = z.strictObject({
  provider: z.string(),
  reach: z.enum(['anywhere', 'runner']),
  complete: z.boolean(),
  sandboxes: z.array(ListedSandbox),
})
export type SandboxList = z.infer<typeof SandboxList>

/** `POST /api/admin/sandboxes/{id}/kill` */
export const KillSandboxRequest = z.strictObject({ reason: z.string().min(1).max(REASON_CHARS_MAX) })
/** `run`: its Run was at work and is killed with it. */
export const KillSandboxBody = z.strictObject({ killed: z.enum(['run', 'sandbox']), runId: RunId.nullable() })
export type KillSandboxBody = z.infer<typeof KillSandboxBody>

export const deliveryStates = ['received', 'processing', 'processed', 'ignored', 'refused'] as const

/** A webhook as it was taken in; `reason` is what became of it. */
export const DeliveryBody = z.strictObject({
  id: z.string(),
  event: z.string(),
  state: z.enum(deliveryStates),
  reason: z.string().nullable(),
  attempts: z.int(),
  bytes: z.int(),
  receivedAt: IsoTime,
})
export type DeliveryBody = z.infer<typeof DeliveryBody>
export const DeliveryList = z.strictObject({ deliveries: z.array(DeliveryBody), next: z.string().nullable() })
export type DeliveryList = z.infer<typeof DeliveryList>

/** `GET /api/admin/deliveries/{id}`: the payload as text, without credentials, cut where it is very long. */
export const DeliveryDetail = z.strictObject({
  delivery: DeliveryBody,
  payload: z.string(),
  truncated: z.boolean(),
})
export type DeliveryDetail = z.infer<typeof DeliveryDetail>

/** `POST /api/admin/deliveries/{id}/redeliver`; `redelivered` is false where it is on its way already. */
export const RedeliverBody = z.strictObject({ delivery: DeliveryBody, redelivered: z.boolean() })
export type RedeliverBody = z.infer<typeof RedeliverBody>

/** Ways in which people ask: a comment, a label, the button of a check, the API, or GitHub's own Cancel of the job. */
export const AUDIT_VIA = ['comment', 'label', 'check', 'api', 'actions'] as const

export const AuditBody = z.strictObject({
  id: z.string(),
  at: IsoTime,
  /** `person:<login>`, `token:<name>`, `executor:<job>`, `github:<delivery>` or `app`. */
  actor: z.string(),
  action: z
    .string()
    .describe(
      'As `run.assign`, `run.cancel`, `run.kill`, `run.pause`, `run.resume`, `run.retry`, `run.prompt`, `run.drop_branch`, `gates.bypass`, `issue.reorder`, `kill_switch.on`.',
    ),
  target: z.string().describe('As `run:<id>`, or `issue:<owner>/<name>#<number>` where there is no Run.'),
  repository: z.string().nullable(),
  issue: z.int().nullable().describe('Number of the issue in that repository.'),
  outcome: z.enum(['allowed', 'refused']),
  reason: z.string().nullable(),
  why: z.string().nullable(),
  via: z.enum(AUDIT_VIA).nullable().describe('`api` is the dashboard, a program or the command line.'),
  ip: z.string().nullable(),
})
export type AuditBody = z.infer<typeof AuditBody>
export const AuditList = z.strictObject({ events: z.array(AuditBody), next: z.string().nullable() })
export type AuditList = z.infer<typeof AuditList>
