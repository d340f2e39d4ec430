/** Every address of the dashboard is looked at, in its states: one half of them here, so that two halves go side by side. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { lookAtPages } from './look-at-pages.ts'
import { pageStates } from './routes.ts'

const ROOT = join(import.meta.dirname, '../..')

test('(h) every address that the router knows is in the table, and each name is there once', async () => {
  const router = await readFile(join(ROOT, 'web/src/router.tsx'), 'utf8')
  const known = [...router.matchAll(/\bpath: '([^']+)'/g)].map(([, path]) => path!)
  const paths = pageStates.map(({ path }) => path.split(/[?#]/, 1)[0]!)
  const fits = (pattern: string) => new RegExp(`^${pattern.replaceAll(/\$\w+/g, '[^/]+')}$`)
  expect(known.length).toBeGreaterThan(5)
  expect(known.filter((pattern) => !paths.some((path) => fits(pattern).test(path)))).toEqual([])
  expect(new Set(pageStates.map(({ name }) => name)).size).toBe(pageStates.length)
})

lookAtPages(pageStates.filter((_, at) => at % 2 === 0))
