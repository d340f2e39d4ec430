/** What the browser tests share: one page with everything recorded that must not happen, and axe over it. */
import { join } from 'node:path'

import axe from 'axe-core'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'

import { notePage } from '../coverage/browser-pages.ts'
import { launchBrowser } from '../stack/browser.ts'
import { ensureWebBuilt } from '../stack/web-build.ts'
import { type FixtureServer, startFixtureServer } from './fixture-server.ts'

const LOADED_TIMEOUT_MS = 30_000
const TABS_MAX = 40
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

// Scripts for the page are text here: the types of the browser's globals belong to web/ alone.
const REPORT_VIOLATIONS = `document.addEventListener('securitypolicyviolation', (event) => {
  window.reportViolation([event.violatedDirective, event.blockedURI, event.sample].join(' '))
})`

// Ended, not waited for: a transition that nothing draws any more may never come to its end by itself.
const SETTLE = `for (const animation of document.getAnimations()) {
  if (Number.isFinite(animation.effect.getComputedTiming().endTime)) animation.finish()
}`

export interface Tab extends AsyncDisposable {
  page: Page
  /** Reports of the CSP and of Trusted Types, and errors that nobody caught. Must stay empty. */
  wrongs: string[]
  /** Opens a path and waits until the page has its title and has loaded. */
  open(path: string): Promise<void>
  /** Ends the noting of what runs for coverage: from there on the page is as fast as it is without. */
  noted(): Promise<void>
}

export interface Visit extends Tab {
  server: FixtureServer
}

/** The built dashboard's folder and a browser; close the browser at the end. */
export async function startBrowsing(): Promise<{ dist: string; browser: Browser }> {
  const [dist, browser] = await Promise.all([ensureWebBuilt(join(import.meta.dirname, '../..')), launchBrowser()])
  return { dist, browser }
}

/** A page of its own with a server of its own. */
export async function visit(browser: Browser, dist: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const server = await startFixtureServer(dist)
  const tab = await openTab(browser, server.url, options)
  return {
    ...tab,
    server,
    [Symbol.asyncDispose]: async () => {
      await tab[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** A page of its own, with cookies of its own, on the server at `url`. */
export async function openTab(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Tab> {
  // Motion would make what axe measures depend on the moment.
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options })
  context.setDefaultTimeout(LOADED_TIMEOUT_MS)
  const page = await context.newPage()
  const noted = await notePage(page)
  const wrongs: string[] = []
  page.on('pageerror', (error) => wrongs.push(`error: ${error.message}`))
  await page.exposeFunction('reportViolation', (text: string) => wrongs.push(`csp: ${text}`))
  await page.addInitScript(REPORT_VIOLATIONS)
  return {
    page,
    wrongs,
    open: async (path) => {
      await page.goto(url + path)
      await loaded(page)
    },
    noted,
    [Symbol.asyncDispose]: async () => {
      await noted()
      await context.close()
    },
  }
}

/** Waits until the page has its heading and no part of it is loading any more. */
export async function loaded(page: Page): Promise<void> {
  await page.locator('h1').waitFor()
  // A page may load several parts at once: the first of them is gone when all are.
  await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' })
}

/** Brings every transition to its end; what turns for ever goes on. */
export async function settle(page: Page): Promise<void> {
  await page.evaluate(SETTLE)
}

/** Runs axe (all rules of the tags, or only those named) and returns its violations in one line each. */
export async function violations(page: Page, rules?: readonly string[]): Promise<string[]> {
  // It is large, and stays for as long as the document does.
  if (!(await page.evaluate<boolean>("'axe' in window"))) await page.evaluate(axe.source)
  // A colour that is still changing has a contrast that nobody sees.
  await settle(page)
  const runOnly = rules ? { type: 'rule', values: rules } : { type: 'tag', values: TAGS }
  const found =
    await page.evaluate(`axe.run({ runOnly: ${JSON.stringify(runOnly)}, resultTypes: ['violations'] }).then((result) => ({
    passes: result.passes.length,
    violations: result.violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.html.slice(0, 160)).join(' | ')),
  }))`)
  const { passes, violations } = found as { passes: number; violations: string[] }
  if (passes === 0) throw new Error('axe looked at nothing')
  return violations
}

/** How far the page can be scrolled sideways, in pixels. */
export function sidewaysPx(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth')
}

/** The text of what has the focus. */
export function focusedText(page: Page): Promise<string> {
  return page.evaluate<string>("document.activeElement?.textContent ?? ''")
}

/** Presses Tab until the focus is on the button, link or summary with this text. */
export async function tabTo(page: Page, text: string): Promise<void> {
  for (let presses = 0; presses < TABS_MAX; presses++) {
    const focused = await page.evaluate<string>(
      "document.activeElement.matches('a, button, summary') ? document.activeElement.textContent : ''",
    )
    if (focused.trim() === text) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`the focus never reached ${text}`)
}

/** Behaves like a tab that goes to the background or comes back. */
export async function setVisibility(page: Page, state: 'visible' | 'hidden'): Promise<void> {
  await page.evaluate(`Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true })
    document.dispatchEvent(new Event('visibilitychange'))`)
}
