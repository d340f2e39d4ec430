/** One receiver of webhooks: `ours` with MongoDB behind it, or a peer that stores nothing. */
import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { createNodeMiddleware, Webhooks } from '@octokit/webhooks'

import { createServer } from '../../../app/http/server.ts'
import { webhookRoutes } from '../../../app/http/webhooks.ts'
import { connect } from '../../../app/store/connect.ts'
import { deliveryStore } from '../../../app/store/deliveries.ts'
import { Inbox } from '../../../app/store/inbox.ts'

const [kind = '', uri = '', secret = ''] = process.argv.slice(2)

async function ours(): Promise<string> {
  const deliveries = deliveryStore(await connect(uri))
  await deliveries.ensureIndexes()
  const server = createServer({
    publicUrl: 'http://app.test',
    routes: webhookRoutes({ secret: () => secret, inbox: new Inbox(deliveries), arrived: () => {}, now: Date.now }),
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
  const middleware = createNodeMiddleware(webhooks, { path: '/api/github/webhooks' })
  const server = createHttpServer((req, res) => void middleware(req, res))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const url = kind === 'ours' ? await ours() : await octokit()
process.on('disconnect', () => process.exit())
process.send?.({ url })
