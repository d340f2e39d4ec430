/** Every page in its states at 320 px: (h) no axe violation in both themes, (i) no policy report, and nothing sideways. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { sidewaysPx, startBrowsing, violations, visit } from './browse.ts'
import { CONTRAST, show } from './page-state.ts'
import { pageStates } from './routes.ts'

let browser: Browser
let dist: string
beforeAll(async () => {
  ;({ browser, dist } = await startBrowsing())
})
afterAll(() => browser.close())

describe.for(pageStates)('$name', (state) => {
  test('(h) (i) at 320 px, dark: the same, and nothing has to be scrolled sideways', async () => {
    await using tab = await visit(browser, dist, { colorScheme: 'dark', viewport: { width: 320, height: 720 } })
    await show(tab, state)
    expect(await violations(tab.page)).toEqual([])
    await tab.page.emulateMedia({ colorScheme: 'light' })
    expect(await violations(tab.page, CONTRAST)).toEqual([])
    expect(await sidewaysPx(tab.page)).toBe(0)
    expect(tab.wrongs).toEqual([])
  })
})
