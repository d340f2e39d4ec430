/** The admin pages in their states, for the table of every page; and the bodies that they are made of. */
import {
  AuditList,
  DeliveryDetail,
  DeliveryList,
  OverviewBody,
  SandboxList,
  type AuditBody,
  type DeliveryBody,
  type ListedSandbox,
} from '#contracts/admin.ts'
import { KillSwitchBody } from '#contracts/api.ts'
import { statusView } from '#contracts/status.ts'

import type { World } from './fixture-server.ts'
import * as story from './fixtures.ts'
import type { PageState } from './routes.ts'

export const asAdmin = { ...story.session, user: { ...story.session.user!, admin: true } }
const open = KillSwitchBody.parse({ on: false, confirmed: true, by: null, reason: null, at: null })
export const paused = KillSwitchBody.parse({
  on: true,
  confirmed: true,
  by: 'octocat',
  reason: 'A flood of comments',
  at: story.at(0),
})

export const overview = (killSwitch: KillSwitchBody = open): OverviewBody =>
  OverviewBody.parse({
    at: story.at(0),
    repository: null,
    live: { queued: 4, running: 6, paused: 1 },
    ended: { since: story.at(-86_400_000), succeeded: 10_000, failed: 3, cancelled: 2, max: 10_000 },
    house: {
      killSwitch,
      webhooks: { waiting: 2, oldestAt: story.at(-4_000), refused: 1 },
      work: { oldestDueAt: null, pastDeadline: 0 },
      github: { minute: 71, minuteMax: 80, hour: 402, hourMax: 500 },
      parts: [
        { name: 'database', ok: true, detail: 'MongoDB answers.' },
        { name: 'github', ok: true, detail: 'GitHub answers to the App deckhand.' },
        { name: 'sandboxes', ok: false, detail: 'The sandbox provider does not answer.' },
      ],
    },
  })

const sandbox = (
  id: string | null,
  state: ListedSandbox['state'],
  run: ListedSandbox['run'] = null,
): ListedSandbox => ({
  id,
  state,
  startedAt: story.at(0),
  endsAt: id === null ? null : story.at(3_600_000),
  run,
})
const run = {
  id: story.RUN_ID,
  repository: 'acme/shop',
  issue: 101,
  title: 'Add CSV export to orders',
  view: { ...statusView('running', null) },
}
export const sandboxes = (...list: ListedSandbox[]): SandboxList =>
  SandboxList.parse({ provider: 'e2b', reach: 'anywhere', complete: true, sandboxes: list })
export const inUse = sandbox('sbx_91f0', 'in_use', run)
export const orphan = sandbox('sbx_0dd1', 'orphaned')

const DELIVERY = '0a7b1c2d-0000-4000-8000-00000000000'
export const delivery = (n: number, over: Partial<DeliveryBody> = {}): DeliveryBody => ({
  id: `${DELIVERY}${n}`,
  event: 'issue_comment',
  state: 'processed',
  reason: story.RUN_ID,
  attempts: 1,
  bytes: 8_211,
  receivedAt: story.at(-n * 1_000),
  ...over,
})
export const deliveries = (...list: DeliveryBody[]): DeliveryList =>
  DeliveryList.parse({ deliveries: list, next: list.length > 1 ? 'cursor' : null })

const refused = delivery(2, { state: 'refused', reason: 'gave up: GitHub did not answer within 20 s.', attempts: 10 })

const audited = (n: number, over: Partial<AuditBody> = {}): AuditBody => ({
  id: String(n).padStart(24, '0'),
  at: story.at(-n * 60_000),
  actor: 'person:octocat',
  action: 'run.kill',
  target: `run:${story.RUN_ID}`,
  repository: 'acme/shop',
  outcome: 'allowed',
  reason: 'killed',
  issue: 101,
  why: 'It writes nonsense',
  via: 'api',
  ip: '203.0.113.9',
  ...over,
})
const trail = AuditList.parse({
  events: [
    audited(1),
    audited(2, {
      actor: 'token:ci',
      action: 'kill_switch.on',
      target: 'kill_switch',
      repository: null,
      issue: null,
      reason: 'changed',
      why: null,
    }),
    audited(3, { actor: 'person:hubot', outcome: 'refused', reason: 'needs_admin', via: 'comment', ip: null }),
    audited(4, { action: 'run.assign', reason: 'started', why: null, via: 'label', ip: null }),
    audited(5, { action: 'run.cancel', reason: 'requested', why: 'The issue was answered by hand', ip: null }),
    audited(6, {
      actor: 'person:hubot',
      action: 'run.assign',
      target: 'issue:acme/shop#101',
      outcome: 'refused',
      reason: 'needs_write',
      why: null,
      via: 'comment',
      ip: null,
    }),
    audited(7, { action: 'run.retry', reason: 'retried', why: null, via: 'check', ip: null }),
    audited(8, { action: 'sandbox.kill', target: 'sandbox:sbx_1', issue: null, via: null, ip: null }),
  ],
  next: 'cursor',
})

const payload = DeliveryDetail.parse({
  delivery: refused,
  payload: '{\n  "action": "created",\n  "comment": { "body": "/assign-agent <img src=x onerror=alert(1)>" }\n}',
  truncated: true,
})

export const many = [
  story.runningRun(),
  story.makeRun({
    id: 'r_8k2f0q7w3y',
    issue: { number: 102, title: 'Fix flaky login test', url: story.session.loginUrl },
  }),
]

/** An admin's world; `answers` are the bodies of reads, by path below `/api/admin`. */
function world(answers: Record<string, unknown>, over: Partial<World> = {}): Partial<World> {
  const named = Object.entries(answers).map(([path, body]) => [`/api/admin/${path}`, body] as const)
  return { session: asAdmin, answers: Object.fromEntries(named), ...over }
}

export const adminStates: readonly PageState[] = [
  {
    name: 'admin',
    path: '/admin',
    world: world({ overview: overview() }, { runs: many }),
    title: 'Overview · Admin · Deckhand',
    shows: ['Pause intake…', 'Kill all…', '10,000+', '71 of 80', 'Trouble', 'Oldest since'],
  },
  {
    name: 'admin-paused',
    path: '/admin',
    world: world({ overview: overview(paused) }),
    title: 'Overview · Admin · Deckhand',
    shows: ['Intake is paused.', 'A flood of comments', 'Resume intake…', 'There is no live run to kill.'],
  },
  {
    name: 'admin-repository',
    path: '/admin?repository=acme/shop',
    world: {
      runs: many,
      answers: {
        '/api/admin': { everything: false, repositories: ['acme/shop', 'acme/vault'] },
        '/api/admin/overview': { ...overview(), repository: 'acme/shop', house: null },
      },
    },
    title: 'Overview · Admin · Deckhand',
    shows: ['What happens in acme/shop.', 'acme/vault', 'Kill all…'],
  },
  {
    name: 'admin-error',
    state: 'error',
    path: '/admin',
    world: world({}, { failing: new Map([['/api/admin/overview', 'unprocessable']]) }),
    title: 'Overview · Admin · Deckhand',
    shows: ['Could not load the overview.', 'Reference 7f3a91c2', 'Try again'],
  },
  {
    name: 'admin-denied',
    path: '/admin',
    title: 'Only admins see this · Deckhand',
    shows: ['You administer no repository that has runs here', 'Go to the list of runs'],
  },
  {
    name: 'admin-queue',
    path: '/admin/queue',
    world: world({}, { runs: many }),
    title: 'Queue · Admin · Deckhand',
    shows: ['2 runs under way', 'Running', 'Queued', 'Kill all…'],
  },
  {
    name: 'admin-queue-empty',
    state: 'empty',
    path: '/admin/queue',
    world: world({}),
    title: 'Queue · Admin · Deckhand',
    shows: ['No run is under way.'],
  },
  {
    name: 'admin-kill-all-dialog',
    state: 'dialog',
    press: 'Kill all…',
    path: '/admin/queue',
    world: world({}, { runs: many }),
    title: 'Queue · Admin · Deckhand',
    shows: ['Stop all 2 runs?', 'Also pauses intake.', 'Go back', 'Kill all 2'],
  },
  {
    name: 'admin-sandboxes',
    path: '/admin/sandboxes',
    world: world({ sandboxes: sandboxes(inUse, orphan, sandbox(null, 'unlisted', { ...run, id: 'r_8k2f0q7w3y' })) }),
    title: 'Sandboxes · Admin · Deckhand',
    shows: ['In use', 'Orphaned', 'Not listed', 'No run', 'sbx_0dd1'],
  },
  {
    name: 'admin-sandboxes-runner',
    state: 'empty',
    path: '/admin/sandboxes',
    world: world({ sandboxes: { ...sandboxes(), provider: 'local', reach: 'runner' } }),
    title: 'Sandboxes · Admin · Deckhand',
    shows: ['This provider keeps sandboxes on the machine of each job', 'There is no sandbox.'],
  },
  {
    name: 'admin-webhooks',
    path: '/admin/webhooks',
    world: world({ deliveries: deliveries(delivery(1), refused, delivery(3, { state: 'processing', reason: null })) }),
    title: 'Webhooks · Admin · Deckhand',
    shows: ['Processed', 'Refused', 'Redeliver', '8,211 bytes', 'Older'],
  },
  {
    name: 'admin-webhooks-none',
    state: 'empty',
    path: '/admin/webhooks?state=refused',
    world: world({ deliveries: deliveries() }),
    title: 'Webhooks · Admin · Deckhand',
    shows: ['No webhooks match.', 'Clear filters'],
  },
  {
    name: 'admin-webhooks-payload',
    state: 'dialog',
    press: 'Payload',
    path: '/admin/webhooks',
    world: world({ deliveries: deliveries(refused), [`deliveries/${refused.id}`]: payload }),
    title: 'Webhooks · Admin · Deckhand',
    shows: ['The payload is longer than what is shown.', '/assign-agent <img src=x onerror=alert(1)>'],
  },
  {
    name: 'admin-audit',
    path: '/admin/audit',
    world: world({ audit: trail }),
    title: 'Audit · Admin · Deckhand',
    shows: [
      'person:octocat',
      'kill_switch.on',
      'Turned the kill switch on',
      'It writes nonsense',
      'Assigned an agent',
      'A label',
      'acme/shop#101',
      'Tried to assign an agent',
      'No write access',
      'sandbox.kill',
      '203.0.113.9',
      'Export as NDJSON',
      'Older',
    ],
  },
  {
    name: 'admin-audit-none',
    state: 'empty',
    path: '/admin/audit?actor=person:nobody&after=x',
    world: world({ audit: { events: [], next: null } }),
    title: 'Audit · Admin · Deckhand',
    shows: ['Nothing on record matches.', 'Newest'],
  },
  {
    name: 'admin-kill-switch',
    path: '/admin/kill-switch',
    world: world({ 'kill-switch': paused }, { runs: many }),
    title: 'Kill switch · Admin · Deckhand',
    shows: ['Intake is paused.', 'A flood of comments', 'Resume intake…'],
  },
  {
    name: 'admin-kill-switch-unsure',
    path: '/admin/kill-switch',
    world: world({ 'kill-switch': { ...open, on: true, confirmed: false } }),
    title: 'Kill switch · Admin · Deckhand',
    shows: ['The kill switch cannot be read now, so it counts as on.'],
  },
]
