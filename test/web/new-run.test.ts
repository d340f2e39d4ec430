/** A Run that is started from the list, step by step, with the keyboard and with the mouse. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { focusedText, startBrowsing, tabTo, violations, visit } from './browse.ts'
import * as story from './fixtures.ts'
import { connect, newRunDialog, newRunWorld } from './new-run-states.ts'

const ASSIGN = '/api/repos/acme/shop/issues/101/assign-agent'

let browser: Browser
let dist: string
beforeAll(async () => ({ browser, dist } = await startBrowsing()))
afterAll(() => browser.close())

test('with the keyboard: name the repository, see where it works, name the issue, and land on the Run', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  Object.assign(server.world, newRunWorld())
  await tab.open('/runs')
  await tabTo(page, 'New run')
  await page.keyboard.press('Enter')
  const dialog = newRunDialog(page)
  const focused = dialog.locator('input:focus')
  await focused.waitFor()
  await page.keyboard.type('https://github.com/acme/shop/issues')
  await page.keyboard.press('Enter')
  await dialog.getByRole('status').getByText('Connected to acme/shop. Its default branch is main.').waitFor()
  await dialog.getByText('1 permission is missing.').waitFor()

  await page.keyboard.press('Control+Enter')
  await expect.poll(() => focusedText(page)).toBe('Step 2 of 3: Sandbox and workflow')
  expect(await dialog.getByRole('radio').count()).toBe(6)
  expect(await dialog.getByRole('radio', { disabled: false }).count()).toBe(2)
  expect(await dialog.getByRole('radio', { name: 'Local' }).isChecked()).toBe(true)
  expect(await dialog.getByRole('radio', { name: 'Change' }).isChecked()).toBe(true)
  expect(await dialog.getByRole('radio', { name: 'Plan' }).isDisabled()).toBe(true)

  await page.keyboard.press('Control+Enter')
  await expect.poll(() => focusedText(page)).toBe('Step 3 of 3: Issue and instructions')
  await dialog.getByRole('combobox', { name: 'Open issues' }).waitFor()
  await page.keyboard.press('Control+Enter')
  await dialog.getByText('Choose an issue or type its number.').waitFor()
  await focused.waitFor()
  await page.keyboard.type('#101')
  await expect.poll(() => dialog.getByRole('combobox', { name: 'Open issues' }).inputValue()).toBe('101')
  await page.keyboard.press('Tab')
  await page.keyboard.type('Keep the public API.')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Space')
  await expect.poll(() => dialog.getByRole('checkbox', { name: 'Dry run' }).isChecked()).toBe(true)
  await page.keyboard.press('Control+Enter')

  await page.waitForURL(`**/runs/${story.RUN_ID}`)
  await expect.poll(() => page.title()).toBe('Queued · Add CSV export to orders · shop#101')
  await expect.poll(() => focusedText(page)).toBe('Add CSV export to orders')
  await page.getByRole('status').getByText('Run queued.').waitFor({ state: 'attached' })
  const [verify, assign] = server.world.posts
  expect(verify).toMatchObject({ path: '/api/repos/acme/shop/verify', body: {} })
  expect(assign).toMatchObject({
    path: ASSIGN,
    body: { agent: 'stub', instructions: 'Keep the public API.', dryRun: true },
  })
  expect(assign?.headers['idempotency-key']).toMatch(/^[0-9a-f]{32}$/)
  expect(tab.wrongs).toEqual([])
})

test('a repository that does not exist says so, nothing goes on without one, and Escape gives the focus back', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  Object.assign(server.world, newRunWorld())
  await tab.open('/runs')
  await page.getByRole('button', { name: 'New run' }).click()
  const dialog = newRunDialog(page)
  const field = dialog.getByRole('textbox', { name: 'Repository' })
  await field.fill('no repository')
  await field.press('Enter')
  await dialog.getByText('Type owner/name or an address on GitHub.').waitFor()
  expect(server.world.posts).toEqual([])

  await field.fill('acme/hidden')
  await field.press('Enter')
  const refusal = 'acme/hidden does not exist, the App is not installed there, or you may not read it.'
  await dialog.getByRole('alert').getByText(refusal).waitFor()
  await dialog.getByRole('button', { name: 'Next' }).click()
  await dialog.getByText('Verify the repository first.').waitFor()
  await dialog.getByText('Step 1 of 3: Repository').waitFor()
  expect(await violations(page)).toEqual([])

  // Another one is another question, and its answer does not stand for a third.
  await connect(page)
  expect(await dialog.getByText(refusal).count()).toBe(0)
  await field.fill('acme/other')
  expect(await dialog.getByText('Connected to acme/shop.').count()).toBe(0)
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  await expect.poll(() => focusedText(page)).toBe('New run')
  expect(tab.wrongs).toEqual([])
})

test('a refusal is shown in the dialog and loses nothing: the same press is repeated under the same key', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  Object.assign(server.world, newRunWorld())
  server.world.failing.set(ASSIGN, 'unavailable')
  await tab.open('/runs')
  await page.getByRole('button', { name: 'New run' }).click()
  const dialog = newRunDialog(page)
  const press = (name: string) => dialog.getByRole('button', { name, exact: true }).click()
  await connect(page)
  await press('Next')
  await press('Next')
  await dialog.getByRole('combobox', { name: 'Open issues' }).selectOption({ label: '#101 Add CSV export to orders' })
  const instructions = dialog.getByRole('textbox', { name: 'Instructions (optional)' })
  await instructions.fill('Keep the public API.')
  await press('Start run')
  await dialog.getByRole('alert').getByText('No run was started.').waitFor()
  await dialog.getByText('Reference 7f3a91c2').waitFor()
  expect(await violations(page)).toEqual([])

  // There and back again.
  await press('Back')
  await press('Back')
  expect(await dialog.getByRole('textbox', { name: 'Repository' }).inputValue()).toBe('acme/shop')
  await press('Next')
  await press('Next')
  expect(await dialog.getByRole('textbox', { name: 'Issue number' }).inputValue()).toBe('101')
  expect(await instructions.inputValue()).toBe('Keep the public API.')
  server.world.failing.delete(ASSIGN)
  await press('Start run')
  await page.waitForURL(`**/runs/${story.RUN_ID}`)
  const assigned = server.world.posts.filter(({ path }) => path === ASSIGN)
  const body = { agent: 'stub', instructions: 'Keep the public API.' }
  expect(assigned.map((post) => post.body)).toEqual([body, body])
  expect(new Set(assigned.map((post) => post.headers['idempotency-key'])).size).toBe(1)
  expect(tab.wrongs).toEqual([])
})
