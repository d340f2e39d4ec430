/** A page of the table in one of its states. */
import { expect } from 'vitest'

import type { visit } from './browse.ts'
import type { PageState } from './routes.ts'

/** What the other theme can only differ in. */
export const CONTRAST = ['color-contrast', 'link-in-text-block']

/** Opens the page in its state and waits for everything that stands on it. */
export async function show(
  tab: Awaited<ReturnType<typeof visit>>,
  { path, world, title, shows, press, act }: PageState,
) {
  Object.assign(tab.server.world, world)
  await tab.open(path)
  if (press !== undefined) await tab.page.getByRole('button', { name: press }).first().click()
  await act?.(tab)
  for (const text of shows) await tab.page.getByText(text).filter({ visible: true }).first().waitFor()
  expect(await tab.page.title()).toBe(title)
  // A dialog has a title of its own.
  expect(await tab.page.locator('main h1:not([role$="dialog"] h1)').count()).toBe(1)
}
