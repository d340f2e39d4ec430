/** The tabs of a Run beyond its log: what was made, what was said, where it works; their addresses and keys. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { focusedText, startBrowsing, violations, visit } from './browse.ts'
import * as story from './fixtures.ts'

const RUN = `/runs/${story.RUN_ID}`
const API = `/api${RUN}`

let browser: Browser
let dist: string
beforeAll(async () => ({ browser, dist } = await startBrowsing()))
afterAll(() => browser.close())

async function visitEnded(path: string) {
  const tab = await visit(browser, dist)
  tab.server.world.runs = [story.succeededRun({ seq: 17 })]
  tab.server.world.ledger = story.makeLedger()
  tab.server.world.answers = { [`${API}/changes`]: story.changes }
  await tab.open(path)
  return tab
}

test('changes: the tree leads to a file, its diff is inert text with line numbers, e and w open and close all', async () => {
  await using tab = await visitEnded(RUN)
  const { page } = tab
  await page.keyboard.press('3')
  const row = page.getByRole('row', { name: /Sells things, and tells of it as CSV/ })
  await row.waitFor()
  expect(await row.getByRole('cell').allTextContents()).toEqual(['', '2', '+Sells things, and tells of it as CSV.'])
  expect(await page.getByText('<img src=x onerror=').count()).toBe(1)
  expect(await page.getByText('renamed from src/rows.ts').isVisible()).toBe(true)
  expect(await page.getByRole('link', { name: /Compare on GitHub/ }).getAttribute('href')).toBe(story.changes.url)

  await page.keyboard.press('w')
  await expect.poll(() => page.locator('details[open]').count()).toBe(0)
  await page.getByRole('navigation', { name: 'Changed files' }).getByText('export.ts').click()
  await expect.poll(() => page.locator('details[open]').count()).toBe(1)
  await expect.poll(() => new URL(page.url()).searchParams.get('file')).toBe('src/orders/export.ts')
  await page.keyboard.press('e')
  await expect.poll(() => page.locator('details[open]').count()).toBe(4)
  expect(tab.wrongs).toEqual([])
})

test('changes: while the rest of the page stands, a part that cannot be read says so', async () => {
  await using tab = await visit(browser, dist)
  tab.server.world.runs = [story.succeededRun({ seq: 17 })]
  tab.server.world.failing.set(`${API}/changes`, 'unprocessable')
  await tab.open(`${RUN}?tab=changes`)
  await tab.page.getByText('Could not load the changes.').waitFor()
  expect(await tab.page.getByText('Succeeded').first().isVisible()).toBe(true)
  tab.server.world.failing.clear()
  tab.server.world.answers = { [`${API}/changes`]: { ...story.changes, from: 'proposal', url: null } }
  await tab.page.getByRole('button', { name: 'Try again' }).click()
  await tab.page.getByText('Not published yet.').waitFor()
})

test('changes: what was read stays under the banner when what came after it cannot be read', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [story.runningRun({ seq: 14, phase: 'publishing' })]
  server.world.ledger = story.makeLedger(14)
  server.world.answers = { [`${API}/changes`]: { ...story.changes, from: 'proposal', url: null } }
  await tab.open(`${RUN}?tab=changes`)
  const file = page.locator('[data-file="src/orders/export.ts"]')
  await file.waitFor()
  await expect.poll(() => server.openStreams()).toBe(1)
  server.world.failing.set(`${API}/changes`, 'unprocessable')
  server.world.ledger = story.makeLedger()
  server.push('run.succeeded', story.succeededRun({ seq: 17 }))
  await page.getByText('Could not load the changes.').waitFor()
  expect(await file.isVisible()).toBe(true)
  server.world.failing.clear()
  server.world.answers = { [`${API}/changes`]: story.changes }
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByText('Could not load the changes.').waitFor({ state: 'detached' })
  await page.getByRole('link', { name: /Compare on GitHub/ }).waitFor()
  expect(tab.wrongs).toEqual([])
})

const GATES = 'Gates check what an agent made before it is published.'

test.each([
  ['works', story.runningRun(), ['No gates are set up, so none will run.', GATES]],
  ['ended without a pull request', story.failedRun(), ['No gates were run.', `${GATES} This run had none.`]],
  [
    'opened a pull request',
    story.succeededRun(),
    ['No gates were run.', `${GATES} This run had none, and its pull request says so.`],
  ],
])('gates: what is said of a Run that %s', async (_, run, texts) => {
  await using tab = await visit(browser, dist)
  tab.server.world.runs = [run]
  await tab.open(`${RUN}?tab=gates`)
  for (const text of texts) await tab.page.getByText(text, { exact: true }).waitFor()
  expect(tab.wrongs).toEqual([])
})

/** Resolves once the words stand on the page, for however short a time. */
const appearing = (page: Page, words: string): Promise<boolean> =>
  page.evaluate<boolean>(`new Promise((resolve) => {
    const look = () => document.querySelector('main').innerText.includes('${words}') && resolve(true)
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true })
  })`)

test('copying: what was pressed shows and says that it was done, or that it could not be', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  await page.addInitScript(`Object.defineProperty(navigator, 'clipboard', {
    configurable: true,
    value: { writeText: async (text) => { window.written = text } },
  })`)
  server.world.runs = [story.succeededRun({ seq: 17, gatesOff: true })]
  server.world.ledger = story.makeLedger()
  await tab.open(RUN)
  const details = page.getByRole('complementary', { name: 'Details' })
  expect(await details.getByRole('link', { name: '#101' }).getAttribute('href')).toBe('/repos/acme/shop/issues/101')
  expect(await details.getByText('Turned off by octocat').isVisible()).toBe(true)
  const said = page.getByRole('status')
  const copied = appearing(page, 'Copied')
  await page.getByRole('button', { name: 'Copy branch name' }).click()
  expect(await copied).toBe(true)
  await said.getByText('Copied').waitFor({ state: 'attached' })
  expect(await page.evaluate('window.written')).toBe('agent/101-add-csv-export-8k2f0q7w3z')

  await page.keyboard.press('7')
  await page.evaluate("Object.defineProperty(navigator, 'clipboard', { configurable: true, value: undefined })")
  const button = page.getByRole('button', { name: 'Copy JSON' })
  await button.waitFor()
  const refused = appearing(page, 'Could not copy')
  await button.click()
  expect(await refused).toBe(true)
  await said.getByText('Could not copy').waitFor({ state: 'attached' })
  await button.waitFor()
  expect(tab.wrongs).toEqual([])
})

test('a step, a file and an event have an address that leads back to them', async () => {
  await using tab = await visitEnded(`${RUN}?tab=events&event=12`)
  const { page } = tab
  await page.getByRole('region', { name: 'Event 12 as JSON' }).waitFor()
  expect(await page.locator('details[open]').count()).toBe(1)
  expect(await page.getByRole('link', { name: 'Link to event 12' }).getAttribute('href')).toContain('event=12')

  await tab.open(`${RUN}?step=agent`)
  await page.locator('[data-step="agent"][data-wanted="true"]').waitFor()
  await page.getByRole('button', { name: '2 parts', expanded: true }).waitFor()
  await page.keyboard.press('w')
  await page.getByRole('button', { name: '2 parts', expanded: false }).waitFor()
  expect(await page.getByText('Read src/orders/list.ts').count()).toBe(0)
  await page.getByRole('link', { name: 'Open pull request', exact: true }).click()
  await expect.poll(() => new URL(page.url()).searchParams.get('step')).toBe('publish')
  expect(await violations(page)).toEqual([])
  expect(tab.wrongs).toEqual([])
})

test('chat: instructions and commands as they came, with their number in the tab', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [story.runningRun({ seq: 2 })]
  server.world.ledger = [
    story.ledgerEvent(1, 'run.requested', story.at(0), 'octocat', {
      requestedBy: { id: 583231, login: 'octocat' },
      agent: 'stub',
      instructions: 'Keep the API. <b>Please.</b>',
    }),
    story.ledgerEvent(2, 'run.cancel_requested', story.at(9_000), 'monalisa', {
      by: 'monalisa',
      reason: 'Wrong issue',
    }),
  ]
  await tab.open(RUN)
  await page.keyboard.press('5')
  const chat = page.getByRole('list', { name: 'What was said in this run' })
  await chat.getByText('Keep the API. <b>Please.</b>').waitFor()
  await page.getByRole('link', { name: 'Chat 2', exact: true }).waitFor()
  await page.getByRole('link', { name: 'Events', exact: true }).waitFor()
  await page.getByText('Reason: Wrong issue').waitFor()
  expect(await chat.getByRole('listitem').count()).toBe(2)
})

test('chat: a message to the agent is inert text, and says how far it has come as the Run tells it', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  const message = { id: 'IC_1', by: 'octocat', text: '<b>Use tabs.</b>', via: 'comment' }
  const sent = story.ledgerEvent(12, 'message.sent', story.at(9_000), 'octocat', message)
  const seen = story.ledgerEvent(13, 'message.seen', story.at(9_500), 'executor', { id: 'IC_1' })
  server.world.runs = [story.runningRun({ seq: 12 })]
  server.world.ledger = [...story.makeLedger(11), sent]
  await tab.open(`${RUN}?tab=chat`)
  const line = page.getByRole('listitem').filter({ hasText: '<b>Use tabs.</b>' })
  await expect.poll(() => line.textContent()).toContain('· queued')
  await expect.poll(() => server.openStreams()).toBe(1)
  server.world.ledger.push(seen)
  server.push('workflow.step.completed', story.runningRun({ seq: 13 }))
  await expect.poll(() => line.textContent()).toContain('· seen')
  expect(await violations(page)).toEqual([])
  expect(tab.wrongs).toEqual([])
})

test('sandbox: what was read stays under the banner, and of its network only what is known is said', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [story.runningRun({ seq: 9 })]
  server.world.ledger = story.makeLedger(9)
  server.world.answers = { [`${API}/sandbox`]: story.sandboxFacts }
  await tab.open(`${RUN}?tab=sandbox`)
  await page.getByText('sbx_91f0').waitFor()
  expect(await page.getByText('Not known').count()).toBe(1)
  await expect.poll(() => server.openStreams()).toBe(1)
  server.world.failing.set(`${API}/sandbox`, 'unprocessable')
  server.world.ledger = story.makeLedger(15)
  server.push('run.paused', story.pausedRun())
  await page.getByText('Could not load the sandbox.').waitFor()
  expect(await page.getByText('sbx_91f0').isVisible()).toBe(true)
  server.world.failing.clear()
  const open = { ...story.sandboxFacts, provider: 'local', isolation: 'none', state: 'paused' }
  server.world.answers = { [`${API}/sandbox`]: open }
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByText('Could not load the sandbox.').waitFor({ state: 'detached' })
  await page.getByText('Not limited: nothing is kept apart from the job’s machine').waitFor()
  expect(tab.wrongs).toEqual([])
})

test('sandbox: who may kill it asks here, with a reason', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [story.runningRun({ seq: 9 })]
  server.world.answers = { [`${API}/sandbox`]: { ...story.sandboxFacts, kill: { allowed: true, why: null } } }
  await tab.open(RUN)
  await page.keyboard.press('6')
  await page.getByText('sbx_91f0').waitFor()
  await page.getByRole('button', { name: 'Kill sandbox…' }).click()
  await page.getByRole('alertdialog', { name: 'Stop this sandbox now?' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('alertdialog').waitFor({ state: 'detached' })
  expect(server.world.posts).toEqual([])
})

test('retry: r asks, and the next attempt takes the place of the failed one', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [story.failedRun({ seq: 7 })]
  server.world.ledger = story.makeLedger(5)
  await tab.open(RUN)
  await page.keyboard.press('r')
  const dialog = page.getByRole('alertdialog', { name: 'Start a new run?' })
  await dialog.locator(':focus').waitFor()
  await page.keyboard.press('Control+Enter')
  await page.locator('[data-status="queued"]').waitFor()
  await page.getByText('attempt 2').waitFor()
  expect(server.world.posts).toMatchObject([{ path: `${API}/retry`, body: {} }])
  expect(server.world.posts[0]?.headers['idempotency-key']).toMatch(/^[0-9a-f]{32}$/)
  expect(tab.wrongs).toEqual([])
})

test('retry: the button goes with what could be tried again, so the title has the focus then', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [story.failedRun({ seq: 7 })]
  server.world.ledger = story.makeLedger(5)
  await tab.open(RUN)
  const retry = page.getByRole('button', { name: 'Retry…' })
  await retry.click()
  const dialog = page.getByRole('alertdialog', { name: 'Start a new run?' })
  await dialog.waitFor()
  await page.keyboard.press('Escape')
  await retry.and(page.locator(':focus')).waitFor()

  await retry.click()
  await dialog.getByRole('button', { name: 'Start run' }).click()
  await page.getByText('attempt 2').waitFor()
  await retry.waitFor({ state: 'detached' })
  await expect.poll(() => focusedText(page)).toBe('Add CSV export to orders')
  expect(tab.wrongs).toEqual([])
})

test('retry: it says how far the base has moved, and other instructions go with it', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [story.failedRun({ seq: 7 })]
  server.world.ledger = [
    story.ledgerEvent(1, 'run.requested', story.at(0), 'octocat', { agent: 'stub', instructions: 'Keep the API.' }),
    ...story.makeLedger(7).slice(1),
  ]
  server.world.answers[`${API}/base`] = { ref: 'main', sha: 'a'.repeat(40), head: 'b'.repeat(40), moved: 4 }
  await tab.open(RUN)
  await page.getByRole('button', { name: 'Retry…' }).click()
  const dialog = page.getByRole('alertdialog', { name: 'Start a new run?' })
  await dialog.getByText('Base main has moved 4 commits.').waitFor()
  await dialog.getByRole('radio', { name: 'Edit' }).click()
  const field = dialog.getByRole('textbox', { name: 'Instructions' })
  expect(await field.inputValue()).toBe('Keep the API.')
  await field.fill('Keep it small.')
  await dialog.getByRole('button', { name: 'Start run' }).click()
  await page.getByText('attempt 2').waitFor()
  expect(server.world.posts).toMatchObject([{ path: `${API}/retry`, body: { instructions: 'Keep it small.' } }])
  expect(tab.wrongs).toEqual([])
})

test('a run that ends while it is open: the header changes, it is said politely, and the stream is let go', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  await page.clock.install()
  server.world.runs = [story.runningRun({ seq: 9 })]
  server.world.ledger = story.makeLedger(9)
  await tab.open(RUN)
  await expect.poll(() => server.openStreams()).toBe(1)
  server.world.ledger = story.makeLedger()
  server.push('run.succeeded', story.succeededRun({ seq: 17 }))
  await page.locator('[data-status="succeeded"]').waitFor()
  await page.clock.runFor(1_000)
  await page.getByRole('status').getByText('Run succeeded. Pull request 207 is open.').waitFor({ state: 'attached' })
  expect(await page.getByRole('button', { name: 'Cancel run…' }).count()).toBe(0)
  expect(server.openStreams()).toBe(1)
  await page.clock.runFor(31_000)
  await expect.poll(() => server.openStreams()).toBe(0)
})
