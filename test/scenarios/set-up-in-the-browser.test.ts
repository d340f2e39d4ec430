/** Set-up as a person does it in Chromium: from the line of the log over GitHub's pages to the first pull request. */
import { expect, onTestFinished, test } from 'vitest'

import type { RunList } from '../../app/contracts/api.ts'
import { launchBrowser } from '../stack/browser.ts'
import { ensureWebBuilt } from '../stack/web-build.ts'
import { REPOSITORY, ROOT } from '../stack/world.ts'
import { openSetUpWorld, tokenOf } from '../support/set-up.ts'
import { openTab, violations } from '../web/browse.ts'

const STEP_MS_MAX = 30_000

test('a person sets Deckhand up, installs the App and gets a pull request, without a restart', async () => {
  const [, browser] = await Promise.all([ensureWebBuilt(ROOT), launchBrowser()])
  onTestFinished(() => browser.close())
  const stage = await openSetUpWorld()
  const { world } = stage
  const replica = await stage.start()
  const tab = await openTab(browser, world.appUrl)
  onTestFinished(() => tab[Symbol.asyncDispose]())
  const { page } = tab
  page.setDefaultTimeout(STEP_MS_MAX)

  // Whoever comes without the token sees that it is needed.
  await tab.open('/runs')
  expect(new URL(page.url()).pathname).toBe('/setup')
  await page.getByText('Its log has a line setup_needed').waitFor()
  const token = await tokenOf(replica)
  await tab.open(`/setup?token=${token}`)
  await page.getByText('Reachable from this machine only.').waitFor()
  expect(page.url()).not.toContain('token')
  expect(await violations(page)).toEqual([])

  // A name that is taken is told before the person leaves.
  const name = page.getByLabel('Name of the App')
  await name.fill('GitHub Actions')
  await page.getByRole('button', { name: 'Create on' }).click()
  await page.getByText('Choose another name.').waitFor()
  await name.fill('Acme agents')
  await page.getByLabel('Show me the values once').check()
  await page.getByRole('button', { name: 'Create on' }).click()

  // GitHub's own page, and back with a code.
  await page.getByRole('button', { name: 'Create GitHub App for octocat' }).click()
  await page.getByText('Acme agents is there.').waitFor()
  const values = await page.getByLabel('Settings for the environment').inputValue()
  expect(values).toContain(`APP_ID=${world.github.app.id}\n`)
  expect(values).toContain('ADMINS=octocat')
  await page.getByText('Deckhand is running.').waitFor()
  expect(await violations(page)).toEqual([])

  await page.getByRole('link', { name: 'Choose repositories' }).click()
  await page.getByRole('button', { name: 'Install on acme' }).click()
  await page.getByRole('link', { name: 'Sign in with GitHub' }).click()
  await page.getByRole('button', { name: 'Account menu of octocat' }).waitFor()
  expect(new URL(page.url()).pathname).toBe('/admin/checks')
  await page.getByText(/GitHub’s \w+ arrived in|look again/).waitFor()
  await page.getByText('Everything that app.yml asks for is granted.').waitFor()
  await page.getByText('deckhand.yml is in acme/shop.').waitFor()
  expect(await violations(page)).toEqual([])

  const issue = world.openIssue()
  world.comment(issue, '/assign-agent')
  const run = async () => {
    const headers = { authorization: `Bearer ${world.apiToken}` }
    const answer = await fetch(`${world.appUrl}/api/runs?repository=${REPOSITORY}&issue=${issue}`, { headers })
    return answer.ok ? ((await answer.json()) as RunList).runs[0] : undefined
  }
  await expect.poll(async () => (await run())?.status, { timeout: 120_000 }).toBe('succeeded')

  // Set-up is gone, for programs and for people.
  expect((await fetch(`${world.appUrl}/setup`, { headers: { accept: 'text/html' } })).status).toBe(404)
  await tab.open('/setup')
  await page.getByText('Deckhand is set up already.').waitFor()
  expect(tab.wrongs).toEqual([])
})
