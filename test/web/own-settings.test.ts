/**
 * What people set for themselves, on every usual page: twice the size (WCAG 1.4.4, 1.4.10), room between letters, words
 * and lines (1.4.12), colours of their own (1.4.1, 1.4.11, 2.4.7). A page is loaded once for all of it.
 */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { openTab, settle, sidewaysPx, startBrowsing, type Tab, violations, visit } from './browse.ts'
import { CUT_TEXTS } from './cut-texts.ts'
import { newWorld, startFixtureServer } from './fixture-server.ts'
import * as story from './fixtures.ts'
import { type PageState, pageStates } from './routes.ts'

/** 1280 by 900 at 200 %. */
const ZOOMED = { width: 640, height: 450 }
/** Of each address the first state that needs nothing done to it. */
const usual: readonly PageState[] = [
  ...new Map(
    pageStates
      .filter(({ state, press, act }) => state === undefined && press === undefined && act === undefined)
      .toReversed()
      .map((state) => [state.path, state]),
  ).values(),
]

let browser: Browser
let dist: string
beforeAll(async () => ({ browser, dist } = await startBrowsing()))
afterAll(() => browser.close())

/** Puts a style sheet over the page; the page's policy refuses a style element, and a sheet that is made is none. */
const styled = (css: string) => `(() => {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(${JSON.stringify(css)})
  document.adoptedStyleSheets = [sheet]
})()`
/** The numbers of the success criterion. */
const SPACED = styled(`*, *::before, *::after { line-height: 1.5 !important; letter-spacing: 0.12em !important;
  word-spacing: 0.16em !important } p { margin-bottom: 2em !important }`)

/** Borders and outlines stay where colours are forced; shadows and backgrounds do not. */
const COLOUR_FAULTS = `(() => {
  const shown = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getBoundingClientRect().width > 2
  const all = (selector) => [...document.querySelectorAll(selector)].filter(shown)
  const named = (element) => element.tagName + ' ' + (element.getAttribute('aria-label') ?? element.textContent).trim().slice(0, 40)
  const has = (style, edge) => style[edge + 'Style'] !== 'none' && parseFloat(style[edge + 'Width']) >= 1
  const faults = []
  const canvas = getComputedStyle(document.body).backgroundColor
  const ground = ({ backgroundColor }) => (/, 0\\)$/.test(backgroundColor) || backgroundColor === canvas ? 'none' : backgroundColor)
  const chosenOnes = '[aria-current]:not([aria-current=false]), [aria-pressed=true], [data-active=true]'
  for (const button of all('button, [role=button]'))
    if (!has(getComputedStyle(button), 'borderBottom')) faults.push('no edge: ' + named(button))
  for (const chosen of all(chosenOnes)) {
    const other = all(chosen.tagName).find((one) => one.classList[0] === chosen.classList[0] && !one.matches(chosenOnes))
    if (!other) continue
    const [style, plain] = [chosen, other].map((one) => getComputedStyle(one))
    if (style.fontWeight === plain.fontWeight && ground(style) === ground(plain))
      faults.push('not to be told from the others: ' + named(chosen))
  }
  for (const label of all('[data-status]'))
    if (label.textContent.trim() === '') faults.push('a state without its word')
  for (const one of all('a[href], button:not([disabled]), input, select, textarea, summary, [tabindex="0"]')) {
    one.focus({ focusVisible: true, preventScroll: true })
    if (document.activeElement !== one) continue
    // A field's edge may stand around the box that it is in.
    const edged = [one, one.parentElement, one.closest('label, span, div')].some((box) => {
      const style = getComputedStyle(box)
      return has(style, 'outline') && (box === one ? one.matches(':focus-visible') : box.matches(':focus-within'))
    })
    if (!edged) faults.push('the focus does not show: ' + named(one))
  }
  return [...new Set(faults)]
})()`

async function lost({ page }: Tab): Promise<string[]> {
  const sideways = await sidewaysPx(page)
  return [...(await page.evaluate<string[]>(CUT_TEXTS)), ...(sideways > 0 ? [`${sideways} px sideways`] : [])]
}

async function faultsOf(tab: Tab): Promise<string[]> {
  const zoomed = await lost(tab)
  await tab.page.evaluate(SPACED)
  const spaced = await lost(tab)
  await tab.page.evaluate(styled(''))
  await tab.page.emulateMedia({ forcedColors: 'active' })
  const colours = await tab.page.evaluate<string[]>(COLOUR_FAULTS)
  await tab.page.emulateMedia({ forcedColors: 'none' })
  const named = (what: string, faults: readonly string[]) => faults.map((fault) => `${what}: ${fault}`)
  return [...named('zoomed', zoomed), ...named('spaced', spaced), ...named('forced colours', colours)]
}

test('zoomed and spaced nothing is lost; in forced colours buttons, what is chosen, states and the focus show', async () => {
  await using server = await startFixtureServer(dist)
  await using tab = await openTab(browser, server.url, { viewport: ZOOMED })
  const found: string[] = []
  expect(usual.length).toBeGreaterThan(20)
  for (const { name, path, world, shows } of usual) {
    Object.assign(server.world, newWorld(), world)
    await tab.open(path)
    await tab.page.getByText(shows[0]!).filter({ visible: true }).first().waitFor()
    await settle(tab.page)
    for (const fault of await faultsOf(tab)) found.push(`${name}, ${fault}`)
  }
  expect(found).toEqual([])
  expect(tab.wrongs).toEqual([])
})

test('what is looked for would be found: a text that is cut off, a button without an edge, a focus that does not show', async () => {
  await using tab = await visit(browser, dist, { viewport: ZOOMED })
  tab.server.world.runs = [story.runningRun()]
  await tab.open('/runs')
  const BROKEN = styled(`h1 { width: 20px; overflow: hidden; white-space: nowrap } #main button { border: 0 !important }
    #main { min-width: 2000px !important } #main nav a { background: none !important; outline: none !important; font-weight: 400 !important }`)
  await tab.page.evaluate(BROKEN)
  expect(await lost(tab)).toEqual(expect.arrayContaining(['cut off: H1 Runs', expect.stringMatching(/px sideways$/)]))
  await tab.page.emulateMedia({ forcedColors: 'active' })
  expect((await tab.page.evaluate<string[]>(COLOUR_FAULTS)).join('\n')).toMatch(
    /^no edge: BUTTON New run[\s\S]*^not to be told from the others: A All 1$[\s\S]*^the focus does not show: A /m,
  )
})

test('targets below 24 px would be seen: every page is held to their size (WCAG 2.5.8) where axe looks at it', async () => {
  await using tab = await visit(browser, dist)
  tab.server.world.runs = [story.runningRun()]
  await tab.open('/runs')
  expect(await violations(tab.page, ['target-size'])).toEqual([])
  await tab.page.evaluate(
    styled(`nav a { display: block; min-height: 0 !important; height: 12px !important;
    width: 12px !important; padding: 0 !important; margin: 0 !important; overflow: hidden }`),
  )
  expect((await violations(tab.page)).join('\n')).toMatch(/^target-size: /m)
})
