/** What a visitor downloads, measured over the built files as they go over the wire (gzip). */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

import { expect, test } from 'vitest'

import { ensureWebBuilt } from '../stack/web-build.ts'

const KB = 1_000
const FIRST_LOAD_BYTES_MAX = 300 * KB
const CHUNK_BYTES_MAX = 120 * KB
const CSS_BYTES_MAX = 40 * KB

test('the dashboard stays within its budgets and needs nothing that the CSP refuses', async () => {
  const dist = await ensureWebBuilt(join(import.meta.dirname, '../..'))
  const html = await readFile(join(dist, 'index.html'), 'utf8')
  const assets = await readdir(join(dist, 'assets'))
  const sizes = new Map<string, number>()
  for (const name of assets) sizes.set(name, gzipSync(await readFile(join(dist, 'assets', name))).length)
  const total = (names: readonly string[]) => names.reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0)
  const lazy = assets.filter((name) => !html.includes(name))

  // The first page needs one lazy page on top of what the HTML names; counting all of them keeps an honest margin.
  expect(total(assets)).toBeLessThanOrEqual(FIRST_LOAD_BYTES_MAX)
  expect(total(assets.filter((name) => name.endsWith('.css')))).toBeLessThanOrEqual(CSS_BYTES_MAX)
  expect(lazy.length).toBeGreaterThan(0)
  for (const name of lazy) expect(sizes.get(name)).toBeLessThanOrEqual(CHUNK_BYTES_MAX)

  expect(html).not.toMatch(/<style|style="|<script(?![^>]*\ssrc=)|\son\w+=/)
  expect(assets.every((name) => /-[\w-]{8}\.(js|css)$/.test(name))).toBe(true)
})
