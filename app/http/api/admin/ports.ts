/** What the admin routes need of the rest of the app besides `ApiPorts`. */
import type { PartBody } from '../../../contracts/admin.ts'
import type { AuditFilter, AuditRecord } from '../../../store/audit.ts'
import type { DeliveryStore } from '../../../store/deliveries.ts'
import type { RunGauges } from '../../../store/run-gauges.ts'

/** A sandbox as its provider lists it. */
export interface SandboxFacts {
  id: string
  runId: string
  attemptId: string
  startedAt: Date
  endsAt: Date | null
}

export interface SandboxPort {
  name: string
  /** `runner`: only the machine that made a sandbox can list and end it. */
  reach: 'anywhere' | 'runner'
  list(): AsyncIterable<SandboxFacts>
  destroy(id: string): Promise<void>
}

export interface AdminPorts {
  gauges: Pick<RunGauges, 'live' | 'ended' | 'oldestDueEffect' | 'budgetLeft' | 'pastDeadline'>
  deliveries: Pick<DeliveryStore, 'listDeliveries' | 'readDelivery' | 'redeliver' | 'backlog'>
  /** Hurries the intake after a delivery was put back. */
  arrived: () => void
  trail: { listAudit(filter: AuditFilter): Promise<AuditRecord[]> }
  sandboxes: () => Promise<SandboxPort>
  /** Takes out what opens a door, as the log does. */
  redact: (text: string) => string
  /** What the app depends on, each with one sentence about it. */
  parts: () => Promise<PartBody[]>
}
