/**
 * Notes which code of the dashboard ran in a test's browser. The dashboard's pages are tested in a real Chromium, where
 * the test runner's own measurement does not reach; without this they would count as never run.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { ScriptCov } from '@bcoe/v8-coverage'
import type { Page } from 'playwright-core'

/** Set by the coverage provider in the runner's main process; workers inherit it. */
export const PAGES_FOLDER = 'DECKHAND_BROWSER_COVERAGE'

/**
 * Starts to note what runs in a page; call the answer before the page is closed, or as soon as nothing new runs: noting
 * makes everything slower. Called again, it does nothing, as without coverage.
 */
export async function notePage(page: Page): Promise<() => Promise<void>> {
  const folder = process.env[PAGES_FOLDER]
  if (!folder) return async () => undefined
  await page.coverage.startJSCoverage({ resetOnNavigation: false })
  let isOver = false
  return async () => {
    if (isOver) return
    isOver = true
    const ran: ScriptCov[] = []
    for (const { url, scriptId, functions } of await page.coverage.stopJSCoverage()) {
      // By the file's name: the same build, whatever server it came from.
      const name = /\/assets\/([\w.-]+\.js)$/.exec(url)?.[1]
      if (name) ran.push({ url: name, scriptId, functions })
    }
    // Added up at the end of all tests, all at once.
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, `${randomUUID()}.json`), JSON.stringify(ran))
  }
}
