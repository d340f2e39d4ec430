/** The page of a Run for somebody who may read it only: each button is there, refuses, and says why. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { startBrowsing, violations, visit } from './browse.ts'
import * as story from './fixtures.ts'

let browser: Browser
let dist: string
beforeAll(async () => {
  ;({ browser, dist } = await startBrowsing())
})
afterAll(() => browser.close())

const WHY = /^You can read shop, but (cancelling|pausing|retrying) this run needs write access\.$/

test.each([
  ['works', story.runningRun(), ['Pause', 'Cancel run…'], 'pc'],
  ['stands paused', story.pausedRun(), ['Resume', 'Cancel run…'], 'pc'],
  ['failed', story.failedRun(), ['Retry…'], 'r'],
])('a Run that %s: neither its buttons nor their keys do anything', async (_, run, names, keys) => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [run]
  server.world.actions = story.runActions('read')
  await tab.open(`/runs/${story.RUN_ID}`)
  await page.getByText(WHY).waitFor()
  for (const name of names) {
    const button = page.getByRole('button', { name, exact: true })
    const describedBy = await button.getAttribute('aria-describedby')
    expect(await page.locator(`[id="${describedBy}"]`).textContent()).toMatch(WHY)
    await button.click()
  }
  for (const key of keys) await page.keyboard.press(key)
  expect(await page.getByRole('alertdialog').count()).toBe(0)
  expect(server.world.posts).toEqual([])
  expect(tab.wrongs).toEqual([])
})

test('somebody with write access sees no such sentence, and kills nothing', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [story.runningRun()]
  server.world.actions = story.runActions('write')
  await tab.open(`/runs/${story.RUN_ID}`)
  await page.getByRole('button', { name: 'Cancel run…' }).waitFor()
  expect(await page.getByText(WHY).count()).toBe(0)
  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByText('killing this run needs admin access').waitFor()
  expect(server.world.posts).toEqual([])
})

test('a Run that does not stop: who may not kill it is offered no kill, and reads why', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [story.runningRun({ seq: 12, cancelRequested: true, phase: 'cancelling' })]
  server.world.ledger = [
    ...story.makeLedger(11),
    story.ledgerEvent(12, 'run.cancel_requested', story.at(62_000), 'octocat', { by: 'octocat' }),
  ]
  server.world.actions = story.runActions('write')
  await tab.open(`/runs/${story.RUN_ID}`)
  const why = page.getByText('You can read shop, but killing this run needs admin access.')
  await why.waitFor()
  const kill = page.getByRole('button', { name: 'Kill sandbox…' })
  expect(await kill.getAttribute('aria-describedby')).toBe(await why.getAttribute('id'))
  expect(await violations(page)).toEqual([])
  await kill.click()
  expect(await page.getByRole('alertdialog').count()).toBe(0)
  expect(server.world.posts).toEqual([])
  expect(tab.wrongs).toEqual([])
})
