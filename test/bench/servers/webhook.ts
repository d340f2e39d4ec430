/**
 * One receiver of webhooks: `ours` with MongoDB behind it, `slow` with one that takes 5 ms longer to answer, or a peer
 * that stores nothing.
 */
import { generateKeyPairSync } from 'node:crypto'
import { createServer as createHttpServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

import { createNodeMiddleware, Webhooks } from '@octokit/webhooks'
import { Probot, createNodeMiddleware as createProbotMiddleware } from 'probot'

import { createServer } from '../../../app/http/server.ts'
import { webhookRoutes } from '../../../app/http/webhooks.ts'
import { connect } from '../../../app/store/connect.ts'
import { deliveryStore } from '../../../app/store/deliveries.ts'
import { Inbox } from '../../../app/store/inbox.ts'

const PATH = '/api/github/webhooks'
const [kind = '', uri = '', secret = ''] = process.argv.slice(2)

const SLOW_MS = 5

async function ours(moreMs = 0): Promise<string> {
  const deliveries = deliveryStore(await connect(uri))
  await deliveries.ensureIndexes()
  const store: Pick<typeof deliveries, 'insertMany'> = {
    insertMany: async (batch) => {
      const answers = await deliveries.insertMany(batch)
      if (moreMs > 0) await sleep(moreMs)
      return answers
    },
  }
  const server = createServer({
    publicUrl: 'http://app.test',
    routes: webhookRoutes({ secret: () => secret, inbox: new Inbox(store), arrived: () => {}, now: Date.now }),
    identify: async () => ({ kind: 'anonymous' }),
    log: { info: () => {}, warn: () => {}, error: () => {} },
    rejections: { reject: () => {} },
    webRoot: '/nowhere',
    pingStore: async () => {},
    now: Date.now,
  })
  return server.listen(0)
}

/** The bare middleware, which verifies, parses and calls one handler that does nothing. */
async function octokit(): Promise<string> {
  const webhooks = new Webhooks({ secret, log: { debug() {}, info() {}, warn() {}, error() {} } })
  webhooks.on('issue_comment', () => {})
  return serve(createNodeMiddleware(webhooks, { path: PATH }))
}

/** Probot as its own page shows it: one handler that does nothing. */
async function probot(): Promise<string> {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2_048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  })
  const app = (robot: Probot): void => robot.on('issue_comment', () => {})
  const middleware = await createProbotMiddleware(app, {
    webhooksPath: PATH,
    probot: new Probot({ appId: 1, privateKey, secret, logLevel: 'fatal' }),
  })
  return serve(middleware)
}

async function serve(middleware: (req: IncomingMessage, res: ServerResponse) => unknown): Promise<string> {
  const server = createHttpServer((req, res) => void middleware(req, res))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const kinds: Record<string, () => Promise<string>> = { ours, slow: () => ours(SLOW_MS), octokit, probot }
const url = await kinds[kind]!()
process.on('disconnect', () => process.exit())
process.send?.({ url })
