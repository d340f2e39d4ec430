/** What is answered before there is an App: people are led to set-up, programs and GitHub are asked to come again. */
import { ProblemError } from '../problem.ts'
import { SET_UP, sendPage, wantsPage } from '../pages.ts'
import type { PageHandler } from '../pages.ts'

const RETRY_AFTER_SECONDS = '60'

/** 503: it passes as soon as somebody has set Deckhand up. */
export function setupNeeded(): ProblemError {
  return new ProblemError('setup_needed', {
    detail: 'Deckhand has no GitHub App yet. Open the address that its log names under setup_needed.',
    headers: { 'retry-after': RETRY_AFTER_SECONDS },
  })
}

/** The last handler before set-up: its own pages, a redirect to them from any other page, and 503 for the rest. */
export function closedUntilSetup(webRoot: string, githubUrl: string): PageHandler {
  return async (req, res) => {
    if (!wantsPage(req)) throw setupNeeded()
    if (SET_UP.test(req.path)) return sendPage(req, res, { webRoot, githubUrl, status: 200 })
    res.writeHead(302, { location: '/setup', 'cache-control': 'no-store' }).end()
  }
}
