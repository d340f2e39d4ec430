/** What the tests of the local GitHub share: the product's own clients, pointed at it. */
import { createServer } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

import { App } from '@octokit/app'
import { ProbotOctokit } from 'probot'

import type { LocalGitHub } from './types.ts'

/** Probot's Octokit without its waits: a test wants to see refusals, not to sit them out. */
export function impatientOctokit(github: LocalGitHub): typeof ProbotOctokit {
  const impatient = ProbotOctokit.defaults((options: Record<string, unknown>) => ({
    ...options,
    baseUrl: github.apiUrl,
    throttle: { enabled: false },
    retry: { enabled: false },
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  }))
  return impatient
}

export function appOf(github: LocalGitHub) {
  const { id, privateKeyPem } = github.app
  return new App({ appId: id, privateKey: privateKeyPem, Octokit: impatientOctokit(github) })
}

/** An Octokit with an installation token, made from the App's JWT as Probot does it. */
export async function asInstallation(github: LocalGitHub, fullName = 'acme/shop') {
  const [owner = '', repo = ''] = fullName.split('/')
  const app = appOf(github)
  const { data } = await app.octokit.request('GET /repos/{owner}/{repo}/installation', { owner, repo })
  return app.getInstallationOctokit(data.id)
}

export function asPerson(github: LocalGitHub, login: string): ProbotOctokit {
  return new (impatientOctokit(github))({ auth: { token: github.createUserToken(login) } })
}

/** The demo's world in small: `acme/shop` with the App installed; octocat writes, hubot only reads. */
export async function openShop(github: LocalGitHub, options: { private?: boolean } = {}) {
  return github.createRepository({
    owner: 'acme',
    name: 'shop',
    private: options.private ?? true,
    files: { 'README.md': '# Shop\n', 'src/index.js': 'export {}\n', 'docs/deep/guide.md': 'Guide\n' },
    collaborators: { octocat: 'write', hubot: 'read' },
  })
}

interface Received {
  headers: IncomingHttpHeaders
  body: string
}

/** A webhook receiver that answers with `status`. */
export async function startReceiver(status = 202) {
  const received: Received[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() })
      response.writeHead(status).end('received')
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    received,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
