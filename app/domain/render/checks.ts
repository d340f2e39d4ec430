/** What was found out about an installation, in the words of the check page and of `npm run doctor`. Pure. */
import type { CheckBody } from '../../contracts/checks.ts'
import { WORKFLOW_RUN_EVENT } from '../passed-over.ts'

/** GitHub takes an App's token whose time is off by a minute at most. */
const SKEW_MS_MAX = 30_000
const DISK_BYTES_MIN = 512 * 1024 * 1024
const levels = ['none', 'read', 'write', 'admin']

export interface Addresses {
  publicUrl: string
  githubUrl: string
  githubApiUrl: string
}

export interface FoundApp {
  slug: string
  name: string
  owner: { login: string; isOrganization: boolean }
  permissions: Record<string, string>
  events: readonly string[]
}

export interface FoundInstallation {
  account: string
  url: string
  suspended: boolean
  permissions: Record<string, string>
}

export interface FoundDelivery {
  event: string
  ok: boolean
  statusCode: number
  seconds: number
  /** It stands in our inbox. */
  stored: boolean
}

export interface FoundRepository {
  fullName: string
  hasWorkflow: boolean
  newFileUrl: string
  /** The App may propose the file itself. */
  mayPropose: boolean
}

type Fix = NonNullable<CheckBody['fix']>
const check = (
  id: CheckBody['id'],
  title: string,
  state: CheckBody['state'],
  detail: string,
  fix: Fix | null = null,
): CheckBody => ({ id, title, state, detail, fix, proposable: null })

export const settingsCheck = (problems: readonly string[]): CheckBody[] =>
  problems.length === 0
    ? [check('settings', 'Settings', 'ok', 'All settings are there and fit together.')]
    : problems.map((problem) => check('settings', 'Settings', 'failed', problem))

export const databaseCheck = (ok: boolean): CheckBody =>
  ok
    ? check('database', 'MongoDB', 'ok', 'The primary answers.')
    : check('database', 'MongoDB', 'failed', 'No primary answers. Check MONGODB_URI and that the replica set is up.')

export function githubChecks(
  answer: { app: FoundApp; skewMs: number } | 'refused' | 'away',
  at: Addresses,
): CheckBody[] {
  if (answer === 'away') {
    const detail = `GitHub does not answer at ${at.githubApiUrl}. Check the network of this server and GITHUB_API_URL.`
    return [check('github', 'GitHub', 'failed', detail)]
  }
  const reached = check('github', 'GitHub', 'ok', `${at.githubApiUrl} answers.`)
  if (answer === 'refused') {
    const detail =
      'GitHub does not accept the private key for this App id. Make a new key on the App’s settings page, and check the clock of this server.'
    return [reached, check('token', 'App key', 'failed', detail)]
  }
  const seconds = Math.round(Math.abs(answer.skewMs) / 1_000)
  const clock =
    Math.abs(answer.skewMs) <= SKEW_MS_MAX
      ? check('clock', 'Clock', 'ok', `At most ${seconds} s off GitHub’s.`)
      : check('clock', 'Clock', 'failed', `${seconds} s off GitHub’s clock. Keep this server’s time by NTP.`)
  return [reached, clock, check('token', 'App key', 'ok', `GitHub knows us as ${answer.app.slug}.`)]
}

/** The App's own settings page, below its owner. */
export function appSettingsUrl({ slug, owner }: FoundApp, { githubUrl }: Addresses): string {
  return `${githubUrl}/${owner.isOrganization ? `organizations/${owner.login}/` : ''}settings/apps/${slug}`
}

const lacks = (granted: Record<string, string>, wanted: Record<string, string>): [string, string][] =>
  Object.entries(wanted).filter(([name, level]) => levels.indexOf(granted[name] ?? 'none') < levels.indexOf(level))

/** What `app.yml` wants, what the App asks for, and what each account granted; each gap is named with where to close it. */
export function permissionChecks(
  app: FoundApp,
  installations: readonly FoundInstallation[],
  wanted: { permissions: Record<string, string>; events: readonly string[] },
  at: Addresses,
): CheckBody[] {
  const page = `${appSettingsUrl(app, at)}/permissions`
  const fix = { label: 'Fix on GitHub', url: page }
  const missing = lacks(app.permissions, wanted.permissions).map(([name, level]) =>
    check(
      'permissions',
      'Permissions',
      'failed',
      `${name}: ${level} is missing. Ask for it in the App’s settings.`,
      fix,
    ),
  )
  const pending = installations.flatMap(({ account, url, permissions }) => {
    const gaps = lacks(permissions, { ...wanted.permissions, ...app.permissions }).filter(
      ([name]) => name in app.permissions,
    )
    if (gaps.length === 0) return []
    const names = gaps.map(([name, level]) => `${name}: ${level}`).join(', ')
    const detail = `New permission needed: ${account} has not approved ${names} yet. An owner of ${account} has to.`
    return [
      check('permissions', 'Permissions', 'failed', detail, {
        label: 'Approve on GitHub',
        url: `${url}/permissions/update`,
      }),
    ]
  })
  const events = wanted.events.filter((event) => !app.events.includes(event)).map((event) => eventCheck(event, fix))
  const problems = [...missing, ...pending]
  const fine = check('permissions', 'Permissions', 'ok', 'Everything that app.yml asks for is granted.')
  return [...(problems.length > 0 ? problems : [fine]), ...events]
}

/** Runs get to their end without `workflow_run`, so an App that is older than it has nothing to repair. */
function eventCheck(event: string, fix: CheckBody['fix']): CheckBody {
  const missing = `The App does not subscribe to ${event}.`
  if (event !== WORKFLOW_RUN_EVENT) return check('events', 'Events', 'failed', missing, fix)
  const hint =
    'Runs work without it; with it their pages show how the job on GitHub stands, and a lost job is found sooner.'
  return check('events', 'Events', 'ok', `${missing} ${hint}`, fix && { ...fix, label: 'Subscribe on GitHub' })
}

/** The latest deliveries, newest first; one that GitHub sent, we answered and the inbox holds proves the whole way. */
export function webhookCheck(
  found: { url: string | null; deliveries: readonly FoundDelivery[]; askedAgain: boolean },
  wantedUrl: string,
  settings: string,
): CheckBody {
  const fix = { label: 'Open the App’s settings', url: settings }
  if (found.url !== wantedUrl) {
    const detail = `GitHub sends webhooks to ${found.url || 'nowhere'}. Set the App’s webhook URL to ${wantedUrl}.`
    return check('webhook', 'Webhook', 'failed', detail, fix)
  }
  const proof = found.deliveries.find(({ ok, stored }) => ok && stored)
  if (proof) {
    return check('webhook', 'Webhook', 'ok', `GitHub’s ${proof.event} arrived in ${proof.seconds.toFixed(1)} s.`)
  }
  const last = found.deliveries[0]
  if (!last)
    return check('webhook', 'Webhook', 'waiting', 'GitHub has not sent anything yet. Install the App, or look again.')
  const what = `GitHub’s ${last.event} was answered with ${last.statusCode}.`
  return found.askedAgain
    ? check('webhook', 'Webhook', 'waiting', `${what} It was asked to send it again: look again in a few seconds.`)
    : check(
        'webhook',
        'Webhook',
        'failed',
        `${what} Check the webhook secret and what stands in front of this server.`,
        fix,
      )
}

export const callbackCheck = (unreachable: string | null, publicUrl: string): CheckBody =>
  unreachable === null
    ? check('callback', 'Callback address', 'ok', `${publicUrl} leads here; jobs report to it.`)
    : check('callback', 'Callback address', 'failed', unreachable)

export function installationCheck(
  app: FoundApp,
  installations: readonly FoundInstallation[],
  at: Addresses,
): CheckBody {
  const live = installations.filter(({ suspended }) => !suspended)
  if (live.length > 0) {
    return check('installation', 'Installation', 'ok', `Installed on ${live.map(({ account }) => account).join(', ')}.`)
  }
  const url = `${at.githubUrl}/apps/${app.slug}/installations/new`
  const detail = installations.length > 0 ? 'Every installation is suspended.' : 'The App is installed nowhere yet.'
  return check('installation', 'Installation', 'failed', detail, { label: 'Choose repositories', url })
}

export function workflowChecks(repositories: readonly FoundRepository[], path: string): CheckBody[] {
  const missing = repositories.filter(({ hasWorkflow }) => !hasWorkflow)
  if (missing.length === 0) {
    const names = repositories.map(({ fullName }) => fullName).join(', ')
    return repositories.length === 0 ? [] : [check('workflow', 'Workflow file', 'ok', `${path} is in ${names}.`)]
  }
  return missing.map(({ fullName, newFileUrl, mayPropose }) => ({
    ...check('workflow', 'Workflow file', 'failed', `${path} is missing in ${fullName}.`, {
      label: 'Add it on GitHub',
      url: newFileUrl,
    }),
    proposable: mayPropose ? fullName : null,
  }))
}

export const sandboxCheck = (name: string, found: { ok: boolean; detail: string }): CheckBody =>
  check('sandbox', `Sandboxes (${name})`, found.ok ? 'ok' : 'failed', found.detail)

export function diskCheck(freeBytes: number, folder: string): CheckBody {
  const free = `${Math.floor(freeBytes / (1024 * 1024))} MiB free in ${folder}.`
  return freeBytes >= DISK_BYTES_MIN
    ? check('disk', 'Disk', 'ok', free)
    : check('disk', 'Disk', 'failed', `${free} Make room: ${DISK_BYTES_MIN / (1024 * 1024)} MiB are needed.`)
}
