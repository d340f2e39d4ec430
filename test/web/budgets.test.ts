/** What a visitor downloads, measured over the built files as they go over the wire (gzip). Pages are weighed one by one in pages.test.ts. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { ensureWebBuilt } from '../stack/web-build.ts'
import { assetSizes, FIRST_LOAD_BYTES_MAX, KB } from './asset-sizes.ts'

const CHUNK_BYTES_MAX = 120 * KB
/** Of all pages together, which nobody loads at once: it shows when a library's styles slip in. */
const CSS_BYTES_MAX = 48 * KB
/** Themes for the few who choose them, each in a file of its own (surfaces.md 2.9). */
const EXTRA_THEME = /^(?:light|dark)-(?:high-contrast|colorblind|tritanopia)-/
const EXTRA_THEME_BYTES_MAX = 6 * KB

test('(l) the frame, every lazy chunk and all styles stay within their budgets, and nothing in them is what the policy refuses', async () => {
  const dist = await ensureWebBuilt(join(import.meta.dirname, '../..'))
  const html = await readFile(join(dist, 'index.html'), 'utf8')
  const sizes = await assetSizes(dist)
  const assets = [...sizes.keys()]
  const total = (names: readonly string[]) => names.reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0)
  const lazy = assets.filter((name) => !html.includes(name))

  const frame = total(assets.filter((name) => html.includes(name)))
  expect(frame).toBeGreaterThan(0)
  expect(frame).toBeLessThanOrEqual(FIRST_LOAD_BYTES_MAX)
  const styles = assets.filter((name) => name.endsWith('.css'))
  const extra = styles.filter((name) => EXTRA_THEME.test(name))
  expect(total(styles) - total(extra)).toBeLessThanOrEqual(CSS_BYTES_MAX)
  expect(extra).toHaveLength(6)
  for (const name of extra) {
    expect(sizes.get(name), name).toBeLessThanOrEqual(EXTRA_THEME_BYTES_MAX)
    expect(html).not.toContain(name)
  }
  expect(lazy.length).toBeGreaterThan(0)
  for (const name of lazy) expect(sizes.get(name), name).toBeLessThanOrEqual(CHUNK_BYTES_MAX)

  expect(html).not.toMatch(/<style|style="|<script(?![^>]*\ssrc=)|\son\w+=/)
  expect(assets.every((name) => /-[\w-]{8}\.(js|css)$/.test(name))).toBe(true)
})

test('every token of the theme that a shipped file reads is shipped with it', async () => {
  const dist = await ensureWebBuilt(join(import.meta.dirname, '../..'))
  const theme = join(import.meta.dirname, '../../node_modules/@primer/primitives/dist/css')
  const names = (await readdir(join(dist, 'assets'))).filter((name) => /\.(css|js)$/.test(name))
  const built = await Promise.all(names.map((name) => readFile(join(dist, 'assets', name), 'utf8')))
  const tokens = await Promise.all(
    ['primitives.css', 'functional/themes/light.css'].map((file) => readFile(join(theme, file), 'utf8')),
  )
  const declared = (text: string) => new Set([...text.matchAll(/(--[\w-]+)\s*:/g)].map(([, name]) => name))
  const [known, shipped] = [declared(tokens.join('')), declared(built.join(''))]
  const read = new Set([...built.join('').matchAll(/var\(\s*(--[\w-]+)/g)].map(([, name]) => name))
  const missing = [...read].filter((name) => known.has(name) && !shipped.has(name))
  expect(known.size).toBeGreaterThan(500)
  expect(missing, 'take the component out of `unshipped` in web/vite.config.ts').toEqual([])
})
