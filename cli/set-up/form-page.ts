/**
 * The one step of set-up that needs a browser: GitHub takes an App's manifest from a form only, and sends the browser
 * back with the code. Both pages stand on this machine alone, under a path that nobody can guess.
 */
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import type { ManifestForm } from '#contracts/setup.ts'

import { CliError, exitCodes } from '../client.ts'

/** GitHub's own limit for the whole flow, and ours for the link. */
const WAIT_MS_MAX = 3_600_000
const HOST = '127.0.0.1'
/** For answers on their way to a browser when the page closes. */
const CLOSE_GRACE_MS = 1_000

interface Created {
  code: string
  state: string
  /** Where the waiting browser goes from here, or what it shows. */
  answer: (next: { address: string } | { text: string }) => void
}

export interface FormPage extends AsyncDisposable {
  url: string
  created: Promise<Created>
}

/** `port` 0 takes a free one. */
export async function openFormPage(form: ManifestForm, port: number): Promise<FormPage> {
  const created = Promise.withResolvers<Created>()
  // It is waited for later, and may fail before.
  created.promise.catch(() => {})
  const secret = randomBytes(16).toString('base64url')
  let base = ''
  let underWay = false
  const server = createServer((req, res) => {
    const { pathname, searchParams } = new URL(req.url ?? '/', base)
    if (!isOurs(req, base)) return show(res, 404, 'Not found.')
    if (pathname === `/${secret}`) return show(res, 200, formOf(form, `${base}/${secret}/created`), form.action)
    if (pathname !== `/${secret}/created`) return show(res, 404, 'Not found.')
    const state = searchParams.get('state') ?? ''
    if (state !== new URL(form.action).searchParams.get('state')) {
      return show(res, 400, 'This answer of GitHub belongs to another set-up.')
    }
    // A code works once. Who reloads the page has left the first request, and would wait on this one for nothing.
    if (underWay) return show(res, 409, 'This is under way already. The terminal says how it ends.')
    underWay = true
    const answer: Created['answer'] = (next) =>
      'text' in next ? show(res, 200, escaped(next.text)) : void res.writeHead(302, { location: next.address }).end()
    created.resolve({ code: searchParams.get('code') ?? '', state, answer })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new CliError(exitCodes.usage, `No page on ${HOST}: ${error.message}`)))
    server.listen(port, HOST, resolve)
  })
  base = `http://${HOST}:${(server.address() as AddressInfo).port}`
  const timer = setTimeout(() => {
    created.reject(new CliError(exitCodes.usage, 'Nobody created the App within one hour. Begin again.'))
  }, WAIT_MS_MAX)
  return {
    url: `${base}/${secret}`,
    created: created.promise,
    async [Symbol.asyncDispose]() {
      clearTimeout(timer)
      await new Promise<void>((resolve) => {
        // Browsers open connections ahead of what they ask, and those would never end.
        const grace = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS)
        server.close(() => {
          clearTimeout(grace)
          resolve()
        })
      })
    },
  }
}

/** A name that leads to this machine is no way in: only its number is. */
const isOurs = ({ headers, method }: IncomingMessage, base: string): boolean =>
  method === 'GET' && headers.host === new URL(base).host

function formOf({ action, manifest }: ManifestForm, redirectUrl: string): string {
  const ours = JSON.stringify({ ...(JSON.parse(manifest) as object), redirect_url: redirectUrl })
  return `<h1>Create the GitHub App</h1>
<form method="post" action="${escaped(action)}">
<input type="hidden" name="manifest" value="${escaped(ours)}">
<p><button>Create on GitHub</button></p>
</form>`
}

/** `target`: the only place where a form of the page may lead. */
function show(res: ServerResponse, status: number, content: string, target: string | null = null): void {
  const forms = target === null ? "'none'" : new URL(target).origin
  res.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': `default-src 'none'; form-action ${forms}; frame-ancestors 'none'; base-uri 'none'`,
    connection: 'close',
  })
  res.end(`<!doctype html><html lang="en"><title>Deckhand set-up</title>\n${content}\n</html>`)
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (char) => entities[char]!)
