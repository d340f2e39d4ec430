/** The dashboard against the real app: sign in, assign, watch, cancel, read why it failed, with the keyboard alone. */
import type { Page } from 'playwright-core'
import { expect, onTestFinished, test } from 'vitest'

import { openStage } from '../support/scenario.ts'
import { launchBrowser } from '../stack/browser.ts'
import { ensureWebBuilt } from '../stack/web-build.ts'
import { REPOSITORY, ROOT } from '../stack/world.ts'
import { focusedText, openTab, tabTo, violations } from '../web/browse.ts'

const RUN_ENDS_MS_MAX = 90_000
/** Long enough to be cancelled on the busiest machine; the cancel ends it at once. */
const SLOW = 'stub: slow 30000'
/** Long enough for each state on the way to be seen. */
const STEADY = 'stub: slow 1500'

test('(j) a person signs in with GitHub, assigns, follows to the pull request and cancels with the keyboard alone', async () => {
  const [webRoot, browser] = await Promise.all([ensureWebBuilt(ROOT), launchBrowser()])
  onTestFinished(() => browser.close())
  const { world, runsOf } = await openStage({ webRoot })
  const tab = await openTab(browser, world.appUrl)
  onTestFinished(() => tab[Symbol.asyncDispose]())
  const { page } = tab
  const done = world.openIssue()
  const stopped = world.openIssue('Show prices with the right currency', 'Prices have no currency sign.')
  const broken = world.openIssue('Send a receipt by mail', 'Nobody gets one.')

  // Whoever follows a link without being signed in comes back to it.
  await tab.open(pathOf(done))
  await tabTo(page, 'Sign in with GitHub')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Account menu of octocat' }).waitFor()
  expect(page.url()).toBe(`${world.appUrl}${pathOf(done)}`)

  // Until the badge was seen, because a machine of GitHub's may be there at once.
  world.runner.hold()
  await assign(page, STEADY)
  const badge = page.locator('[data-run]')
  await badge.getByText('Queued').waitFor()
  world.runner.release()
  await badge.getByText('Running').waitFor()
  await badge.getByText('Succeeded').waitFor({ timeout: RUN_ENDS_MS_MAX })
  const [run] = await runsOf(done)
  const pull = badge.getByRole('link', { name: `Pull request #${run!.pullRequest!.number}` })
  expect(await pull.getAttribute('href')).toBe(`${world.github.url}/${REPOSITORY}/pull/${run!.pullRequest!.number}`)
  await expectClean(page)

  // The Run's own page, its log and its ledger.
  await tabTo(page, 'Open the run')
  await page.keyboard.press('Enter')
  await page.waitForURL(`${world.appUrl}/runs/${run!.id}`)
  await expect.poll(() => focusedText(page)).toBe('Add CSV export to orders')
  await page.getByText('1 commit · 1 file').waitFor()
  await expectClean(page)
  await page.keyboard.press('2')
  await page.getByRole('log').getByText('Issue #').waitFor()
  await expectClean(page)
  await page.keyboard.press('7')
  await page.getByText('run.succeeded').waitFor()
  await expectClean(page)

  await tab.open(pathOf(stopped))
  await assign(page, SLOW)
  await badge.getByText('Step 1 of 3: Read the issue').waitFor({ timeout: RUN_ENDS_MS_MAX })
  await tabTo(page, 'Cancel run…')
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('alertdialog', { name: 'Cancel this run?' })
  await expect.poll(() => focusedText(page)).toBe('Keep running')
  await expectClean(page)
  await page.keyboard.press('Control+Enter')
  await dialog.waitFor({ state: 'detached' })
  // What stands there in between may be over before anybody sees it; its page is looked at in test/web.
  await badge.getByText('Cancelled').waitFor({ timeout: RUN_ENDS_MS_MAX })

  await tab.open(pathOf(broken))
  await assign(page, 'stub: fail')
  await badge.getByText('Failed').waitFor({ timeout: RUN_ENDS_MS_MAX })
  const [failed] = await runsOf(broken)
  await page.getByText(failed!.reason!.cause).first().waitFor()
  await page.getByText(failed!.reason!.remedy).first().waitFor()
  await expectClean(page)

  await tab.open('/runs')
  for (const word of ['Succeeded', 'Cancelled', 'Failed']) await page.getByRole('cell', { name: word }).waitFor()
  await expectClean(page)
  expect(tab.wrongs).toEqual([])
  expect(world.github.violations()).toEqual([])
})

const pathOf = (issue: number): string => `/repos/${REPOSITORY}/issues/${issue}`

async function assign(page: Page, instructions: string): Promise<void> {
  await tabTo(page, 'Add instructions')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  await page.keyboard.type(instructions)
  await page.getByRole('button', { name: 'Assign to Agent' }).waitFor()
  await tabTo(page, 'Assign to Agent')
  await page.keyboard.press('Enter')
}

/** All rules in one theme; the other can only differ in its colours. */
async function expectClean(page: Page): Promise<void> {
  expect(await violations(page), `axe on ${page.url()}`).toEqual([])
  await page.emulateMedia({ colorScheme: 'dark' })
  expect(await violations(page, ['color-contrast', 'link-in-text-block']), `dark ${page.url()}`).toEqual([])
  await page.emulateMedia({ colorScheme: 'light' })
}
