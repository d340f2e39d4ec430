/** Git's smart HTTP protocol in front of `git upload-pack` and `git receive-pack`, with GitHub's refusals. */
import { spawn } from 'node:child_process'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createGunzip } from 'node:zlib'

import { authenticate } from '../auth.ts'
import { mayReadCode, mayWriteCode } from '../access.ts'
import type { Principal } from '../auth.ts'
import { afterPush } from '../acts/branches.ts'
import type { RepositoryRecord } from '../records.ts'
import type { World } from '../world.ts'
import { listRefs } from './objects.ts'
import { gitEnvironment } from './plumbing.ts'

const GIT_PATH = /^\/([^/]+)\/([^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/
const SERVICE_TIMEOUT_MS = 120_000

/** Answers a request of a git client; false when the path is none of git's. */
export async function serveGit(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<boolean> {
  const found = GIT_PATH.exec(url.pathname)
  if (!found) return false
  const [, owner = '', name = '', action = ''] = found
  const service = action === 'info/refs' ? url.searchParams.get('service') : action
  if (service !== 'git-upload-pack' && service !== 'git-receive-pack') {
    return refuse(response, 403, 'Please upgrade your git client.')
  }
  const principal = gitPrincipal(world, request)
  const repository = world.findRepository(`${owner}/${name}`)
  const refusal = allowed(world, principal, repository, service)
  if (refusal) return refuse(response, ...refusal)
  response.setHeader('cache-control', 'no-cache, max-age=0, must-revalidate')
  if (action === 'info/refs') await advertise(repository as RepositoryRecord, service, request, response)
  else await serve(world, principal as Principal, repository as RepositoryRecord, service, request, response)
  return true
}

/** Null: the credentials are no good. */
function gitPrincipal(world: World, request: IncomingMessage): Principal | null {
  try {
    return authenticate(world, request.headers.authorization)
  } catch {
    return null
  }
}

function allowed(
  world: World,
  principal: Principal | null,
  repository: RepositoryRecord | null,
  service: string,
): [number, string] | null {
  if (principal === null)
    return [401, 'Invalid username or token. Password authentication is not supported for Git operations.']
  const readable = repository !== null && mayReadCode(world, principal, repository)
  if (!readable) return principal.kind === 'none' ? [401, 'Repository not found.'] : [404, 'Repository not found.']
  if (service === 'git-upload-pack') return null
  if (principal.kind === 'none') return [401, 'No anonymous write access.']
  if (repository.archived) return [403, 'This repository was archived so it is read-only.']
  return mayWriteCode(world, principal, repository) ? null : [403, 'Write access to repository not granted.']
}

function refuse(response: ServerResponse, status: number, message: string): true {
  if (status === 401) response.setHeader('www-authenticate', 'Basic realm="GitHub"')
  response.writeHead(status, { 'content-type': 'text/plain; charset=UTF-8' }).end(`${message}\n`)
  return true
}

const packet = (text: string) => `${(Buffer.byteLength(text) + 4).toString(16).padStart(4, '0')}${text}`

function gitProcess(repository: RepositoryRecord, service: string, request: IncomingMessage, extra: readonly string[]) {
  const protocol = request.headers['git-protocol']
  const env = gitEnvironment(typeof protocol === 'string' ? { GIT_PROTOCOL: protocol } : {})
  const args = [service.replace('git-', ''), '--stateless-rpc', ...extra, repository.gitDir]
  return spawn('git', args, { env, stdio: ['pipe', 'pipe', 'ignore'], timeout: SERVICE_TIMEOUT_MS })
}

async function advertise(
  repository: RepositoryRecord,
  service: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.writeHead(200, { 'content-type': `application/x-${service}-advertisement` })
  response.write(`${packet(`# service=${service}\n`)}0000`)
  const child = gitProcess(repository, service, request, ['--http-backend-info-refs'])
  child.stdin.end()
  await pump(child, response)
  response.end()
}

async function serve(
  world: World,
  principal: Principal,
  repository: RepositoryRecord,
  service: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const writing = service === 'git-receive-pack'
  const before = writing ? await listRefs(repository.gitDir, 'refs/heads', 'refs/tags') : []
  response.writeHead(200, { 'content-type': `application/x-${service}-result` })
  const child = gitProcess(repository, service, request, [])
  child.stdin.on('error', () => undefined)
  const body = request.headers['content-encoding'] === 'gzip' ? request.pipe(createGunzip()) : request
  body.on('error', () => child.kill('SIGKILL'))
  body.pipe(child.stdin)
  await pump(child, response)
  // The push is known to everyone before the client hears that it went well.
  if (writing) await afterPush(world, principal, repository, before)
  response.end()
}

function pump(child: ReturnType<typeof gitProcess>, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    child.stdout.pipe(response, { end: false })
    response.on('close', () => child.exitCode ?? child.kill('SIGKILL'))
    child.on('error', () => response.destroy())
    child.on('close', () => resolve())
  })
}
