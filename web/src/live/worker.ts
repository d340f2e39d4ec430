/** The SharedWorker: all pages of this browser hear over its one connection. */
import { createHub, type ToHub } from './hub.ts'
import { browserWorld, openSource } from './browser.ts'

const hub = createHub({ world: browserWorld, open: openSource })

addEventListener('connect', (event) => {
  const [port] = (event as MessageEvent).ports
  if (!port) return
  const page = hub.attach((message) => port.postMessage(message))
  port.addEventListener('message', ({ data }: MessageEvent<ToHub>) => page.hear(data))
  // Newer browsers tell when the page at the other end is gone, also when it crashed.
  port.addEventListener('close', () => page.hear({ type: 'bye' }))
  port.start()
})
