/**
 * Every page in its states on a wide screen: (h) no axe violation, light and dark; (i) no report of the content security
 * policy or of Trusted Types; (l) the first load within its budget. Pictures of all of them go to artifacts/screenshots,
 * which git ignores.
 */
import { mkdir, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { assetSizes, CSS_BYTES_MAX, FIRST_LOAD_BYTES_MAX } from './asset-sizes.ts'
import { settle, startBrowsing, violations, visit } from './browse.ts'
import { CONTRAST, show } from './page-state.ts'
import { type PageState, pageStates } from './routes.ts'

const ROOT = join(import.meta.dirname, '../..')
const WIDE = { width: 1280, height: 900 }
/** Of a page that is longer the rest looks like its beginning. */
const PICTURE_PX_MAX = 4_000
const PICTURES = join(ROOT, 'artifacts/screenshots')

let browser: Browser
let dist: string
let sizes: Map<string, number>
beforeAll(async () => {
  ;({ browser, dist } = await startBrowsing())
  sizes = await assetSizes(dist)
})
afterAll(() => browser.close())

test('(h) every address that the router knows is in the table, and each name is there once', async () => {
  const router = await readFile(join(ROOT, 'web/src/router.tsx'), 'utf8')
  const known = [...router.matchAll(/\bpath: '([^']+)'/g)].map(([, path]) => path!)
  const paths = pageStates.map(({ path }) => path.split(/[?#]/, 1)[0]!)
  const fits = (pattern: string) => new RegExp(`^${pattern.replaceAll(/\$\w+/g, '[^/]+')}$`)
  expect(known.length).toBeGreaterThan(5)
  expect(known.filter((pattern) => !paths.some((path) => fits(pattern).test(path)))).toEqual([])
  expect(new Set(pageStates.map(({ name }) => name)).size).toBe(pageStates.length)
})

describe.for(pageStates)('$name', (state) => {
  test('(h) (i) (l) wide, light and then dark: axe finds nothing, the policy reports nothing, and it loads fast', async () => {
    await using tab = await visit(browser, dist, { colorScheme: 'light', viewport: WIDE })
    const loaded = new Set<string>()
    tab.page.on('request', (request) => loaded.add(basename(new URL(request.url()).pathname)))
    const bytes = (kind: RegExp) =>
      [...loaded].reduce((sum, name) => sum + (kind.test(name) ? (sizes.get(name) ?? 0) : 0), 0)
    await show(tab, state)
    expect(bytes(/./)).toBeLessThanOrEqual(FIRST_LOAD_BYTES_MAX)
    expect(bytes(/\.css$/)).toBeLessThanOrEqual(CSS_BYTES_MAX)
    expect(bytes(/\.css$/)).toBeGreaterThan(0)
    expect(await violations(tab.page)).toEqual([])
    await picture(tab.page, 'light', state)
    // The other theme is there without a reload; its structure is the same, so only its colours are new.
    await tab.page.emulateMedia({ colorScheme: 'dark' })
    expect(await violations(tab.page, CONTRAST)).toEqual([])
    if (!state.state) await picture(tab.page, 'dark', state)
    expect(tab.wrongs).toEqual([])
  })
})

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
