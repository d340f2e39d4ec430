/**
 * Looks at pages in their states, on a wide screen and at 320 px: (h) no axe violation, light and dark; (i) no report of
 * the content security policy or of Trusted Types; (l) the first load within its budget; nothing sideways. A picture of
 * each goes to artifacts/screenshots, which git ignores.
 */
import { mkdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { assetSizes, CSS_BYTES_MAX, FIRST_LOAD_BYTES_MAX } from './asset-sizes.ts'
import { settle, sidewaysPx, startBrowsing, type Visit, violations, visit } from './browse.ts'
import { CONTRAST, find, show } from './page-state.ts'
import type { PageState } from './routes.ts'

const WIDE = { width: 1280, height: 900 }
const NARROW = { width: 320, height: 720 }
/** Of a page that is longer the rest looks like its beginning. */
const PICTURE_PX_MAX = 4_000
const PICTURES = join(import.meta.dirname, '../../artifacts/screenshots')

/** Defines a test for each of the states. */
export function lookAtPages(states: readonly PageState[]): void {
  let browser: Browser
  let dist: string
  let sizes: Map<string, number>
  beforeAll(async () => {
    ;({ browser, dist } = await startBrowsing())
    sizes = await assetSizes(dist)
  })
  afterAll(() => browser.close())

  describe.for(states)('$name', (state) => {
    test('(h) (i) (l) wide and narrow, light and dark: axe and the policy find nothing, it loads fast and fits', async () => {
      await using tab = await visit(browser, dist, { colorScheme: 'light', viewport: WIDE })
      const loaded = new Set<string>()
      tab.page.on('request', (request) => loaded.add(basename(new URL(request.url()).pathname)))
      const bytes = (kind: RegExp) =>
        [...loaded].reduce((sum, name) => sum + (kind.test(name) ? (sizes.get(name) ?? 0) : 0), 0)
      await show(tab, state)
      // What follows is axe at work, and under measurement it takes more than twice as long.
      await tab.noted()
      expect(bytes(/./)).toBeLessThanOrEqual(FIRST_LOAD_BYTES_MAX)
      expect(bytes(/\.css$/)).toBeLessThanOrEqual(CSS_BYTES_MAX)
      expect(bytes(/\.css$/)).toBeGreaterThan(0)
      expect(await violations(tab.page)).toEqual([])
      await picture(tab.page, 'light', state)
      // The other theme is there without a reload; its structure is the same, so only its colours are new.
      await tab.page.emulateMedia({ colorScheme: 'dark' })
      expect(await violations(tab.page, CONTRAST)).toEqual([])
      if (!state.state) await picture(tab.page, 'dark', state)
      await lookNarrow(tab, state)
      expect(tab.wrongs).toEqual([])
    })
  })
}

/** Styles alone make a page fit, so it need not be loaded anew; what a press opens is opened there, as people do. */
async function lookNarrow(tab: Visit, state: PageState): Promise<void> {
  await tab.page.setViewportSize(NARROW)
  if (state.press === undefined && state.act === undefined) await find(tab, state)
  else await show(tab, state)
  expect(await violations(tab.page)).toEqual([])
  await tab.page.emulateMedia({ colorScheme: 'light' })
  expect(await violations(tab.page, CONTRAST)).toEqual([])
  expect(await sidewaysPx(tab.page)).toBe(0)
}

async function picture(page: Page, theme: 'light' | 'dark', { name, state }: PageState): Promise<void> {
  const path = join(PICTURES, theme, `${name}.png`)
  await mkdir(dirname(path), { recursive: true })
  await settle(page)
  const { width } = WIDE
  const height = Math.min(PICTURE_PX_MAX, await page.evaluate<number>('document.documentElement.scrollHeight'))
  // A dialog stands over what can be seen, so a picture of the whole page would cut it off.
  await page.screenshot({
    path,
    ...(state === 'dialog' ? {} : { fullPage: true, clip: { x: 0, y: 0, width, height } }),
  })
}
