/**
 * How a page reaches the hub: in a SharedWorker, so that however many pages share one connection, or inside of the page
 * where there is no such worker; then a hidden page holds none, because a browser has six connections to a host.
 */
import { PAGE_HERE_MS, createHub, type FromHub, type HubPage, type ToHub } from './hub.ts'
import { browserWorld, openSource } from './browser.ts'
// oxlint-disable-next-line import/default -- Vite gives the address of the built file
import workerPath from './worker.ts?sharedworker&url'

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): unknown }
}

const WORKER_NAME = 'deckhand-live'

/** Connects the page; `say` hears what the hub says. */
export function connectHub(say: (message: FromHub) => void): HubPage {
  let topics: readonly string[] = []
  let page = workerPage(say, () => {
    // The worker's file is gone after a deploy, or the browser refuses it.
    page = localPage(say)
    page.hear({ type: 'topics', topics })
  })
  const hear = (message: ToHub) => {
    if (message.type === 'topics') topics = message.topics
    page.hear(message)
  }
  window.addEventListener('pagehide', () => page.hear({ type: 'bye' }))
  // A page that comes back from the browser's cache has been forgotten.
  window.addEventListener('pageshow', (event) => event.persisted && page.hear({ type: 'topics', topics }))
  return { hear }
}

function workerPage(say: (message: FromHub) => void, onFailed: () => void): HubPage {
  if (typeof SharedWorker !== 'function') return localPage(say)
  const worker = new SharedWorker(trusted(workerPath) as string, WORKER_NAME)
  worker.addEventListener('error', onFailed, { once: true })
  worker.port.addEventListener('message', ({ data }: MessageEvent<FromHub>) => say(data))
  worker.port.start()
  window.setInterval(() => worker.port.postMessage({ type: 'here' } satisfies ToHub), PAGE_HERE_MS)
  return { hear: (message) => worker.port.postMessage(message) }
}

/** The page policy lets nothing be run by its address but what this policy has seen, and that is one path. */
function trusted(path: string): unknown {
  const { trustedTypes } = window as { trustedTypes?: TrustedTypes }
  if (!trustedTypes) return path
  const policy = trustedTypes.createPolicy('app-worker', {
    createScriptURL: (url) => {
      if (url !== workerPath) throw new TypeError('Only the worker of the live updates may be started')
      return url
    },
  })
  return policy.createScriptURL(path)
}

function localPage(say: (message: FromHub) => void): HubPage {
  const page = createHub({ world: browserWorld, open: openSource }).attach(say)
  let topics: readonly string[] = []
  const tell = () => page.hear(document.visibilityState === 'visible' ? { type: 'topics', topics } : { type: 'bye' })
  document.addEventListener('visibilitychange', tell)
  return {
    hear: (message) => {
      if (message.type !== 'topics') return page.hear(message)
      topics = message.topics
      tell()
    },
  }
}
