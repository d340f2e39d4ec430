/** What an admin sees first: how much is under way, what waits, and whether the parts of the house answer. */
import { z } from 'zod'

import { AdminReachBody, OverviewBody } from '../../../contracts/admin.ts'
import type { HouseBody } from '../../../contracts/admin.ts'
import { CONTENT_AN_HOUR_MAX, CONTENT_A_MINUTE_MAX } from '../../../store/content-counter.ts'
import { ENDED_COUNTED_MAX } from '../../../store/run-gauges.ts'
import { route } from '../../route.ts'
import type { Route } from '../../route.ts'
import { requireAdminOf } from '../admins.ts'
import { readSwitchBody } from '../kill-switch.ts'
import type { ApiPorts } from '../ports.ts'

const DAY_MS = 24 * 3_600_000
/** As in the metrics: a Run may be this late before it counts. */
const PAST_DEADLINE_GRACE_MS = 60_000

/** The one parameter that narrows an admin page to a repository. */
export const repositoryParameter = z
  .string()
  .max(140)
  .optional()
  .describe('`owner/name`, for its own admins; without it everything, for admins of everything.')

export const iso = (at: number): string => new Date(at).toISOString()
export const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at))

export function overviewRoutes(ports: ApiPorts): Route[] {
  return [reach(ports), overview(ports)]
}

/** Refuses nobody: it is how the dashboard learns whether to show the way here. */
function reach({ access }: ApiPorts): Route {
  return route({
    method: 'GET',
    path: '/api/admin',
    access: 'signed_in',
    summary: 'What the caller administers',
    answer: AdminReachBody,
    async handle({ who }) {
      const repositories = await access.administered(who)
      const names = (repositories ?? []).map(({ owner, name }) => `${owner}/${name}`)
      return { json: { everything: repositories === null, repositories: names } satisfies AdminReachBody }
    },
  })
}

function overview(ports: ApiPorts): Route {
  return route({
    method: 'GET',
    path: '/api/admin/overview',
    access: 'signed_in',
    summary: 'How much is under way, what waits, and whether the parts answer',
    query: z.strictObject({ repository: repositoryParameter }),
    answer: OverviewBody,
    problems: ['not_found'],
    async handle({ who, req, log, query }) {
      const deed = { action: 'admin.overview', why: null }
      const { repository } = await requireAdminOf(ports, { who, req, log }, query.repository, deed, 'administering it')
      const now = ports.now()
      const { gauges } = ports.admin
      const [live, ended, house] = await Promise.all([
        gauges.live(repository?.id),
        gauges.ended(now - DAY_MS, repository?.id),
        repository ? null : houseOf(ports, now, log),
      ])
      const count = (all: readonly [string, number][], name: string): number =>
        all.find(([status]) => status === name)?.[1] ?? 0
      return {
        json: {
          at: iso(now),
          repository: repository && `${repository.owner}/${repository.name}`,
          live: { queued: count(live, 'queued'), running: count(live, 'running'), paused: count(live, 'paused') },
          ended: {
            since: iso(now - DAY_MS),
            succeeded: count(ended, 'succeeded'),
            failed: count(ended, 'failed'),
            cancelled: count(ended, 'cancelled'),
            max: ENDED_COUNTED_MAX,
          },
          house,
        } satisfies OverviewBody,
      }
    },
  })
}

async function houseOf(ports: ApiPorts, now: number, log: Parameters<typeof readSwitchBody>[1]): Promise<HouseBody> {
  const { gauges, deliveries, parts } = ports.admin
  const [killSwitch, webhooks, oldestDue, pastDeadline, left, answers] = await Promise.all([
    readSwitchBody(ports, log),
    deliveries.backlog(now - DAY_MS),
    gauges.oldestDueEffect(now),
    gauges.pastDeadline(now - PAST_DEADLINE_GRACE_MS),
    gauges.budgetLeft(now),
    parts(),
  ])
  return {
    killSwitch,
    webhooks: { ...webhooks, oldestAt: isoOrNull(webhooks.oldestAt) },
    work: { oldestDueAt: isoOrNull(oldestDue), pastDeadline },
    github: { ...left, minuteMax: CONTENT_A_MINUTE_MAX, hourMax: CONTENT_AN_HOUR_MAX },
    parts: answers,
  }
}
