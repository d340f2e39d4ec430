/** The dashboard's built files: hashed names for ever, one page for every address of the client's router. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import express from 'express'
import type { Request, Response, RequestHandler } from 'express'

import { respond } from './body.ts'
import { htmlHeaders } from './headers.ts'
import { ProblemError } from './problem.ts'

/** Vite puts what has a hash in its name here. */
const HASHED = '/assets/'
/** Addresses that are never a page, so that a wrong one gets a problem and not a page that says so. */
const NOT_PAGES = /^\/(?:api|assets|badge|problems|webhooks)(?:\/|$)/

const NOT_BUILT = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Deckhand</title></head>
<body><p>The dashboard is not built yet: run <code>npm run build:web</code> and load this page again.</p></body></html>
`

/** Files as they are; anything not found goes on to the next handler. */
export function staticFiles(webRoot: string): RequestHandler {
  return express.static(webRoot, {
    index: false,
    redirect: false,
    dotfiles: 'ignore',
    cacheControl: false,
    setHeaders(res, path) {
      const name = path.slice(webRoot.length).replaceAll('\\', '/')
      const hashed = name.startsWith(HASHED)
      res.setHeader('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache')
      if (name.endsWith('.html'))
        for (const [header, value] of Object.entries(htmlHeaders)) res.setHeader(header, value)
    },
  })
}

/** The last handler: a page where a person's browser asks for one, else `not_found`. */
export function pageOrNotFound(webRoot: string): (req: Request, res: Response) => Promise<void> {
  return async (req, res) => {
    const wantsPage = (req.method === 'GET' || req.method === 'HEAD') && req.accepts('html') === 'html'
    if (!wantsPage || NOT_PAGES.test(req.path)) throw new ProblemError('not_found')
    const html = await readFile(join(webRoot, 'index.html')).catch(() => null)
    const headers = { ...htmlHeaders, 'content-type': 'text/html; charset=utf-8', vary: 'accept' }
    respond(req, res, html ? 200 : 503, headers, html ?? NOT_BUILT)
  }
}
