/** What the admin pages read and order. */
import { queryOptions } from '@tanstack/react-query'

import type {
  AdminReachBody,
  AuditList,
  DeliveryDetail,
  DeliveryList,
  KillSandboxBody,
  OverviewBody,
  RedeliverBody,
  SandboxList,
} from '#contracts/admin.ts'
import type { KillAllBody, KillSwitchBody } from '#contracts/api.ts'

import { get, post, put, query } from '../api.ts'

const REACH_FRESH_MS = 300_000
/** Webhooks and the provider's sandboxes come over no stream, so they are asked for; not while the tab is hidden. */
const ASK_EVERY_MS = 5_000
const PROVIDER_EVERY_MS = 15_000
const PATH = '/api/admin'

export const administers = ({ everything, repositories }: AdminReachBody): boolean =>
  everything || repositories.length > 0

export const adminReachQuery = queryOptions({
  queryKey: ['admin-reach'],
  queryFn: ({ signal }) => get<AdminReachBody>(PATH, signal),
  staleTime: REACH_FRESH_MS,
})

/** Everything, or one repository (`owner/name`). */
export type Scope = string | undefined

export const overviewQuery = (repository: Scope) =>
  queryOptions({
    queryKey: ['admin', 'overview', repository ?? null],
    queryFn: ({ signal }) => get<OverviewBody>(`${PATH}/overview${query({ repository })}`, signal),
    refetchInterval: ASK_EVERY_MS,
  })

export const sandboxesQuery = (repository: Scope) =>
  queryOptions({
    queryKey: ['admin', 'sandboxes', repository ?? null],
    queryFn: ({ signal }) => get<SandboxList>(`${PATH}/sandboxes${query({ repository })}`, signal),
    refetchInterval: PROVIDER_EVERY_MS,
  })

export const deliveriesQuery = (filter: {
  state?: string | undefined
  id?: string | undefined
  after?: string | undefined
}) =>
  queryOptions({
    queryKey: ['admin', 'deliveries', filter],
    queryFn: ({ signal }) => get<DeliveryList>(`${PATH}/deliveries${query(filter)}`, signal),
    refetchInterval: ASK_EVERY_MS,
  })

/** Read once: that somebody reads it is on record. */
export const payloadQuery = (id: string) =>
  queryOptions({
    queryKey: ['admin-payload', id],
    queryFn: ({ signal }) => get<DeliveryDetail>(`${PATH}/deliveries/${encodeURIComponent(id)}`, signal),
    staleTime: Infinity,
  })

export interface AuditSearch {
  repository?: string | undefined
  actor?: string | undefined
  action?: string | undefined
  target?: string | undefined
  outcome?: string | undefined
}

export const auditQuery = (filter: AuditSearch, after: string | undefined) =>
  queryOptions({
    queryKey: ['admin', 'audit', filter, after ?? null],
    queryFn: ({ signal }) => get<AuditList>(`${PATH}/audit${query({ ...filter, after })}`, signal),
    refetchInterval: PROVIDER_EVERY_MS,
  })

export const auditExportHref = (filter: AuditSearch): string => `${PATH}/audit/export${query({ ...filter })}`

export const killSwitchQuery = queryOptions({
  queryKey: ['admin', 'kill-switch'],
  queryFn: ({ signal }) => get<KillSwitchBody>(`${PATH}/kill-switch`, signal),
  refetchInterval: ASK_EVERY_MS,
})

export const orders = {
  flip: (on: boolean, reason: string) =>
    put<KillSwitchBody>(`${PATH}/kill-switch`, { on, ...(reason === '' ? {} : { reason }) }),
  killAll: (repository: Scope) =>
    post<KillAllBody>('/api/runs/kill-all', { scope: repository === undefined ? 'all' : { repository } }),
  killSandbox: (id: string, reason: string) =>
    post<KillSandboxBody>(`${PATH}/sandboxes/${encodeURIComponent(id)}/kill`, { reason }),
  redeliver: (id: string) => post<RedeliverBody>(`${PATH}/deliveries/${encodeURIComponent(id)}/redeliver`, {}),
}
