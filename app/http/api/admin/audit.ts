/**
 * The audit trail: who did what to what, when and from where. Admins of everything read all of it, those of a
 * repository what happened there. The export is one CloudEvent a line (trust.md, "Conventions of the ecosystem").
 */
import { z } from 'zod'

import { ADMIN_PAGE_DEFAULT, ADMIN_PAGE_MAX, AuditList } from '../../../contracts/admin.ts'
import type { AuditBody } from '../../../contracts/admin.ts'
import { AUDIT_PAGE_MAX } from '../../../store/audit.ts'
import type { AuditFilter, AuditRecord } from '../../../store/audit.ts'
import { route } from '../../route.ts'
import type { Route } from '../../route.ts'
import { requireAdminOf } from '../admins.ts'
import { bad, limitOf } from '../answers.ts'
import { cursorAt, placeAt } from '../cursor.ts'
import type { ApiPorts } from '../ports.ts'
import { iso, repositoryParameter } from './overview.ts'

/** One export; what is older is fetched with the times of the next one. */
export const AUDIT_EXPORT_EVENTS_MAX = 10_000
const EVENT_ID = /^[0-9a-f]{24}$/
const TYPE = 'dev.deckhand.audit.recorded.v1'

const text = (about: string) => z.string().min(1).max(300).optional().describe(about)
const time = (about: string) => z.string().max(40).optional().describe(about)
const filters = {
  actor: text('Who: `person:<login>`, `token:<name>`, …'),
  action: text('What, as `run.assign` or `run.kill`.'),
  target: text('To what, as `run:<id>`; goes with no other filter but the times.'),
  outcome: z.string().max(20).optional().describe('`allowed` or `refused`.'),
  repository: repositoryParameter,
  from: time('Not before this time (ISO 8601).'),
  before: time('Before this time (ISO 8601).'),
}
const AuditQuery = z.strictObject({
  ...filters,
  after: z.string().max(200).optional(),
  limit: z
    .string()
    .regex(/^\d{1,3}$/)
    .optional(),
})
const ExportQuery = z.strictObject(filters)

export function auditRoutes(ports: ApiPorts): Route[] {
  return [listed(ports), exported(ports)]
}

function listed(ports: ApiPorts): Route {
  return route({
    method: 'GET',
    path: '/api/admin/audit',
    access: 'signed_in',
    summary: 'Who did what, newest first',
    query: AuditQuery,
    answer: AuditList,
    problems: ['not_found'],
    async handle({ who, req, log, query }) {
      const deed = { action: 'audit.list', why: null }
      const { repository } = await requireAdminOf(
        ports,
        { who, req, log },
        query.repository,
        deed,
        'reading its audit trail',
      )
      const limit = limitOf(query.limit, ADMIN_PAGE_DEFAULT, ADMIN_PAGE_MAX)
      const after = query.after === undefined ? null : placeAt(query.after, (id) => EVENT_ID.test(id))
      const filter = filterOf(query, repository)
      // One more than asked for tells whether there is another page.
      const found = await ports.admin.trail.listAudit({ ...filter, ...(after ? { after } : {}), limit: limit + 1 })
      const page = found.slice(0, limit)
      const last = page.at(-1)
      const next = found.length > limit && last ? cursorAt(last.at, last.id) : null
      return { json: { events: page.map(bodyOf), next } satisfies AuditList }
    },
  })
}

function exported(ports: ApiPorts): Route {
  return route({
    method: 'GET',
    path: '/api/admin/audit/export',
    access: 'signed_in',
    summary: `The newest ${AUDIT_EXPORT_EVENTS_MAX} events that fit, as CloudEvents, one JSON a line`,
    query: ExportQuery,
    produces: ['application/x-ndjson'],
    problems: ['not_found'],
    async handle({ who, req, log, query }) {
      const deed = { action: 'audit.export', why: null }
      const caller = { who, req, log }
      const { repository, audit } = await requireAdminOf(
        ports,
        caller,
        query.repository,
        deed,
        'exporting its audit trail',
      )
      const filter = filterOf(query, repository)
      const source = `${ports.urls.publicUrl}/api/admin/audit`
      let lines = ''
      let count = 0
      for await (const event of everyEvent(ports, filter)) {
        lines += `${JSON.stringify(cloudEventOf(event, source))}\n`
        count++
      }
      await audit('exported')
      const headers = {
        'content-disposition': 'attachment; filename="deckhand-audit.ndjson"',
        // Cut: there may be more, from before the last line's time.
        'deckhand-complete': String(count < AUDIT_EXPORT_EVENTS_MAX),
      }
      return { content: { type: 'application/x-ndjson', data: lines }, headers }
    },
  })
}

async function* everyEvent({ admin }: ApiPorts, filter: AuditFilter): AsyncGenerator<AuditRecord> {
  let after: AuditRecord | undefined
  for (let seen = 0; seen < AUDIT_EXPORT_EVENTS_MAX; seen += AUDIT_PAGE_MAX) {
    const page = await admin.trail.listAudit({ ...filter, ...(after ? { after } : {}), limit: AUDIT_PAGE_MAX })
    yield* page
    if (page.length < AUDIT_PAGE_MAX) return
    after = page.at(-1)
  }
}

type Filters = z.output<typeof ExportQuery>

function filterOf(query: Filters, repository: { owner: string; name: string } | null): AuditFilter {
  const { actor, action, target, outcome } = query
  if (target !== undefined && (actor ?? action ?? outcome ?? query.repository) !== undefined) {
    throw bad('target goes with no other filter but from and before.')
  }
  if (outcome !== undefined && outcome !== 'allowed' && outcome !== 'refused') {
    throw bad('outcome is allowed or refused.')
  }
  return {
    ...(actor === undefined ? {} : { actor }),
    ...(action === undefined ? {} : { action }),
    ...(target === undefined ? {} : { target }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(repository ? { repository: `${repository.owner}/${repository.name}` } : {}),
    ...(query.from === undefined ? {} : { from: timeOf('from', query.from) }),
    ...(query.before === undefined ? {} : { before: timeOf('before', query.before) }),
  }
}

function timeOf(name: string, given: string): number {
  const parsed = z.iso.datetime({ offset: true }).safeParse(given)
  if (!parsed.success) throw bad(`${name} is a time like 2026-01-31T12:00:00Z.`)
  return Date.parse(parsed.data)
}

function bodyOf({ id, at, actor, action, target, repository, outcome, reason, ...rest }: AuditRecord): AuditBody {
  const facts = { id, at: iso(at), actor, action, target, repository, outcome, reason }
  const { issue = null, why = null, via = null, ip = null } = rest
  return { ...facts, issue, why, via, ip }
}

function cloudEventOf(event: AuditRecord, source: string): Record<string, unknown> {
  const { id, at: time, target: subject, ...data } = bodyOf(event)
  return { specversion: '1.0', id, source, type: TYPE, time, subject, datacontenttype: 'application/json', data }
}
