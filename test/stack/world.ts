/**
 * The local world in one piece: GitHub, its Actions runner and OIDC issuer, E2B, and the settings with which the app
 * starts against them. The scenarios and the demo use the same; nothing in the app knows of either.
 */
import { createHash, randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'

import { manifestEvents, manifestPermissions } from './app-manifest.ts'
import { startRunner } from './actions/runner.ts'
import type { Runner } from './actions/runner.ts'
import type { CancelTimes } from './actions/processes.ts'
import { publishDeckhand } from './actions/deckhand-repository.ts'
import type { PublishedDeckhand } from './actions/deckhand-repository.ts'
import { freePort } from './ports.ts'
import { startE2bStandIn } from './e2b/stand-in.ts'
import type { E2bStandIn } from './e2b/stand-in.ts'
import { startLocalGitHub } from './github/local-github.ts'
import type { LocalGitHub } from './github/types.ts'
import { startOidcIssuer } from './oidc/issuer.ts'
import type { OidcIssuer } from './oidc/issuer.ts'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
export const REPOSITORY = 'acme/shop'

export interface WorldOptions {
  mongoUri: string
  sandbox?: 'local' | 'e2b'
  /** `none` unless bubblewrap is what a test is about. */
  isolation?: 'auto' | 'none'
  /** Further settings, by the names of the app's environment. */
  settings?: Record<string, string>
  /** The app's own port, which the caller has seen to be free; without it any free one. */
  appPort?: number
  /** The port to try first; 0 takes a free one. */
  githubPort?: number
  /** Take the action as it lies in the working tree, committed or not. Default true: a stale bundle is refused anyway. */
  worktree?: boolean
  cancelTimes?: CancelTimes
  /** Hold the local GitHub's own answers to the description too; costs seconds of compiling. Default true. */
  checkResponses?: boolean
  files?: Record<string, string>
  private?: boolean
  /** With `sandbox: 'e2b'`: the real service in place of the stand-in. */
  e2bApiKey?: string
  /** Repositories that are alike, each with the caller workflow. Default: `REPOSITORY` alone. */
  repositories?: readonly string[]
  /** False: nobody has registered the App yet, and it is installed nowhere. Default true. */
  registered?: boolean
}

export interface World extends AsyncDisposable {
  readonly github: LocalGitHub
  readonly oidc: OidcIssuer
  readonly runner: Runner
  /** The stand-in, where sandboxes are its. */
  readonly e2b: E2bStandIn | null
  readonly deckhand: PublishedDeckhand
  /** The app's environment: everything that it needs to know of this world. */
  readonly env: Record<string, string>
  readonly appUrl: string
  /** An API token that may do everything on every repository. */
  readonly apiToken: string
  /** Opens an issue as octocat and answers with its number. */
  openIssue(title?: string, body?: string): number
  comment(issue: number, body: string, by?: string): void
}

const FILES = {
  'README.md': '# Shop\n\nA small shop that sells small things.\n',
  'src/orders.js': 'export const orders = []\n',
}

/** Starts everything but the app. Nothing of it outlives disposal. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const stack = new AsyncDisposableStack()
  try {
    const appPort = options.appPort ?? (await freePort(0))
    const appUrl = `http://127.0.0.1:${appPort}`
    const oidc = stack.use(await startOidcIssuer())
    const github = stack.use(
      await startLocalGitHub({
        port: await freePort(options.githubPort ?? 0, appPort),
        permissions: await manifestPermissions(ROOT),
        events: await manifestEvents(ROOT),
        webhookUrl: `${appUrl}/api/github/webhooks`,
        webhookSecret: randomBytes(32).toString('hex'),
        callbackUrls: [`${appUrl}/api/auth/github/callback`],
        checkResponses: options.checkResponses ?? true,
        signInAs: 'octocat',
        registered: options.registered ?? true,
      }),
    )
    const e2b = options.sandbox === 'e2b' && !options.e2bApiKey ? stack.use(await startE2bStandIn()) : null
    const e2bApiKey = e2b?.apiKey ?? options.e2bApiKey
    for (const login of ['acme', 'deckhand']) github.createUser({ login, type: 'Organization' })
    for (const login of ['octocat', 'hubot-fan', 'passer-by']) github.createUser({ login })
    const deckhand = await publishDeckhand(github, {
      root: ROOT,
      worktree: options.worktree ?? true,
      ...(e2b ? { inputs: { 'e2b-api-url': e2b.apiUrl, 'e2b-sandbox-url': e2b.sandboxUrl } } : {}),
    })
    const repositories = options.repositories ?? [REPOSITORY]
    for (const repository of repositories) {
      const [owner, name] = repository.split('/') as [string, string]
      await github.createRepository({
        owner,
        name,
        private: options.private ?? false,
        install: options.registered ?? true,
        files: { ...FILES, ...options.files, '.github/workflows/deckhand.yml': deckhand.callerFile },
        collaborators: { octocat: 'admin', 'hubot-fan': 'triage' },
      })
    }
    const runner = stack.use(
      await startRunner({
        github,
        oidc,
        provisionEnv: {
          PATH: process.env['PATH'] ?? '',
          // Local sandboxes lie in the folder for temporary files, where the app and the stories look for them.
          ...(process.env['TMPDIR'] ? { TMPDIR: process.env['TMPDIR'] } : {}),
        },
        secrets: e2bApiKey ? Object.fromEntries(repositories.map((each) => [each, { E2B_API_KEY: e2bApiKey }])) : {},
        ...(options.cancelTimes ? { cancelTimes: options.cancelTimes } : {}),
      }),
    )
    const apiToken = randomBytes(24).toString('hex')
    const env = settingsOf({ options, github, oidc, e2b, deckhand, appUrl, appPort, apiToken })
    const disposal = stack.move()
    return {
      github,
      oidc,
      runner,
      e2b,
      deckhand,
      env,
      appUrl,
      apiToken,
      openIssue: (title = 'Add CSV export to orders', body = 'People want their orders as a spreadsheet.') =>
        github.openIssue({ repository: REPOSITORY, by: 'octocat', title, body }).number,
      comment: (number, body, by = 'octocat') => void github.comment({ repository: REPOSITORY, number, by, body }),
      [Symbol.asyncDispose]: () => disposal.disposeAsync(),
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

interface Known {
  options: WorldOptions
  github: LocalGitHub
  oidc: OidcIssuer
  e2b: E2bStandIn | null
  deckhand: PublishedDeckhand
  appUrl: string
  appPort: number
  apiToken: string
}

function settingsOf({
  options,
  github,
  oidc,
  e2b,
  deckhand,
  appUrl,
  appPort,
  apiToken,
}: Known): Record<string, string> {
  const { app } = github
  return {
    APP_ID: String(app.id),
    PRIVATE_KEY: app.privateKeyPem,
    WEBHOOK_SECRET: app.webhookSecret,
    CLIENT_ID: app.clientId,
    CLIENT_SECRET: app.clientSecret,
    MONGODB_URI: options.mongoUri,
    PUBLIC_URL: appUrl,
    PORT: String(appPort),
    GITHUB_API_URL: github.apiUrl,
    GITHUB_URL: github.url,
    ACTIONS_OIDC_ISSUER: oidc.issuer,
    EXECUTOR_WORKFLOW: `${deckhand.fullName}/.github/workflows/run-agent.yml@${deckhand.workflowSha}`,
    ADMINS: 'octocat',
    SECRET_KEY: randomBytes(32).toString('hex'),
    API_TOKENS: `local:${createHash('sha256').update(apiToken).digest('hex')}:*/*:admin`,
    SANDBOX_PROVIDER: options.sandbox ?? 'local',
    SANDBOX_LOCAL_ISOLATION: options.isolation ?? 'none',
    ...(options.e2bApiKey ? { E2B_API_KEY: options.e2bApiKey } : {}),
    ...(e2b ? { E2B_API_KEY: e2b.apiKey, E2B_API_URL: e2b.apiUrl, E2B_SANDBOX_URL: e2b.sandboxUrl } : {}),
    LOG_LEVEL: 'silent',
    ...options.settings,
  }
}
