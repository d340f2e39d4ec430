/**
 * The only reader of action inputs and environment. It is part of the eager start, so it loads nothing but `node:`;
 * the payload's schema is loaded after the nonce has been masked.
 */
import { readFileSync, statSync } from 'node:fs'

import type { DispatchPayload } from '#contracts/executor.ts'
import type { ProviderSettings } from '#sandboxes/provider.ts'

import type { RunnerFiles } from './commands.ts'

export const EVENT_BYTES_MAX = 1024 * 1024

/** Something about how this action was started is wrong; the message says what, and what to do. */
export class InputProblem extends Error {
  override readonly name = 'InputProblem'
}

export interface Environment {
  eventPath: string | undefined
  eventName: string | undefined
  oidcUrl: string | undefined
  oidcRequestToken: string | undefined
  e2bApiKey: string | undefined
  e2bApiUrl: string | undefined
  e2bSandboxUrl: string | undefined
  tempDir: string
  path: string
  /** Proxy and certificate settings of the machine, for git. */
  passOn: Record<string, string>
  workflowRunId: string | undefined
  /** What the main step saved for the post step. */
  savedSandbox: string | undefined
  files: RunnerFiles
}

const passedOn = ['http_proxy', 'https_proxy', 'no_proxy', 'HTTPS_PROXY', 'NO_PROXY', 'GIT_SSL_CAINFO', 'SSL_CERT_FILE']

/** Reads everything once. An empty variable counts as absent, as Actions sets inputs that were not given to ''. */
export function readEnvironment(env: NodeJS.ProcessEnv = process.env): Environment {
  const get = (name: string): string | undefined => env[name]?.trim() || undefined
  return {
    eventPath: get('GITHUB_EVENT_PATH'),
    eventName: get('GITHUB_EVENT_NAME'),
    oidcUrl: get('ACTIONS_ID_TOKEN_REQUEST_URL'),
    oidcRequestToken: get('ACTIONS_ID_TOKEN_REQUEST_TOKEN'),
    e2bApiKey: get('INPUT_E2B-API-KEY'),
    e2bApiUrl: get('INPUT_E2B-API-URL'),
    e2bSandboxUrl: get('INPUT_E2B-SANDBOX-URL'),
    tempDir: get('RUNNER_TEMP') ?? '/tmp',
    path: env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
    passOn: Object.fromEntries(passedOn.flatMap((name) => (env[name] ? [[name, env[name]]] : []))),
    workflowRunId: get('GITHUB_RUN_ID'),
    savedSandbox: get('STATE_sandbox'),
    files: {
      outputFile: get('GITHUB_OUTPUT'),
      stateFile: get('GITHUB_STATE'),
      summaryFile: get('GITHUB_STEP_SUMMARY'),
    },
  }
}

/**
 * The raw `client_payload` of the event file, not yet validated, and its nonce for masking.
 * @throws InputProblem when there is no such file or it is no repository_dispatch.
 */
export function readEvent({ eventPath, eventName }: Environment): { payload: unknown; nonce: string | null } {
  const remedy =
    'This action is started by the Deckhand app through repository_dispatch; see .github/workflows/deckhand.yml.'
  if (!eventPath) throw new InputProblem(`GITHUB_EVENT_PATH is not set. ${remedy}`)
  if (eventName && eventName !== 'repository_dispatch') {
    throw new InputProblem(`The workflow was started by "${eventName}". ${remedy}`)
  }
  const event = parse(eventPath)
  const payload = isRecord(event) ? event.client_payload : undefined
  if (!isRecord(payload)) throw new InputProblem(`The event has no client_payload. ${remedy}`)
  return { payload, nonce: typeof payload.nonce === 'string' ? payload.nonce : null }
}

function parse(eventPath: string): unknown {
  try {
    if (statSync(eventPath).size > EVENT_BYTES_MAX) throw new Error(`it is larger than ${EVENT_BYTES_MAX} bytes`)
    return JSON.parse(readFileSync(eventPath, 'utf8'))
  } catch (error) {
    // JSON.parse quotes the text in its message, and the text holds the nonce: only the kind of error is told.
    const why = error instanceof SyntaxError ? 'it is not valid JSON' : (error as Error).message
    throw new InputProblem(`The event file cannot be read: ${why}.`)
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export interface Inputs {
  payload: DispatchPayload
  /** `PUBLIC_URL` of the app, from the callback URL. */
  appUrl: string
  oidcUrl: string
  oidcRequestToken: string
  environment: Environment
}

/**
 * Validates the payload and what the runner must provide.
 * @throws InputProblem with every problem in one sentence each.
 */
export async function checkInputs(environment: Environment, raw: unknown): Promise<Inputs> {
  const { DispatchPayload } = await import('#contracts/executor.ts')
  const parsed = DispatchPayload.safeParse(raw)
  if (!parsed.success) {
    const where = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'client_payload'}: ${issue.message}`)
    throw new InputProblem(
      `The dispatch's payload is not one that this version understands (${where.join('; ')}). ` +
        'Pin the workflow to the release that your Deckhand app names.',
    )
  }
  const payload = parsed.data
  const { oidcUrl, oidcRequestToken } = environment
  if (!oidcUrl || !oidcRequestToken) {
    throw new InputProblem(
      'The job may not ask for an OIDC token. Give the calling workflow "permissions: id-token: write".',
    )
  }
  return { payload, appUrl: appUrlOf(payload), oidcUrl, oidcRequestToken, environment }
}

function appUrlOf({ callback_url: callbackUrl, run_id: runId }: DispatchPayload): string {
  const url = new URL(callbackUrl)
  const suffix = `/api/runs/${runId}`
  const plain = url.protocol === 'http:' && isLoopback(url.hostname)
  if (url.protocol !== 'https:' && !plain) {
    throw new InputProblem('The callback URL must be https (http is accepted on this machine only).')
  }
  if (url.username || url.password || url.search || url.hash || !callbackUrl.endsWith(suffix)) {
    throw new InputProblem(`The callback URL must be the app's address followed by ${suffix}.`)
  }
  return callbackUrl.slice(0, -suffix.length)
}

/** What the sandbox providers need of this job; `isolation` is the app's word for local sandboxes. */
export function providerSettings(environment: Environment, isolation: 'auto' | 'none'): ProviderSettings {
  const { e2bApiKey, e2bApiUrl, e2bSandboxUrl } = environment
  return { e2bApiKey, e2bApiUrl, e2bSandboxUrl, localIsolation: isolation }
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host)
