/** A page of the table in one of its states. */
import { expect } from 'vitest'

import type { Visit } from './browse.ts'
import { newWorld } from './fixture-server.ts'
import type { PageState } from './routes.ts'

/** What the other theme can only differ in. */
export const CONTRAST = ['color-contrast', 'link-in-text-block']

/** Opens the page in its state and waits for everything that stands on it. */
export async function show(tab: Visit, state: PageState): Promise<void> {
  const { path, world, press, act } = state
  Object.assign(tab.server.world, newWorld(), world)
  // It may be shown for the second time, after what was done to it.
  await tab.page.context().setOffline(false)
  await tab.open(path)
  if (press !== undefined) await tab.page.getByRole('button', { name: press }).first().click()
  await act?.(tab)
  await find(tab, state)
}

/** Waits for everything that stands on the page in this state. */
export async function find(tab: Visit, { title, shows }: PageState): Promise<void> {
  for (const text of shows) await tab.page.getByText(text).filter({ visible: true }).first().waitFor()
  expect(await tab.page.title()).toBe(title)
  // A dialog has a title of its own.
  expect(await tab.page.locator('main h1:not([role$="dialog"] h1)').count()).toBe(1)
}
