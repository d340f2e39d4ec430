/** From the issue to the pull request and to a cancel, with the keyboard alone. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { focusedText, startBrowsing, tabTo, violations, visit } from './browse.ts'
import * as story from './fixtures.ts'

const ISSUE = '/repos/acme/shop/issues/101'

let browser: Browser
let dist: string
beforeAll(async () => ({ browser, dist } = await startBrowsing()))
afterAll(() => browser.close())

test('assign with the keyboard, watch the badge become a pull request', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  await tab.open(ISSUE)
  await tabTo(page, 'Assign to Agent')
  await page.keyboard.press('Enter')

  const badge = page.locator(`[data-run="${story.RUN_ID}"]`)
  await badge.getByText('Queued').waitFor()
  const [post] = server.world.posts
  expect(post?.path).toBe('/api/repos/acme/shop/issues/101/assign-agent')
  expect(post?.body).toEqual({ agent: 'stub' })
  expect(post?.headers['content-type']).toBe('application/json')
  expect(post?.headers['idempotency-key']).toMatch(/^[0-9a-f]{32}$/)
  // The button that had the focus cannot be pressed any more; the focus is on what it started, not lost.
  await expect.poll(() => focusedText(page)).toContain('Queued')
  expect(await page.getByRole('button', { name: 'Assign to Agent' }).isDisabled()).toBe(true)
  await page.getByText(/already working on this issue/).waitFor()

  // While the page changes its topics, nothing may pass by.
  server.push('workflow.started', story.runningRun({ createdAt: new Date().toISOString() }))
  await badge.getByText('Running').waitFor()
  await badge.getByText('Step 4 of 6: Agent working').waitFor()
  server.push('workflow.completed', story.succeededRun())
  await badge.getByText('Succeeded').waitFor()
  expect(await badge.getByRole('link', { name: 'Pull request #207' }).getAttribute('href')).toBe(
    'https://github.com/acme/shop/pull/207',
  )
  expect(await page.title()).toBe('Succeeded · Add CSV export to orders · shop#101')
  expect(tab.wrongs).toEqual([])
})

test('cancel with the keyboard: the dialog says what stays, takes the focus and gives it back', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [story.runningRun({ seq: 11 })]
  server.world.ledger = story.makeLedger(11)
  await tab.open(`/runs/${story.RUN_ID}`)
  await tabTo(page, 'Cancel run…')
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('alertdialog')
  await dialog
    .getByText('The agent stops at the next checkpoint, usually within 10 s, and the sandbox is released.')
    .waitFor()
  expect(await violations(page)).toEqual([])
  await expect.poll(() => focusedText(page)).toBe('Keep running')
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  await expect.poll(() => focusedText(page)).toBe('Cancel run…')

  await page.keyboard.press('Enter')
  await dialog.getByLabel('Reason (optional)').fill('Wrong issue')
  await page.keyboard.press('Control+Enter')
  await page.getByText('Cancelling…').first().waitFor()
  // The button that opened the dialog is still there to take the focus back.
  await expect.poll(() => focusedText(page)).toBe('Cancelling…')
  await page.getByRole('status').getByText('Cancelling the run.').waitFor({ state: 'attached' })
  expect(server.world.posts.at(-1)).toMatchObject({
    path: `/api/runs/${story.RUN_ID}/cancel`,
    body: { reason: 'Wrong issue' },
  })
  await expect.poll(() => page.getByRole('button', { name: 'Cancel run…' }).count()).toBe(0)

  server.push('workflow.failed', story.cancelledRun({ seq: 13 }))
  await page.getByText('octocat cancelled the run.').waitFor()
  // What is code on GitHub is code here, without its ticks.
  await page.locator('[data-reason] code', { hasText: /^\/assign-agent$/ }).waitFor()
  expect(tab.wrongs).toEqual([])
})

test('killing the sandbox stands behind a menu and asks for a reason', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [story.runningRun({ seq: 11 })]
  server.world.ledger = story.makeLedger(11)
  await tab.open(`/runs/${story.RUN_ID}`)
  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: 'Kill sandbox…' }).click()
  const dialog = page.getByRole('alertdialog', { name: 'Stop this sandbox now?' })
  await dialog.getByText('Work that is not pushed is lost.').waitFor()
  await expect.poll(() => focusedText(page)).toBe('Keep running')
  await page.keyboard.press('Control+Enter')
  await dialog.getByText('Type a reason.', { exact: true }).waitFor()
  expect(await violations(page)).toEqual([])
  expect(server.world.posts).toEqual([])

  const path = `/api/runs/${story.RUN_ID}/kill`
  server.world.failing.set(path, 'forbidden')
  await dialog.getByLabel('Reason').fill('It mines coins.')
  await dialog.getByRole('button', { name: 'Kill sandbox' }).click()
  await dialog.getByText('The sandbox was not killed.').waitFor()
  server.world.failing.delete(path)
  await dialog.getByRole('button', { name: 'Kill sandbox' }).click()
  await dialog.waitFor({ state: 'detached' })
  expect(server.world.posts.at(-1)).toMatchObject({ path, body: { reason: 'It mines coins.' } })
  expect(tab.wrongs).toEqual([])
})

test('a refusal says why and loses nothing: the same press is repeated under the same key', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  await tab.open(ISSUE)
  await page.getByText('Add instructions').click()
  await page.getByLabel('Instructions (optional)').fill('Please keep the public API.')
  const path = '/api/repos/acme/shop/issues/101/assign-agent'
  server.world.failing.set(path, 'unavailable')
  await page.getByRole('button', { name: 'Assign to Agent' }).click()
  await page.getByRole('alert').getByText('No run was started.').waitFor()
  await page.getByText('Reference 7f3a91c2').waitFor()
  expect(await violations(page)).toEqual([])
  server.world.failing.delete(path)
  await page.getByLabel('Instructions (optional)').press('Control+Enter')
  await page.locator(`[data-run="${story.RUN_ID}"]`).waitFor()
  // What was sent is not there to be sent again.
  await expect.poll(() => page.getByLabel('Instructions (optional)').count()).toBe(0)
  const body = { agent: 'stub', instructions: 'Please keep the public API.' }
  expect(server.world.posts.map((post) => post.body)).toEqual([body, body])
  expect(new Set(server.world.posts.map((post) => post.headers['idempotency-key'])).size).toBe(1)
})

test('when the answer was lost and the run began all the same, the next press asks for another one', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  await tab.open(ISSUE)
  const assign = page.getByRole('button', { name: 'Assign to Agent' })
  server.world.failing.set('/api/repos/acme/shop/issues/101/assign-agent', 'unavailable')
  await assign.click()
  const alert = page.getByRole('alert').getByText('No run was started.')
  await alert.waitFor()
  await expect.poll(() => server.openStreams()).toBe(1)
  const begun = story.makeRun({ seq: 1, createdAt: new Date().toISOString() })
  server.world.issue = story.makeIssue({ runs: [begun] })
  server.push('run.requested', begun)
  await page.locator(`[data-run="${story.RUN_ID}"]`).waitFor()
  // What the press came to is told by the run now.
  await alert.waitFor({ state: 'detached' })
  server.push('run.failed', story.failedRun({ seq: 10 }))
  server.world.failing.clear()
  await assign.click()
  await expect.poll(() => server.world.posts.length).toBe(2)
  expect(new Set(server.world.posts.map((post) => post.headers['idempotency-key'])).size).toBe(2)
  expect(tab.wrongs).toEqual([])
})

test('the panel says agent and base before; what a live run forbids is said next to the button', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.answers['/api/repos/acme/shop'] = { defaultBranch: 'trunk' }
  server.world.issue = story.makeIssue({ agents: ['claude'] })
  await tab.open(ISSUE)
  await page.getByText('claude · base trunk').waitFor()
  const criteria = page.getByRole('list', { name: 'Acceptance criteria' }).getByRole('listitem')
  expect(await criteria.allTextContents()).toEqual([
    'To do: A button on the list of orders',
    'To do: UTF-8, separated by commas',
  ])

  const why = `Run ${story.RUN_ID} is already working on this issue. Cancel it first, or wait.`
  server.world.runs = [story.runningRun()]
  server.world.issue = story.makeIssue({ runs: server.world.runs, assign: { allowed: false, why } })
  await tab.open(ISSUE)
  const button = page.getByRole('button', { name: 'Assign to Agent' })
  expect(await button.isDisabled()).toBe(true)
  expect(await page.locator(`[id="${await button.getAttribute('aria-describedby')}"]`).textContent()).toBe(why)
  expect(await page.getByRole('combobox', { name: 'Agent' }).isDisabled()).toBe(true)
  await page.getByText('base trunk').waitFor()

  server.world.issue = story.makeIssue({ runs: [story.failedRun({ seq: 10 })] })
  server.push('run.failed', story.failedRun({ seq: 10 }))
  await expect.poll(() => button.isEnabled()).toBe(true)
  expect(tab.wrongs).toEqual([])
})

test('following a link moves the focus to the new page’s title; the skip link leads past the navigation', async () => {
  await using tab = await visit(browser, dist, { viewport: { width: 480, height: 800 } })
  const { page, server } = tab
  server.world.runs = [story.succeededRun({ seq: 17 })]
  server.world.ledger = story.makeLedger()
  await tab.open('/runs')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await expect.poll(() => page.evaluate<string>('document.activeElement.id')).toBe('main')
  await page.getByRole('link', { name: 'Add CSV export to orders' }).click()
  await expect.poll(() => focusedText(page)).toBe('Add CSV export to orders')
  // Under 768 px the navigation hides behind a button.
  const navigation = page.getByRole('navigation', { name: 'Main' })
  expect(await navigation.isVisible()).toBe(false)
  await page.getByRole('button', { name: 'Open menu' }).click()
  expect(await violations(page)).toEqual([])
  await navigation.getByRole('link', { name: 'Runs' }).click()
  await expect.poll(() => focusedText(page)).toBe('Runs')
  expect(tab.wrongs).toEqual([])
})

test('the menus open, say what they are, and sign out leads to the door', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [story.succeededRun({ seq: 17 })]
  server.world.ledger = story.makeLedger()
  await tab.open(`/runs/${story.RUN_ID}`)
  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: 'Copy link' }).waitFor()
  expect(await violations(page)).toEqual([])
  await page.keyboard.press('Escape')
  await page.getByRole('link', { name: 'Events' }).click()
  await page.getByText('pull_request.opened').click()
  await page.getByRole('region', { name: 'as JSON' }).getByText('"number": 207').waitFor()
  expect(await violations(page)).toEqual([])

  await page.getByRole('button', { name: 'Repository: acme/shop' }).click()
  await page.getByRole('menuitemradio', { name: 'acme/shop' }).waitFor()
  expect(await violations(page)).toEqual([])
  await page.getByRole('menuitemradio', { name: 'acme/shop' }).click()
  await page.waitForURL('**/runs?repository=acme%2Fshop')

  await page.getByRole('button', { name: 'Account menu of octocat' }).click()
  await page.getByText('Signed in as octocat').waitFor()
  expect(await violations(page)).toEqual([])
  server.world.session = { ...story.session, user: null }
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByRole('link', { name: 'Sign in with GitHub' }).waitFor()
  expect(server.world.posts.at(-1)?.path).toBe('/api/auth/logout')
  // Who wanted to leave is not asked to come back.
  expect(await page.getByRole('alertdialog').count()).toBe(0)
  expect(tab.wrongs).toEqual([])
})
