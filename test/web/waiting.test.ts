/** A Run that waits for its turn: the pages say for what, follow it live, and have it looked at when somebody asks. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { startBrowsing, violations, visit } from './browse.ts'
import * as story from './fixtures.ts'
import { blockedRun, blockers } from './waiting-states.ts'

const ISSUE = '/repos/acme/shop/issues/101'
const ADVANCE = `/api/runs/${story.RUN_ID}/advance`
const refusal = 'You can read shop, but advancing this run needs write access.'

let browser: Browser
let dist: string
beforeAll(async () => ({ browser, dist } = await startBrowsing()))
afterAll(() => browser.close())

async function openIssue() {
  const tab = await visit(browser, dist)
  const { world } = tab.server
  world.runs = [blockedRun]
  world.issue = story.makeIssue({ runs: [blockedRun], blockedBy: blockers })
  await tab.open(ISSUE)
  const { page } = tab
  const region = page.getByRole('region', { name: 'Blocked by' })
  const said = () => region.getByRole('listitem').allTextContents()
  return { ...tab, region, said }
}

test('an issue names what blocks it and how far that is, until the run has its turn', async () => {
  await using tab = await openIssue()
  const { page, server, region, said } = tab
  expect(await said()).toEqual(['#100Running', '#103Open', '#99Closed'])
  expect(await page.getByRole('link', { name: '#100', exact: true }).getAttribute('href')).toBe(
    '/repos/acme/shop/issues/100',
  )
  await expect.poll(() => server.openStreams()).toBe(1)
  const about = { number: 103, title: 'Part 103', url: 'https://github.com/acme/shop/issues/103' }
  server.push('run.requested', story.makeRun({ id: 'r_8k2f0q7w3w', issue: about }))
  await expect.poll(said).toEqual(['#100Running', '#103Queued', '#99Closed'])
  server.push('run.waits', story.makeRun({ waitingFor: { issues: [103], position: null }, seq: 5 }))
  await expect.poll(said).toEqual(['#100Closed', '#103Queued', '#99Closed'])
  await region.getByText('(this one starts when it is done)').waitFor()
  server.push('run.waits', story.makeRun({ waitingFor: { issues: [], position: 2 }, seq: 6 }))
  await page.getByText('Queued (2nd)').waitFor()
  expect(await region.getByText('starts when').count()).toBe(0)
  server.push('run.started', story.runningRun({ seq: 9 }))
  await page.getByText('Step 4 of 6: Agent working').waitFor()
  expect(await page.getByRole('button', { name: 'Advance' }).count()).toBe(0)
  expect(await violations(page)).toEqual([])
  expect(tab.wrongs).toEqual([])
})

test('Advance has a run looked at now; what still holds it back is shown', async () => {
  await using tab = await openIssue()
  const { page, server } = tab
  const advance = page.getByRole('button', { name: 'Advance' })
  server.world.failing.set(ADVANCE, 'not_allowed_now')
  await advance.click()
  await page.getByRole('alert').getByText('The run cannot go on yet.').waitFor()
  expect(await violations(page)).toEqual([])
  server.world.failing.clear()
  server.world.orders.set(ADVANCE, () => story.makeRun({ seq: 7 }))
  await advance.click()
  await page.locator('[role="status"]').getByText('The run is looked at now.').waitFor({ state: 'attached' })
  await advance.waitFor({ state: 'detached' })
  expect(server.world.posts.map(({ path }) => path)).toEqual([ADVANCE, ADVANCE])
})

test('whoever may only cancel a run is told why it is not theirs to advance', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.actions = { ...story.runActions('read'), cancel: { allowed: true, why: null } }
  server.world.runs = [blockedRun]
  await tab.open(`/runs/${story.RUN_ID}`)
  await page.getByText('Waiting for #100, #103. It starts by itself when they are closed.').waitFor()
  await page.getByText(refusal).waitFor()
  const advance = page.getByRole('button', { name: 'Advance' })
  expect(await advance.getAttribute('aria-describedby')).toBe(`refusal-${story.RUN_ID}`)
  await advance.click()
  expect(server.world.posts).toEqual([])
  expect(await violations(page)).toEqual([])
})
