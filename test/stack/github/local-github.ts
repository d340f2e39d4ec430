/** Composition of the local GitHub: state, routes, git, webhooks and faults behind one loopback server. */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import * as actions from './acts/actions.ts'
import { newManifestCode } from './acts/apps.ts'
import { ApiError } from './errors.ts'
import { FaultPlan } from './faults.ts'
import { readText } from './git/history.ts'
import { serveGit } from './git/http.ts'
import { answerGraphql } from './graphql.ts'
import { newToken } from './ids.ts'
import { openApi } from './openapi.ts'
import { peopleOf } from './people.ts'
import { RequestLog } from './request-log.ts'
import { API_PREFIX, Rest } from './rest.ts'
import { routes } from './routes/table.ts'
import type { ActionsService, LocalGitHub, LocalGitHubOptions, LocalGitHubState, RepositoryDispatch } from './types.ts'
import { OAuth } from './web/oauth.ts'
import { Site } from './web/site.ts'
import { Webhooks } from './webhooks.ts'
import { World } from './world.ts'

const FORM_BYTES_MAX = 1024 * 1024

/** Starts a GitHub of its own on 127.0.0.1; dispose of it to stop the server and remove its repositories. */
export async function startLocalGitHub(options: LocalGitHubOptions = {}): Promise<LocalGitHub> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'local-github-')))
  const world = new World(options, directory)
  const log = new RequestLog()
  const faults = new FaultPlan(world.now)
  const checkResponses = options.checkResponses ?? false
  const webhooks = new Webhooks(world, options.webhookUrl ?? null, (event, action, payload) => {
    if (!checkResponses) return
    for (const problem of openApi().checkWebhook(event, action, payload)) {
      log.responseViolation(`webhook ${event}${action === null ? '' : `.${action}`}: ${problem}`)
    }
  })
  world.emit = webhooks.emit
  const rest = new Rest({ world, webhooks, faults, log, routes, checkResponses })
  const signInAs = options.signInAs ?? null
  const site = new Site({ world, webhooks, signInAs, oauth: new OAuth(world, signInAs) })
  const server = createServer((request, response) => {
    serve({ world, rest, site }, request, response).catch((error: unknown) => {
      log.violation(`${request.method} ${request.url}: the local GitHub failed: ${String(error)}`)
      if (!response.headersSent) response.writeHead(500)
      response.end()
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  world.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    ...peopleOf(world),
    ...actionsOf(world, webhooks),
    url: world.url,
    apiUrl: world.apiUrl,
    app: world.app,
    state: stateOf(world),
    setWebhookUrl: (url) => {
      webhooks.url = url
    },
    createManifestCode: () => newManifestCode(world),
    repository: (fullName) => world.repository(fullName),
    user: (login) => world.user(login),
    issue: (repository, number) => world.issue(world.repository(repository).id, number),
    pull: (repository, number) => world.pull(world.repository(repository).id, number),
    readFile: (repository, ref, path) => readText(world.repository(repository).gitDir, ref, path),
    createUserToken: (login) => personalToken(world, login),
    requests: log.requests,
    clearRequests: () => void log.requests.splice(0),
    violations: () => log.violations,
    responseViolations: () => log.responseViolations,
    faults,
    deliveries: webhooks,
    [Symbol.asyncDispose]: async () => {
      faults.clear()
      await Promise.all([closeServer(server), webhooks.stop()])
      if (options.directory === undefined) await rm(directory, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

async function serve(
  parts: { world: World; rest: Rest; site: Site },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { world } = parts
  const url = new URL(request.url ?? '/', world.url)
  if (url.pathname === API_PREFIX || url.pathname.startsWith(`${API_PREFIX}/`))
    return parts.rest.serve(request, response, url)
  if (await serveGit(world, request, response, url)) return
  const raw = await readForm(request)
  if (url.pathname === '/api/graphql') {
    const answer = answerGraphql(
      world,
      request.headers.authorization,
      JSON.parse(raw || '{}') as Record<string, unknown>,
    )
    response
      .writeHead(answer.status, { 'content-type': 'application/json; charset=utf-8' })
      .end(JSON.stringify(answer.body))
    return
  }
  // A foreign page must not press our buttons.
  const { origin, accept = '', 'content-type': type = '' } = request.headers
  const crossSite = request.method === 'POST' && origin !== undefined && origin !== world.url
  // An App's manifest comes from the App's own page; GitHub then asks the person.
  if (crossSite && !/^\/login\/oauth\/|\/settings\/apps\/new$/.test(url.pathname))
    return void response.writeHead(403).end()
  const form = type.includes('json')
    ? (JSON.parse(raw || '{}') as Record<string, string>)
    : Object.fromEntries(new URLSearchParams(raw))
  try {
    const answer = await parts.site.answer({ method: request.method ?? 'GET', url, form, accept })
    response.writeHead(answer.status, answer.headers).end(answer.body ?? '')
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    response.writeHead(error.status, { 'content-type': 'text/plain' }).end(error.message)
  }
}

async function readForm(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > FORM_BYTES_MAX) throw new Error('A form for the local GitHub is larger than 1 MiB.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function personalToken(world: World, login: string): string {
  const common = {
    kind: 'user',
    expiresAt: null,
    installationId: null,
    repositoryIds: null,
    permissions: null,
  } as const
  const token = newToken('ghp')
  world.addToken({ ...common, token, userId: world.user(login).id, viaApp: false, refreshToken: null })
  return token
}

function actionsOf(world: World, webhooks: Webhooks): ActionsService {
  return {
    onRepositoryDispatch: (listener) => {
      webhooks.listeners.push(({ name, action, repository, payload }) => {
        if (name !== 'repository_dispatch' || repository === null) return
        const sender = world.user((payload['sender'] as { login: string }).login)
        const dispatch: RepositoryDispatch = {
          repository,
          eventType: action ?? '',
          clientPayload: payload['client_payload'],
          sender,
          payload,
        }
        listener(dispatch)
      })
    },
    onWorkflowRunCancel: (listener) => void world.onCancel.push(listener),
    onWorkflowRunRerun: (listener) => void world.onRerun.push(listener),
    onEvent: (listener) => void webhooks.listeners.push(listener),
    createWorkflowRun: (run) => actions.createWorkflowRun(world, run),
    updateWorkflowRun: (id, change) => actions.updateWorkflowRun(world, id, change),
    createWorkflowJob: (runId, record) => actions.createWorkflowJob(world, runId, record),
    updateWorkflowJob: (id, change) => actions.updateWorkflowJob(world, id, change),
    addArtifact: (runId, name, zip) => actions.addArtifact(world, runId, name, zip),
    createJobToken: ({ repository, permissions }) => {
      const token = newToken('ghs')
      world.addToken({
        token,
        kind: 'job',
        expiresAt: world.now() + 24 * 60 * 60 * 1000,
        userId: world.actionsBot.id,
        installationId: null,
        repositoryIds: [world.repository(repository).id],
        permissions: { metadata: 'read', ...permissions },
        viaApp: true,
        refreshToken: null,
      })
      return token
    },
  }
}

/** Live views: each read is what there is now. */
function stateOf(world: World): LocalGitHubState {
  const names = [
    'users',
    'repositories',
    'installations',
    'issues',
    'comments',
    'reactions',
    'pulls',
    'checkRuns',
    'workflowRuns',
    'workflowJobs',
    'artifacts',
    'deliveries',
    'tokens',
  ] as const
  const state = {}
  for (const name of names) {
    Object.defineProperty(state, name, { enumerable: true, get: () => [...world[name].values()] })
  }
  return state as LocalGitHubState
}
