/**
 * Set-up over HTTP: the token of the log makes one browser the one that sets Deckhand up, GitHub makes the App from our
 * manifest and sends that browser back with a code, and the code becomes the App's secrets, once. These routes exist
 * only while there is no App.
 */
import {
  ConfiguredBody,
  ConversionRequest,
  ExistingRequest,
  ManifestForm,
  ManifestRequest,
  ReachBody,
  SetupBody,
  SetupClaim,
} from '../../contracts/setup.ts'
import type { SetupChoices } from '../../contracts/setup.ts'
import { slugOfName } from '../../domain/manifest.ts'
import { clearSetupBrowser, setSetupBrowser, setupBrowserOf } from '../api/cookies.ts'
import { ProblemError } from '../problem.ts'
import { route } from '../route.ts'
import type { Route, RouteContext } from '../route.ts'
import type { Registered, SettingProblem, SettingValues, SetupPorts } from './ports.ts'

const BODY_BYTES_MAX = 64 * 1024
/** More wrong settings, and entries of lists, than these are told when the first ones were corrected. */
const PROBLEMS_MAX = 20
/** How a setting is set in the environment is of no use to whoever has a field for it. */
const MISSING = 'is missing.'
const PERSON = 'person:set-up'
const STALE =
  'This set-up link does not work: it was used already, is older than one hour, or was not copied whole. Take the newest one from the log, under setup_needed.'
const FOREIGN_STATE =
  'This answer of GitHub does not belong to a set-up that was begun here within the last hour, or it was used already. Create the App again, and delete the one that GitHub made meanwhile.'
const OLD_CODE =
  'GitHub does not know this code (any more): it is valid for one hour and only once. Create the App again, and delete the one that GitHub made meanwhile.'
const AWAY = 'GitHub could not be reached. Check GITHUB_API_URL and the network of this server, and try again.'

export function setupRoutes(ports: SetupPorts): Route[] {
  const converted = conversion(ports)
  return [
    shown(ports),
    claimed(ports),
    reach(ports),
    manifest(ports),
    converted,
    // The path by which other tools know the same.
    { ...converted, path: '/auth/github-app/callback', aliasOf: 'POST /api/setup/conversion' },
    existing(ports),
  ]
}

const base = { access: 'public', bodyBytesMax: BODY_BYTES_MAX } as const

function shown(ports: SetupPorts): Route {
  return route({
    ...base,
    method: 'GET',
    path: '/api/setup',
    summary: 'What set-up asks for',
    answer: SetupBody,
    async handle({ req }) {
      const { publicUrl, githubUrl, name, permissions, events, asks } = ports
      const id = setupBrowserOf(req)
      const isClaimed = id !== null && (await ports.tickets.peek('browser', id, ports.now())) !== null
      const facts = { publicUrl, githubUrl, name, permissions, events: [...events], asks: [...asks] }
      return { json: { claimed: isClaimed, facts: isClaimed ? facts : null } satisfies SetupBody }
    },
  })
}

function claimed(ports: SetupPorts): Route {
  return route({
    ...base,
    method: 'POST',
    path: '/api/setup/claim',
    problems: ['forbidden'],
    summary: 'Trades the one-time token of the log for the right to set up',
    status: 204,
    body: SetupClaim,
    async handle({ body, res }) {
      const now = ports.now()
      if (!(await ports.tickets.take('token', body.token, now))) {
        throw new ProblemError('forbidden', { detail: STALE, reason: 'setup_token' })
      }
      setSetupBrowser(res, await ports.tickets.issue('browser', now))
      return { status: 204 }
    },
  })
}

function reach(ports: SetupPorts): Route {
  return route({
    ...base,
    method: 'POST',
    path: '/api/setup/reach',

    summary: 'Whether the public address leads here',
    answer: ReachBody,
    async handle({ req }) {
      await requireClaim(ports, req)
      const wrong = await ports.unreachable()
      const secure = ports.publicUrl.startsWith('https:')
      const fine = secure
        ? 'Reachable over HTTPS.'
        : 'Reachable from this machine only. For webhooks of github.com, set PUBLIC_URL to an address with https, or to that of a tunnel.'
      return { json: { reachable: wrong === null, detail: wrong ?? fine } satisfies ReachBody }
    },
  })
}

function manifest(ports: SetupPorts): Route {
  return route({
    ...base,
    method: 'POST',
    path: '/api/setup/manifest',
    problems: ['not_allowed_now', 'unavailable'],
    summary: 'Begins the creation of the App on GitHub',
    body: ManifestRequest,
    answer: ManifestForm,
    async handle({ body, req }) {
      await requireClaim(ports, req)
      const { name, organization, choices, showValues } = body
      requireFitting(ports.problemsOfChoices(given(choices)))
      const taken = await ports.github.slugTaken(slugOfName(name))
      if (taken === 'away') throw new ProblemError('unavailable', { detail: AWAY })
      if (taken) {
        const detail = `GitHub has an App or an account named “${name}” already. Choose another name.`
        throw new ProblemError('not_allowed_now', { detail, reason: 'name_taken' })
      }
      const memory = JSON.stringify({ choices: given(choices), showValues })
      const state = await ports.tickets.issue('state', ports.now(), memory)
      const path = organization === null ? '/settings/apps/new' : `/organizations/${organization}/settings/apps/new`
      const action = `${ports.githubUrl}${path}?state=${state}`
      return { json: { action, manifest: JSON.stringify(ports.manifest(body)) } satisfies ManifestForm }
    },
  })
}

function conversion(ports: SetupPorts): Route {
  return route({
    ...base,
    method: 'POST',
    path: '/api/setup/conversion',
    problems: ['forbidden', 'not_allowed_now', 'gone', 'unprocessable', 'unavailable'],
    summary: "Trades GitHub's code for the new App",
    body: ConversionRequest,
    answer: ConfiguredBody,
    async handle(context) {
      const { body, req } = context
      await requireClaim(ports, req)
      const foreign = () => new ProblemError('forbidden', { detail: FOREIGN_STATE, reason: 'setup_state' })
      const pending = await ports.tickets.peek('state', body.state, ports.now())
      if (!pending) throw foreign()
      const app = await ports.github.convert(body.code)
      // GitHub still has the code, and this state is good for another try.
      if (app === 'away') throw new ProblemError('unavailable', { detail: AWAY })
      // Used up either way. Whoever loads the page again meanwhile is told no by GitHub, and takes nothing from the App
      // that was made.
      await ports.tickets.take('state', body.state, ports.now())
      if (app === null) throw new ProblemError('gone', { detail: OLD_CODE, reason: 'setup_code' })
      const { choices, showValues } = JSON.parse(pending.memory) as { choices: SetupChoices; showValues: boolean }
      const values = {
        APP_ID: String(app.id),
        PRIVATE_KEY: app.privateKey,
        WEBHOOK_SECRET: app.webhookSecret,
        CLIENT_ID: app.clientId,
        CLIENT_SECRET: app.clientSecret,
      }
      return configured(ports, context, app, { values, choices, showValues })
    },
  })
}

function existing(ports: SetupPorts): Route {
  return route({
    ...base,
    method: 'POST',
    path: '/api/setup/existing',
    problems: ['not_allowed_now', 'unavailable'],
    summary: 'Uses an App that is there already',
    body: ExistingRequest,
    answer: ConfiguredBody,
    async handle(context) {
      const { body, req } = context
      await requireClaim(ports, req)
      const values = {
        APP_ID: body.appId,
        PRIVATE_KEY: body.privateKey.trim(),
        WEBHOOK_SECRET: body.webhookSecret,
        CLIENT_ID: body.clientId,
        CLIENT_SECRET: body.clientSecret,
      }
      requireFitting(ports.problemsOf({ ...given(body.choices), ...values }))
      const app = await ports.github.verify(Number(values.APP_ID), values.PRIVATE_KEY.replaceAll('\\n', '\n'))
      if (app === 'away') throw new ProblemError('unavailable', { detail: AWAY })
      if (app === null) {
        const detail = `GitHub does not take this private key for App ${values.APP_ID}. Make a new key on the App's settings page, or correct the number.`
        throw new ProblemError('not_allowed_now', { detail, reason: 'private_key' })
      }
      return configured(ports, context, app, { values, choices: body.choices, showValues: false })
    },
  })
}

interface Found {
  values: SettingValues
  choices: SetupChoices
  showValues: boolean
}

/** Stores what was found, closes set-up's doors, and lets the process turn into the app. */
async function configured(
  ports: SetupPorts,
  { req, res, log }: Pick<RouteContext, 'req' | 'res' | 'log'>,
  app: Registered,
  found: Found,
) {
  const stored = { ...found.values, ...given(withAdmin(ports, found.choices, app)) }
  requireFitting(ports.problemsOf(stored))
  const ip = req.socket.remoteAddress
  const at = { at: ports.now(), actor: PERSON, action: 'set_up', target: `app:${app.slug}` }
  if (!(await ports.store(stored))) {
    throw new ProblemError('not_allowed_now', {
      detail: 'Somebody else has set Deckhand up meanwhile. Sign in instead.',
    })
  }
  await ports
    .audit({ ...at, outcome: 'allowed', reason: 'configured', ...(ip === undefined ? {} : { ip }) })
    .catch((error: Error) => log.error({ ...at, error: error.name }, 'audit_not_written'))
  await ports.tickets.clear()
  clearSetupBrowser(res)
  ports.configured()
  const json: ConfiguredBody = {
    name: app.name,
    appUrl: app.url,
    installUrl: `${ports.githubUrl}/apps/${app.slug}/installations/new`,
    values: found.showValues ? stored : null,
  }
  return { json }
}

/** Whoever owns the App administers it, unless somebody was named. */
function withAdmin(ports: SetupPorts, choices: SetupChoices, { owner }: Registered): SetupChoices {
  if (!ports.asks.includes('ADMINS') || choices.ADMINS?.trim() || !owner.isPerson) return choices
  return { ...choices, ADMINS: owner.login }
}

/** Without what was left empty. */
function given(choices: SetupChoices): SettingValues {
  return Object.fromEntries(
    Object.entries(choices).flatMap(([name, value]) => (value?.trim() ? [[name, value.trim()]] : [])),
  )
}

async function requireClaim(ports: SetupPorts, req: RouteContext['req']): Promise<void> {
  const id = setupBrowserOf(req)
  if (id !== null && (await ports.tickets.peek('browser', id, ports.now()))) return
  throw new ProblemError('unauthenticated', { detail: STALE, reason: 'setup_browser' })
}

/** The sentences for who reads them in a terminal, and each problem by its setting for the field of a form. */
function requireFitting(problems: readonly SettingProblem[]): void {
  if (problems.length === 0) return
  const told = problems.slice(0, PROBLEMS_MAX)
  throw new ProblemError('unprocessable', {
    detail: told.map(({ name, says }) => `${name} ${says}`).join(' '),
    errors: told.map(({ name, missing, says }) => ({ path: name, message: missing ? MISSING : says })),
  })
}
