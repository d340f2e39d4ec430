/** The first tab of a Run: the request that it came from, and where its steps lead. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import type { RunBody } from '#contracts/api.ts'

import { sidewaysPx, startBrowsing, violations, visit } from './browse.ts'
import type { Visit } from './browse.ts'
import * as story from './fixtures.ts'

const RUN = `/runs/${story.RUN_ID}`

let browser: Browser
let dist: string
beforeAll(async () => ({ browser, dist } = await startBrowsing()))
afterAll(() => browser.close())

/** The story's ledger, in which octocat said this to the agent. */
const ledgerWith = (instructions: string) => [
  story.ledgerEvent(1, 'run.requested', story.at(0), 'octocat', { agent: 'stub', instructions }),
  ...story.makeLedger().slice(1),
]

const requestOf = ({ page }: Visit) =>
  page
    .getByRole('complementary', { name: 'Details' })
    .locator('section')
    .filter({ has: page.getByRole('heading', { name: 'Request', exact: true }) })

test('the request: who asked for the run and when, in which words, and its id to be copied', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  await page.addInitScript(`Object.defineProperty(navigator, 'clipboard', {
    configurable: true,
    value: { writeText: async (text) => { window.written = text } },
  })`)
  const run = story.succeededRun({ seq: 17 })
  server.world.runs = [run]
  server.world.ledger = ledgerWith('Keep the API.\nKeep it small.')
  await tab.open(RUN)
  const request = requestOf(tab)
  await request.getByText('Keep it small.').waitFor()
  await request.getByText('octocat in a comment').waitFor()
  const moments = await request.locator('time').all()
  expect(await Promise.all(moments.map((moment) => moment.getAttribute('datetime')))).toEqual([
    run.createdAt,
    run.startedAt,
    run.endedAt,
  ])
  await request.getByRole('button', { name: 'Copy ID' }).click()
  await expect.poll(() => page.evaluate('window.written')).toBe(story.RUN_ID)
  expect(await violations(page)).toEqual([])
  expect(tab.wrongs).toEqual([])
})

test('the issue that the run is about names the one above it, and leads there', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [story.runningRun()]
  const parent = story.linkOf(story.treeNode(90, { title: 'Orders export' }))
  server.world.answers[`/api${RUN}/issues`] = { issues: [], parent, truncated: true }
  const asked = page.waitForRequest((request) => new URL(request.url()).pathname === `/api${RUN}/issues`)
  await tab.open(RUN)
  const above = page.getByRole('complementary', { name: 'Details' }).getByRole('link', { name: '#90 Orders export' })
  expect(await above.getAttribute('href')).toBe('/repos/acme/shop/issues/90')
  // What is below the issue is not needed for it, and costs questions to GitHub.
  expect(new URL((await asked).url()).search).toBe('?levels=0')
  await page.getByText('#101 ▸ parent #90 Orders export').waitFor()
  expect(await violations(page)).toEqual([])
})

test('the request of a retry shows the words that came with it', async () => {
  await using tab = await visit(browser, dist)
  const { server } = tab
  server.world.runs = [story.makeRun({ attempt: 2, seq: 18 })]
  server.world.ledger = [
    ...ledgerWith('Keep the API.'),
    story.ledgerEvent(18, 'run.retried', story.at(200_000), 'octocat', {
      by: 'octocat',
      attempt: 2,
      instructions: 'Keep it small.',
    }),
  ]
  await tab.open(RUN)
  const request = requestOf(tab)
  await request.getByText('Keep it small.').waitFor()
  expect(await request.getByText('Keep the API.').count()).toBe(0)
  expect(tab.wrongs).toEqual([])
})

test('a request without instructions says that there were none', async () => {
  await using tab = await visit(browser, dist)
  tab.server.world.runs = [story.runningRun({ seq: 9 })]
  tab.server.world.ledger = story.makeLedger(9)
  await tab.open(RUN)
  await requestOf(tab).getByText('None were given').waitFor()
  expect(tab.wrongs).toEqual([])
})

test('long instructions widen no page: they begin here, and all of them are in the chat', async () => {
  await using tab = await visit(browser, dist, { viewport: { width: 320, height: 720 } })
  const { page, server } = tab
  server.world.runs = [story.succeededRun({ seq: 17 })]
  server.world.ledger = ledgerWith(`${'long'.repeat(500)} and its end`)
  await tab.open(RUN)
  const request = requestOf(tab)
  await request.getByText('longlonglong').waitFor()
  expect(await request.getByText('and its end').count()).toBe(0)
  expect(await sidewaysPx(page)).toBe(0)
  await request.getByRole('link', { name: 'Read all instructions' }).click()
  await page.waitForURL('**?tab=chat')
  await page.getByRole('list', { name: 'What was said in this run' }).getByText('and its end').waitFor()
  expect(tab.wrongs).toEqual([])
})

test('how the job on GitHub stands is told live, and nothing where GitHub did not say', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  const untold = { ...story.working, status: null }
  server.world.runs = [story.runningRun({ seq: 9, workflowRun: untold })]
  server.world.ledger = story.makeLedger(9)
  await tab.open(RUN)
  await page.getByText('Live', { exact: true }).first().waitFor()
  const fact = page.locator('dd').filter({ has: page.getByRole('link', { name: `#${untold.id}` }) })
  await expect.poll(() => fact.textContent()).toBe(`#${untold.id} `)
  const told: [RunBody['workflowRun'], string][] = [
    [{ ...story.working, status: 'queued' }, 'Queued'],
    [story.working, 'In progress'],
    [story.ended('timed_out'), 'Completed: timed out'],
  ]
  for (const [index, [workflowRun, words]] of told.entries()) {
    server.push('workflow.changed', story.runningRun({ seq: 10 + index, workflowRun }))
    await expect.poll(() => fact.textContent()).toBe(`#${untold.id} ${words}`)
  }
  expect(await violations(page)).toEqual([])
  expect(tab.wrongs).toEqual([])
})

/** The links of a step in order, each with its name and where it leads. */
async function linksOf({ page }: Visit, step: string) {
  const links = await page.locator(`[data-step="${step}"]`).getByRole('link').all()
  return Promise.all(
    links.map(async (link) => [
      (await link.getAttribute('aria-label')) ?? (await link.textContent()),
      await link.getAttribute('href'),
    ]),
  )
}

test('the steps lead to the job, its log, the changes, the pull request and the branch', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  const run = story.succeededRun({ seq: 17 })
  server.world.runs = [run]
  server.world.ledger = story.makeLedger()
  await tab.open(RUN)
  await page.locator('[data-step="publish"][data-state="done"]').waitFor()
  expect(await linksOf(tab, 'queued')).toEqual([
    ['Queued', `${RUN}?step=queued`],
    ['Workflow run 77120045 (opens GitHub)', run.workflowRun?.url],
  ])
  expect(await linksOf(tab, 'workspace')).toEqual([
    ['Prepare workspace', `${RUN}?step=workspace`],
    ['Logs of Prepare workspace', `${RUN}?tab=logs`],
  ])
  expect(await linksOf(tab, 'agent')).toEqual([
    ['Agent working', `${RUN}?step=agent`],
    ['Logs of Agent working', `${RUN}?tab=logs`],
    ['Changes of Agent working', `${RUN}?tab=changes`],
  ])
  expect(await linksOf(tab, 'publish')).toEqual([
    ['Open pull request', `${RUN}?step=publish`],
    ['Pull request 207 (opens GitHub)', run.pullRequest?.url],
    [`Branch ${run.branch?.name} (opens GitHub)`, run.branch?.url],
  ])
  await page.getByRole('link', { name: 'Logs of Agent working' }).click()
  await page.waitForURL('**?tab=logs')
  expect(tab.wrongs).toEqual([])
})

test('a step that was not begun, or has nothing to show, leads to itself only', async () => {
  await using tab = await visit(browser, dist)
  tab.server.world.runs = [story.makeRun()]
  tab.server.world.ledger = story.makeLedger(2)
  await tab.open(RUN)
  await tab.page.locator('[data-step="queued"][data-state="active"]').waitFor()
  expect(await linksOf(tab, 'queued')).toEqual([['Queued', `${RUN}?step=queued`]])
  expect(await linksOf(tab, 'agent')).toEqual([['Agent working', `${RUN}?step=agent`]])
  expect(tab.wrongs).toEqual([])
})

test('a step has an address of its own, which can be copied and leads to it', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [story.runningRun({ seq: 11 })]
  server.world.ledger = story.makeLedger(11)
  await tab.open(RUN)
  await page.getByRole('link', { name: 'Agent working', exact: true }).click()
  await page.locator('[data-step="agent"][data-wanted="true"]').waitFor()
  expect(new URL(page.url()).search).toBe('?step=agent')
  expect(await violations(page)).toEqual([])
  expect(tab.wrongs).toEqual([])
})
