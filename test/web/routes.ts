/**
 * Every page of the dashboard, one entry each, with the state of the world that it is shown in. What is listed here is
 * looked at by axe in both themes, wide and narrow, held to the content security policy and pictured (look-at-pages.ts).
 */
import { adminStates } from './admin-states.ts'
import { apiDescription } from './api-description.ts'
import { browseStates } from './browse-routes.ts'
import type { Visit } from './browse.ts'
import type { World } from './fixture-server.ts'
import { frameStates } from './frame-routes.ts'
import * as story from './fixtures.ts'
import { newRunStates } from './new-run-states.ts'
import { onboardingStates } from './onboarding-states.ts'
import { setupStates } from './routes-of-setup.ts'
import { treeStates } from './tree-states.ts'
import { waitingStates } from './waiting-states.ts'

const ISSUE = '/repos/acme/shop/issues/101'
const RUN = `/runs/${story.RUN_ID}`
const denied = { allowed: false, why: 'You can read shop, but starting a run needs write access.' }

export interface PageState {
  /** Names the picture: the page, then the state where it is not the usual one. */
  name: string
  path: string
  /** What the server answers from; `answers` has the bodies of reads that have no field of their own. */
  world?: Partial<World>
  /** The title of the browser's tab. */
  title: string
  /** Texts that stand on it; the first ones are its heading. */
  shows: string[]
  /** Empty, broken, or with a dialog in front of it: such a state is pictured in one theme. */
  state?: 'empty' | 'error' | 'dialog'
  /** The button that opens the dialog. */
  press?: string
  /** What happens to it once it is there. */
  act?: (tab: Visit) => Promise<void>
}

const many = [
  story.runningRun(),
  story.makeRun({ id: 'r_8k2f0q7w3y' }),
  story.succeededRun({ id: 'r_8k2f0q7w3x' }),
  story.failedRun({ id: 'r_8k2f0q7w3w' }),
  story.cancelledRun({ id: 'r_8k2f0q7w3v' }),
]

export const pageStates: readonly PageState[] = [
  {
    name: 'runs',
    path: '/runs',
    world: { runs: many, next: 'cursor' },
    title: 'Runs · Deckhand',
    shows: ['All 5', 'Queued 1', 'Succeeded', 'Failed', 'Cancelled', 'New run', '1–5 of 5', 'Older'],
  },
  {
    name: 'runs-selected',
    path: '/runs?within=24h&agent=stub',
    world: { runs: many },
    act: async ({ page }) => {
      await page.getByRole('checkbox').first().click()
      await page.getByRole('checkbox').nth(2).click()
    },
    title: 'Runs · Deckhand',
    shows: ['2 selected', 'Time: Last 24 hours', 'None of them can be retried.', 'Clear selection'],
  },
  {
    name: 'runs-menu',
    state: 'dialog',
    path: '/runs?status=failed,queued',
    world: { runs: many },
    press: 'Status: Queued, Failed',
    title: 'Runs · Deckhand',
    shows: ['Any status', 'Succeeded'],
  },
  {
    name: 'runs-cancel-selected',
    state: 'dialog',
    path: '/runs',
    world: { runs: many },
    act: async ({ page }) => {
      await page.getByRole('checkbox').first().click()
      await page.getByRole('button', { name: 'Cancel…' }).click()
    },
    title: 'Runs · Deckhand',
    shows: ['Cancel this run?', 'Keep running', 'Reason (optional)'],
  },
  {
    name: 'runs-look-on',
    state: 'empty',
    path: '/runs?q=receipt',
    world: { next: 'cursor' },
    title: 'Runs · Deckhand',
    shows: ['Nothing among the newest runs.', 'Search older runs'],
  },
  {
    name: 'runs-empty',
    state: 'empty',
    path: '/',
    title: 'Runs · Deckhand',
    shows: ['No runs yet.', '/assign-agent', 'Browse issues'],
  },
  {
    name: 'runs-filtered',
    state: 'empty',
    path: '/runs?status=failed',
    title: 'Runs · Deckhand',
    shows: ['No runs match.', 'Clear filters'],
  },
  {
    name: 'run',
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
    name: 'run-succeeded',
    path: `/r/${story.RUN_ID}`,
    world: { runs: [story.succeededRun({ seq: 17 })], ledger: story.makeLedger() },
    title: 'Succeeded · Add CSV export to orders · shop#101',
    shows: ['#207', '2 commits · 5 files', '+120', '−8', 'Add CSV writer', 'agent/101-add-csv-export-8k2f0q7w3z'],
  },
  {
    name: 'run-failed',
    path: RUN,
    world: {
      runs: [story.failedRun()],
      ledger: [...story.makeLedger(5), story.ledgerEvent(6, 'run.failed', story.at(62_000), 'deckhand')],
    },
    title: 'Failed · Add CSV export to orders · shop#101',
    shows: ['No sandbox was ready within 60 s.', 'What to do:', 'Open the log', 'Not reached'],
  },
  {
    name: 'run-paused',
    path: RUN,
    world: {
      runs: [story.pausedRun()],
      ledger: [...story.makeLedger(11), story.ledgerEvent(12, 'run.paused', story.at(62_000), 'deckhand')],
    },
    title: 'Paused · Add CSV export to orders · shop#101',
    shows: ['Resume', 'Paused by octocat', 'Cancel run…'],
  },
  {
    name: 'run-cancelling',
    path: RUN,
    world: {
      runs: [story.runningRun({ seq: 12, cancelRequested: true, phase: 'cancelling' })],
      ledger: [...story.makeLedger(11), story.ledgerEvent(12, 'run.cancel_requested', story.at(62_000), 'octocat')],
    },
    title: 'Running · Add CSV export to orders · shop#101',
    shows: ['Cancelling…', 'Kill sandbox…'],
  },
  {
    name: 'run-logs',
    path: `${RUN}?tab=logs`,
    world: { runs: [story.succeededRun({ seq: 17 })], ledger: story.makeLedger(), log: story.makeLog(120) },
    title: 'Succeeded · Add CSV export to orders · shop#101',
    shows: ['120 lines', 'ok 0 writes the header', 'Download', 'WARN'],
  },
  {
    name: 'run-logs-empty',
    state: 'empty',
    path: `${RUN}?tab=logs`,
    world: { runs: [story.succeededRun({ seq: 17 })], ledger: story.makeLedger() },
    title: 'Succeeded · Add CSV export to orders · shop#101',
    shows: ['Nothing was logged.'],
  },
  {
    name: 'run-logs-error',
    state: 'error',
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
    name: 'run-events',
    path: `${RUN}?tab=events`,
    world: { runs: [story.succeededRun({ seq: 17 })], ledger: story.makeLedger() },
    title: 'Succeeded · Add CSV export to orders · shop#101',
    shows: ['run.requested', 'pull_request.opened', 'Copy JSON', 'Download JSON'],
  },
  {
    name: 'run-changes',
    path: `${RUN}?tab=changes`,
    world: {
      runs: [story.succeededRun({ seq: 17 })],
      ledger: story.makeLedger(),
      answers: { [`/api${RUN}/changes`]: story.changes },
    },
    title: 'Succeeded · Add CSV export to orders · shop#101',
    shows: ['Compare on GitHub', 'src/orders/export.ts', 'Sells things, and tells of it as CSV.', 'No diff to show'],
  },
  {
    name: 'run-changes-gone',
    state: 'error',
    path: `${RUN}?tab=changes`,
    world: {
      runs: [story.succeededRun({ seq: 17 })],
      ledger: story.makeLedger(),
      answers: {
        [`/api${RUN}/changes`]: {
          from: 'branch',
          unavailable: 'Changes are not available: the branch was deleted.',
          url: null,
          commits: [],
          files: [],
        },
      },
    },
    title: 'Succeeded · Add CSV export to orders · shop#101',
    shows: ['Changes are not available: the branch was deleted.'],
  },
  {
    name: 'run-gates',
    state: 'empty',
    path: `${RUN}?tab=gates`,
    world: { runs: [story.succeededRun({ seq: 17 })], ledger: story.makeLedger() },
    title: 'Succeeded · Add CSV export to orders · shop#101',
    shows: ['No gates were run.'],
  },
  {
    name: 'run-gates-off',
    path: `${RUN}?tab=gates`,
    world: { runs: [story.succeededRun({ seq: 17, gatesOff: true })], ledger: story.makeLedger() },
    title: 'Succeeded · Add CSV export to orders · shop#101',
    shows: ['Quality gates disabled', 'octocat turned them off with gate=none'],
  },
  {
    name: 'run-chat',
    path: `${RUN}?tab=chat`,
    world: { runs: [story.runningRun({ seq: 11 })], ledger: story.makeLedger(11) },
    title: 'Running · Add CSV export to orders · shop#101',
    shows: ['to work on this issue.', 'Message the agent', 'The agent reads it before its next step.'],
  },
  {
    name: 'run-sandbox',
    path: `${RUN}?tab=sandbox`,
    world: {
      runs: [story.runningRun({ seq: 11 })],
      ledger: story.makeLedger(11),
      answers: { [`/api${RUN}/sandbox`]: story.sandboxFacts },
    },
    title: 'Running · Add CSV export to orders · shop#101',
    shows: ['sbx_91f0', 'Virtual machine', 'Kill sandbox…', 'killing this run needs admin access.'],
  },
  {
    name: 'run-retry',
    state: 'dialog',
    path: RUN,
    world: {
      runs: [story.failedRun({ seq: 7 })],
      ledger: story.makeLedger(5),
      answers: { [`/api${RUN}/base`]: { ref: 'main', sha: 'a'.repeat(40), head: 'b'.repeat(40), moved: 1 } },
    },
    press: 'Retry…',
    act: ({ page }) => page.getByRole('radio', { name: 'Edit' }).click(),
    title: 'Failed · Add CSV export to orders · shop#101',
    shows: ['Start a new run?', 'has moved 1 commit.', 'Same instructions', 'Start run'],
  },
  {
    name: 'run-missing',
    path: RUN,
    title: 'Page not found · Deckhand',
    shows: [`Run ${story.RUN_ID} does not exist`],
  },
  {
    name: 'issue',
    path: ISSUE,
    world: { answers: { '/api/repos/acme/shop': { defaultBranch: 'main' } } },
    title: 'Add CSV export to orders · shop#101',
    shows: [
      'Assign to Agent',
      'base main',
      'Our bookkeeper wants',
      '<img src=x onerror=',
      'A button on the list of orders',
    ],
  },
  {
    name: 'issue-running',
    path: ISSUE,
    world: { runs: [story.runningRun()], issue: story.makeIssue({ runs: [story.runningRun()], assign: denied }) },
    title: 'Running · Add CSV export to orders · shop#101',
    shows: ['Running', 'Open the run', 'Cancel run…', 'Assign to Agent', denied.why],
  },
  {
    name: 'issue-failed',
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
    name: 'run-read-only',
    path: RUN,
    world: { runs: [story.runningRun()], ledger: story.makeLedger(11), actions: story.runActions('read') },
    title: 'Running · Add CSV export to orders · shop#101',
    shows: ['cancelling this run needs write access.'],
  },
  {
    name: 'issue-read-only',
    path: ISSUE,
    world: { issue: story.makeIssue({ assign: denied }) },
    title: 'Add CSV export to orders · shop#101',
    shows: [denied.why],
  },
  {
    name: 'signed-out',
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
    name: 'login',
    path: '/login?problem=expired',
    world: { session: { ...story.session, user: null } },
    title: 'Sign in · Deckhand',
    shows: ['That sign-in took too long', 'Sign in with GitHub'],
  },
  { name: 'not-found', path: '/nowhere', title: 'Page not found · Deckhand', shows: ['Go to the list of runs'] },
  {
    name: 'runs-error',
    state: 'error',
    path: '/runs',
    world: { failing: new Map([['/api/runs', 'unprocessable']]) },
    title: 'Runs · Deckhand',
    shows: ['Could not load runs.', 'Reference 7f3a91c2', 'Try again'],
  },
  {
    name: 'run-cancel-dialog',
    state: 'dialog',
    press: 'Cancel run…',
    path: RUN,
    world: { runs: [story.runningRun({ seq: 11 })], ledger: story.makeLedger(11) },
    title: 'Running · Add CSV export to orders · shop#101',
    shows: ['Cancel this run?', 'Keep running'],
  },
  ...setupStates,
  {
    name: 'api-docs',
    path: '/docs/api',
    world: { session: { ...story.session, user: null }, answers: { '/api/openapi.json': apiDescription } },
    title: 'API · Deckhand',
    shows: [
      '/api/repos/{owner}/{repo}/issues/{number}/assign-agent',
      'Authorization: Bearer $DECKHAND_TOKEN',
      'Idempotency-Key: $(uuidgen)',
      'A Run is already working on this issue',
      'RunBody',
    ],
  },
  {
    name: 'api-docs-error',
    state: 'error',
    path: '/docs/api',
    world: { failing: new Map([['/api/openapi.json', 'unprocessable']]) },
    title: 'API · Deckhand',
    shows: ['Could not load the API description.', 'Reference 7f3a91c2'],
  },
  ...adminStates,
  ...browseStates,
  ...onboardingStates,
  ...treeStates,
  ...waitingStates,
  ...frameStates,
  ...newRunStates,
]
