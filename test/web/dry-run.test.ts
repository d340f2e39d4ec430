/** A dry run on the pages: asked for by a box, told apart by a word, and what it would have written is shown. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { startBrowsing, violations, visit } from './browse.ts'
import * as story from './fixtures.ts'

const RUN = `/runs/${story.RUN_ID}`

let browser: Browser
let dist: string
beforeAll(async () => ({ browser, dist } = await startBrowsing()))
afterAll(() => browser.close())

test('on the issue page the box asks for it, and is gone while that Run is live', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  await tab.open('/repos/acme/shop/issues/101')
  const box = page.getByRole('checkbox', { name: 'Dry run' })
  await box.check()
  await page.getByText('Everything but the push: no branch and no pull request.').waitFor()
  expect(await violations(page)).toEqual([])
  await page.getByRole('button', { name: 'Assign to Agent' }).click()
  await page.locator(`[data-run="${story.RUN_ID}"]`).waitFor()
  expect(server.world.posts.map((post) => post.body)).toEqual([{ agent: 'stub', dryRun: true }])
  // While that Run is live there is nothing to choose.
  await expect.poll(() => box.count()).toBe(0)
  expect(tab.wrongs).toEqual([])
})

test('the run page says that it was one, that nothing was opened, and what would have been written', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  const unpublished = { branch: null, pullRequest: null, dryRun: true }
  server.world.runs = [story.succeededRun({ seq: 17, ...unpublished })]
  const opened = new Set(['branch.published', 'pull_request.opened'])
  server.world.ledger = story
    .makeLedger()
    .filter(({ type }) => !opened.has(type))
    .map((event) => (event.type === 'run.succeeded' ? { ...event, data: { reason: 'dry_run' } } : event))
  const hostile = '<img src=x onerror="document.title = 1">'
  const wouldOpen = { title: `Add CSV export ${hostile} (#101)`, body: `Closes #101\n\n> ${hostile}`, draft: false }
  server.world.answers = {
    [`/api${RUN}/changes`]: { ...story.changes, from: 'proposal', url: null, wouldOpen },
  }
  await tab.open(RUN)
  await page.getByText('Dry run', { exact: true }).waitFor()
  const step = page.getByRole('listitem').filter({ hasText: 'Open pull request' })
  await step.getByText('Not reached').first().waitFor()
  await page.keyboard.press('3')
  await page.getByText('A dry run: this would have been written.').waitFor()
  expect(await page.getByText('Not published yet. The diff').count()).toBe(0)
  await page.getByRole('navigation', { name: 'Changed files' }).getByText('export.ts').waitFor()
  await page.getByRole('region', { name: 'Diff of README.md' }).getByText('Sells things, and tells').waitFor()
  await page.getByText('Pull request that would have been opened').click()
  await page.getByText(wouldOpen.title).waitFor()
  await page.getByText(`> ${hostile}`).waitFor()
  expect(await violations(page)).toEqual([])
  expect(tab.wrongs).toEqual([])
})
