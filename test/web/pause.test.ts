/** Pausing, resuming and cancelling a Run on its page, with the keyboard alone and as the server tells it. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { startBrowsing, visit } from './browse.ts'
import * as story from './fixtures.ts'

let browser: Browser
let dist: string
beforeAll(async () => {
  ;({ browser, dist } = await startBrowsing())
})
afterAll(() => browser.close())

test('p pauses a Run that works; the page says so, and p resumes it', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [story.runningRun()]
  await tab.open(`/runs/${story.RUN_ID}`)
  await page.getByRole('button', { name: 'Pause', exact: true }).waitFor()
  await page.keyboard.press('p')
  await page.getByRole('button', { name: 'Pausing…' }).waitFor()
  expect(await page.getByRole('button', { name: 'Pause', exact: true }).count()).toBe(0)

  server.push('workflow.step.completed', story.pausedRun())
  await page.getByText('Paused by octocat').waitFor()
  await page.getByRole('button', { name: 'Resume', exact: true }).waitFor()
  await page.keyboard.press('p')
  await page.getByRole('button', { name: 'Pause', exact: true }).waitFor()
  expect(server.world.posts.map(({ path }) => path)).toEqual([
    `/api/runs/${story.RUN_ID}/pause`,
    `/api/runs/${story.RUN_ID}/resume`,
  ])
  expect(tab.wrongs).toEqual([])
})

test('what has no checkpoint any more offers no pause', async () => {
  await using tab = await visit(browser, dist)
  tab.server.world.runs = [story.runningRun({ phase: 'publishing' })]
  await tab.open(`/runs/${story.RUN_ID}`)
  await tab.page.getByRole('button', { name: 'Cancel run…' }).waitFor()
  expect(await tab.page.getByRole('button', { name: 'Pause', exact: true }).count()).toBe(0)
})

test('a Run that is being cancelled says so and for how long, and its button and key do nothing more', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  const askedAt = new Date().toISOString()
  server.world.runs = [story.runningRun({ seq: 12, cancelRequested: true, phase: 'cancelling' })]
  server.world.ledger = [...story.makeLedger(11), story.ledgerEvent(12, 'run.cancel_requested', askedAt, 'octocat')]
  await tab.open(`/runs/${story.RUN_ID}`)
  const status = page.locator('[data-status="running"]')
  await expect.poll(() => status.textContent()).toBe('Cancelling…')
  const since = page.locator('[data-status="running"] + span')
  await expect.poll(() => since.textContent()).toMatch(/^Cancel asked for (\d+m )?\d+s$/)
  await page.getByRole('button', { name: 'Cancelling…' }).click()
  await page.keyboard.press('c')
  expect(await page.getByRole('alertdialog').count()).toBe(0)
  expect(server.world.posts).toEqual([])
  expect(tab.wrongs).toEqual([])
})
