/** Every page in its states, light and dark, wide and at 320 px: no axe violation, no CSP report, nothing sideways. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { sidewaysPx, startBrowsing, violations, visit } from './browse.ts'
import type { World } from './fixture-server.ts'
import * as story from './fixtures.ts'

const ISSUE = '/repos/acme/shop/issues/101'
const RUN = `/runs/${story.RUN_ID}`
const denied = { allowed: false, why: 'You can read shop, but starting a run needs write access.' }

interface PageState {
  name: string
  path: string
  world?: Partial<World>
  title: string
  shows: string[]
}

const many = [
  story.runningRun(),
  story.makeRun({ id: 'r_8k2f0q7w3y' }),
  story.succeededRun({ id: 'r_8k2f0q7w3x' }),
  story.failedRun({ id: 'r_8k2f0q7w3w' }),
  story.cancelledRun({ id: 'r_8k2f0q7w3v' }),
]

const states: PageState[] = [
  {
    name: 'runs',
    path: '/runs',
    world: { runs: many, next: 'cursor' },
    title: 'Runs · Deckhand',
    shows: ['Running', 'Queued', 'Succeeded', 'Failed', 'Cancelled', 'Older'],
  },
  {
    name: 'runs, first time',
    path: '/',
    title: 'Runs · Deckhand',
    shows: ['No runs yet.', '/assign-agent'],
  },
  {
    name: 'runs, nothing matches',
    path: '/runs?status=failed',
    title: 'Runs · Deckhand',
    shows: ['No runs match.', 'Clear filters'],
  },
  {
    name: 'run at work',
    path: RUN,
    world: { runs: [story.runningRun({ seq: 11 })], ledger: story.makeLedger(11) },
    title: 'Running · Add CSV export to orders · shop#101',
    shows: [
      'Cancel run…',
      'Step 4 of 6: Agent working',
      'Write src/orders/export.ts',
      'Virtual machine',
      'Signed, bound by OIDC',
    ],
  },
  {
    name: 'run that succeeded, by its short link',
    path: `/r/${story.RUN_ID}`,
    world: { runs: [story.succeededRun({ seq: 17 })], ledger: story.makeLedger() },
    title: 'Succeeded · Add CSV export to orders · shop#101',
    shows: ['#207', '2 commits · 5 files', '+120', '−8', 'Add CSV writer', 'agent/101-add-csv-export-8k2f0q7w3z'],
  },
  {
    name: 'run that failed',
    path: RUN,
    world: {
      runs: [story.failedRun()],
      ledger: [...story.makeLedger(5), story.ledgerEvent(6, 'run.failed', story.at(62_000), 'deckhand')],
    },
    title: 'Failed · Add CSV export to orders · shop#101',
    shows: ['No sandbox was ready within 60 s.', 'What to do:', 'Open the log', 'Not reached'],
  },
  {
    name: 'run that takes long to stop',
    path: RUN,
    world: {
      runs: [story.runningRun({ seq: 12, cancelRequested: true, phase: 'cancelling' })],
      ledger: [...story.makeLedger(11), story.ledgerEvent(12, 'run.cancel_requested', story.at(62_000), 'octocat')],
    },
    title: 'Running · Add CSV export to orders · shop#101',
    shows: ['Cancelling…', 'Cancel asked for', 'Kill sandbox…'],
  },
  {
    name: 'log of a run',
    path: `${RUN}?tab=logs`,
    world: { runs: [story.succeededRun({ seq: 17 })], ledger: story.makeLedger(), log: story.makeLog(120) },
    title: 'Succeeded · Add CSV export to orders · shop#101',
    shows: ['120 lines', 'ok 0 writes the header', 'Download', 'WARN'],
  },
  {
    name: 'log of a run that logged nothing',
    path: `${RUN}?tab=logs`,
    world: { runs: [story.succeededRun({ seq: 17 })], ledger: story.makeLedger() },
    title: 'Succeeded · Add CSV export to orders · shop#101',
    shows: ['Nothing was logged.'],
  },
  {
    name: 'log that cannot be read',
    path: `${RUN}?tab=logs`,
    world: {
      runs: [story.succeededRun({ seq: 17 })],
      ledger: story.makeLedger(),
      failing: new Map([[`/api${RUN}/logs`, 'unavailable']]),
    },
    title: 'Succeeded · Add CSV export to orders · shop#101',
    shows: ['Could not load the log.', 'Reference 7f3a91c2'],
  },
  {
    name: 'events of a run',
    path: `${RUN}?tab=events`,
    world: { runs: [story.succeededRun({ seq: 17 })], ledger: story.makeLedger() },
    title: 'Succeeded · Add CSV export to orders · shop#101',
    shows: ['run.requested', 'pull_request.opened', 'Copy JSON', 'Download JSON'],
  },
  {
    name: 'run that does not exist',
    path: RUN,
    title: 'Page not found · Deckhand',
    shows: [`Run ${story.RUN_ID} does not exist`],
  },
  {
    name: 'issue',
    path: ISSUE,
    title: 'Add CSV export to orders · shop#101',
    shows: ['Assign to Agent', 'Our bookkeeper wants', '<img src=x onerror='],
  },
  {
    name: 'issue at work',
    path: ISSUE,
    world: { runs: [story.runningRun()], issue: story.makeIssue({ runs: [story.runningRun()], assign: denied }) },
    title: 'Running · Add CSV export to orders · shop#101',
    shows: ['Running', 'Open the run', 'Cancel run…'],
  },
  {
    name: 'issue after a failure',
    path: ISSUE,
    world: {
      issue: story.makeIssue({
        runs: [story.failedRun(), story.cancelledRun({ id: 'r_8k2f0q7w3v', createdAt: story.at(-9_000) })],
      }),
    },
    title: 'Failed · Add CSV export to orders · shop#101',
    shows: ['No sandbox was ready within 60 s.', 'Assign to Agent', 'Cancelled'],
  },
  {
    name: 'issue that one may only read',
    path: ISSUE,
    world: { issue: story.makeIssue({ assign: denied }) },
    title: 'Add CSV export to orders · shop#101',
    shows: [denied.why],
  },
  {
    name: 'signed out',
    path: RUN,
    world: { session: { ...story.session, user: null } },
    title: 'Sign in · Deckhand',
    shows: ['Sign in with GitHub'],
  },
  {
    name: 'denied',
    path: '/denied',
    title: 'Access was denied · Deckhand',
    shows: ['The sign-in was declined on GitHub'],
  },
  {
    name: 'sign-in that did not work',
    path: '/login?problem=expired',
    world: { session: { ...story.session, user: null } },
    title: 'Sign in · Deckhand',
    shows: ['That sign-in took too long', 'Sign in with GitHub'],
  },
  { name: 'not found', path: '/nowhere', title: 'Page not found · Deckhand', shows: ['Go to the list of Runs'] },
  {
    name: 'error',
    path: '/runs',
    world: { failing: new Map([['/api/runs', 'unprocessable']]) },
    title: 'Runs · Deckhand',
    shows: ['Could not load runs.', 'Reference 7f3a91c2', 'Try again'],
  },
]

let browser: Browser
let dist: string
beforeAll(async () => ({ browser, dist } = await startBrowsing()))
afterAll(() => browser.close())

const looks = [
  { colorScheme: 'light', viewport: { width: 1280, height: 900 } },
  { colorScheme: 'dark', viewport: { width: 320, height: 720 } },
] as const

describe.for(states)('$name', ({ path, world, title, shows }) => {
  test.for(looks)('in $colorScheme at $viewport.width px', async (look) => {
    await using tab = await visit(browser, dist, look)
    Object.assign(tab.server.world, world)
    await tab.open(path)
    for (const text of shows) await tab.page.getByText(text).filter({ visible: true }).first().waitFor()
    expect(await tab.page.title()).toBe(title)
    expect(await tab.page.locator('h1').count()).toBe(1)
    expect(await violations(tab.page)).toEqual([])
    // The other theme only needs its colours looked at, and they are there without a reload.
    await tab.page.emulateMedia({ colorScheme: look.colorScheme === 'light' ? 'dark' : 'light' })
    expect(await violations(tab.page, ['color-contrast', 'link-in-text-block'])).toEqual([])
    expect(await sidewaysPx(tab.page)).toBe(0)
    expect(tab.wrongs).toEqual([])
  })
})
