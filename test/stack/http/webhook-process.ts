/** The webhook receiver as a process of its own, so that a test can watch its memory and nobody else's. */
import { createServer } from '../../../app/http/server.ts'
import { webhookRoutes } from '../../../app/http/webhooks.ts'

const SAMPLE_MS = 5

const server = createServer({
  publicUrl: 'http://app.test',
  routes: webhookRoutes({
    secret: () => 'a webhook secret of more than 32 bytes',
    inbox: { add: async () => 'inserted' },
    arrived: () => {},
    now: Date.now,
  }),
  identify: async () => ({ kind: 'anonymous' }),
  log: { info: () => {}, warn: () => {}, error: () => {} },
  rejections: { reject: () => {} },
  webRoot: '/nowhere',
  pingStore: async () => {},
  now: Date.now,
})
const url = await server.listen(0)
let peak = process.memoryUsage.rss()
setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), SAMPLE_MS).unref()
process.on('message', () => process.send?.({ peak }))
process.on('disconnect', () => process.exit())
process.send?.({ url, rss: process.memoryUsage.rss() })
