/** The dashboard's built files: hashed names for ever, one page for every address of the client's router. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import express from 'express'
import type { Request, Response, RequestHandler } from 'express'

import { themeOf } from './api/cookies.ts'
import type { Theme } from './api/cookies.ts'
import { respond } from './body.ts'
import { htmlHeaders } from './headers.ts'
import { ProblemError } from './problem.ts'

/** Vite puts what has a hash in its name here. */
const HASHED = '/assets/'
/** Addresses that are never a page, so that a wrong one gets a problem and not a page that says so. */
const NOT_PAGES = /^\/(?:api|assets|badge|problems|webhooks)(?:\/|$)/

/** Set-up's pages, which are gone as soon as there is an App. */
export const SET_UP = /^\/setup(?:\/|$)/

const NOT_BUILT = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Deckhand</title></head>
<body><p>The dashboard is not built yet: run <code>npm run build:web</code> and load this page again.</p></body></html>
`

/** Files as they are; anything not found goes on to the next handler. */
export function staticFiles(webRoot: string, githubUrl?: string): RequestHandler {
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
        for (const [header, value] of Object.entries(htmlHeaders(githubUrl))) res.setHeader(header, value)
    },
  })
}

export type PageHandler = (req: Request, res: Response) => Promise<void>

/** True where a person's browser asks for a page, at an address that can be one. */
export const wantsPage = (req: Request): boolean =>
  (req.method === 'GET' || req.method === 'HEAD') && req.accepts('html') === 'html' && !NOT_PAGES.test(req.path)

/** The last handler: a page where a person's browser asks for one, else `not_found`. */
export function pageOrNotFound(webRoot: string, githubUrl?: string): PageHandler {
  return async (req, res) => {
    if (!wantsPage(req)) throw new ProblemError('not_found')
    // The page itself says that nothing is there; programs and search engines read the status.
    await sendPage(req, res, { webRoot, githubUrl, status: SET_UP.test(req.path) ? 404 : 200 })
  }
}

export async function sendPage(
  req: Request,
  res: Response,
  { webRoot, githubUrl, status }: { webRoot: string; githubUrl: string | undefined; status: number },
): Promise<void> {
  const html = await readFile(join(webRoot, 'index.html')).catch(() => null)
  const headers = { ...htmlHeaders(githubUrl), 'content-type': 'text/html; charset=utf-8', vary: 'accept, cookie' }
  const body = html ? withTitle(withTheme(html.toString(), themeOf(req)), req.path) : NOT_BUILT
  respond(req, res, html || status === 404 ? status : 503, headers, body)
}

/** The page in the theme that its reader chose, from the first moment: no flash, and no inline script (surfaces.md 2.9). */
export function withTheme(html: string, theme: Theme): string {
  return html.replace(' data-color-mode="auto"', ` data-color-mode="${theme}"`)
}

/** What has an address of its own that says what it is. Nothing but these letters reaches the page. */
const TITLED: readonly [RegExp, (...parts: string[]) => string][] = [
  [/^\/(?:r|runs)\/(r_[0-9a-z]{10})$/, (id) => `Run ${id}`],
  [
    /^\/repos\/([\w.-]{1,100})\/([\w.-]{1,100})\/issues\/(\d{1,10})$/,
    (owner, repo, number) => `${owner}/${repo}#${number}`,
  ],
  [/^\/repos\/([\w.-]{1,100})\/([\w.-]{1,100})$/, (owner, repo) => `${owner}/${repo}`],
]

/**
 * The title that a link to the page unfurls to in a chat. Whoever unfurls it is not signed in, so it is made of the
 * address alone, whether or not there is anything (surfaces.md 2.9); the client says more to those who may read it.
 */
export function withTitle(html: string, path: string): string {
  const [matched] = TITLED.flatMap(([pattern, titleOf]) => {
    const parts = pattern.exec(path)
    return parts ? [titleOf(...parts.slice(1))] : []
  })
  const title = matched === undefined ? 'Deckhand' : `${matched} · Deckhand`
  return html.replace(
    '<title>Deckhand</title>',
    `<title>${title}</title>\n    <meta property="og:title" content="${title}" />\n    <meta property="og:site_name" content="Deckhand" />`,
  )
}
