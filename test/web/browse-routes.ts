/** The pages of issues, repositories, agents and personal settings, in their states. */
import type { AgentBody, IssueListBody, RepositoryBody, VerifyBody } from '#contracts/browse.ts'

import * as story from './fixtures.ts'
import type { PageState } from './routes.ts'

const asAdmin = { ...story.session, user: { ...story.session.user!, admin: true } }
const SHOP = '/api/repos/acme/shop'
const { repository } = story.makeIssue()
const whyNot = 'You can read shop, but starting a run needs write access.'

const issue = (number: number, title: string, over: Partial<IssueListBody['issues'][number]> = {}) => ({
  repository,
  number,
  title,
  url: `https://github.com/acme/shop/issues/${number}`,
  labels: [],
  updatedAt: story.at(-(number % 100) * 600_000),
  run: null,
  ...over,
})
const issueList = (over: Partial<IssueListBody> = {}): IssueListBody => ({
  issues: [
    issue(101, 'Add CSV export to orders', { labels: ['enhancement', 'orders'], run: story.runningRun() }),
    issue(102, 'Fix flaky login test', { run: story.succeededRun({ id: 'r_8k2f0q7w3x' }) }),
    issue(103, 'Warn when the stock is low', { labels: ['good first issue'] }),
    issue(104, 'Send a receipt by mail', { run: story.failedRun({ id: 'r_8k2f0q7w3w' }) }),
    issue(9, 'Print labels in the right language', { repository: { ...repository, id: 9002, name: 'warehouse' } }),
  ],
  repositories: ['acme/shop', 'acme/warehouse'],
  left: 2,
  unavailable: ['acme/archive'],
  more: false,
  ...over,
})
const shown = issueList({ left: 0, unavailable: [] })
export const ofShop = { ...shown, issues: shown.issues.filter(({ repository: { name } }) => name === 'shop') }
const nothing = issueList({ issues: [], left: 0, unavailable: [] })

export const overview: RepositoryBody = {
  repository,
  url: 'https://github.com/acme/shop',
  defaultBranch: 'main',
  start: { allowed: true, why: null },
  triggerLabel: 'agent',
  labelRemovalCancels: true,
  allowedBots: ['renovate[bot]'],
  notify: 'needs-me',
  agents: ['stub'],
  executor: 'acme/shop',
  sandboxes: [
    {
      name: 'e2b',
      title: 'E2B',
      about: 'A virtual machine for each Run.',
      chosen: false,
      available: false,
      why: 'E2B_API_KEY is not set.',
    },
    {
      name: 'local',
      title: 'Local',
      about: 'Namespaces on the machine of the job.',
      chosen: true,
      available: true,
      why: null,
    },
    {
      name: 'docker',
      title: 'Docker',
      about: 'A container for each Run.',
      chosen: false,
      available: false,
      why: 'Coming soon.',
    },
  ],
  limits: [
    { name: 'queuedMs', ms: 900_000 },
    { name: 'acquireMs', ms: 60_000 },
    { name: 'agentMs', ms: 300_000 },
    { name: 'runMs', ms: 3_600_000 },
    { name: 'pauseMs', ms: 604_800_000 },
  ],
}
export const verified: VerifyBody = {
  ok: false,
  suspended: false,
  permissions: [
    { name: 'checks', needed: 'write', granted: 'none', ok: false },
    { name: 'contents', needed: 'write', granted: 'write', ok: true },
    { name: 'issues', needed: 'write', granted: 'write', ok: true },
    { name: 'metadata', needed: 'read', granted: 'read', ok: true },
  ],
  settingsUrl: 'https://github.com/organizations/acme/settings/installations/1',
  checkedAt: story.at(0),
}
const agent: AgentBody = {
  name: 'stub',
  kind: 'Coder',
  about: 'Appends a line to README.md without a model. It shows that everything around an agent works.',
  isDefault: true,
  figures: {
    days: 30,
    runs: 128,
    succeeded: 100,
    failed: 12,
    successRate: 100 / 112,
    medianMs: 252_000,
    repositories: 3,
  },
}
const claude: AgentBody = {
  ...agent,
  name: 'claude',
  about: 'Works on code with a model.',
  isDefault: false,
  figures: { days: 30, runs: 0, succeeded: 0, failed: 0, successRate: null, medianMs: null, repositories: 0 },
}
const runs = [story.runningRun(), story.succeededRun({ id: 'r_8k2f0q7w3x' })]

export const browseStates: readonly PageState[] = [
  {
    name: 'issues',
    path: '/issues',
    world: { answers: { '/api/issues': issueList() } },
    title: 'Issues · Deckhand',
    shows: ['Add CSV export to orders', 'No run yet', 'Running', 'acme/archive', '2 more repositories are not shown'],
  },
  {
    name: 'issues-empty',
    state: 'empty',
    path: '/issues',
    world: { answers: { '/api/issues': nothing } },
    title: 'Issues · Deckhand',
    shows: ['No open issues.'],
  },
  {
    name: 'issues-filtered',
    state: 'empty',
    path: '/issues?q=receipt&run=live&repository=acme/shop',
    world: { answers: { '/api/issues': nothing } },
    title: 'Issues · Deckhand',
    shows: ['No issues match.', 'Clear filters'],
  },
  {
    name: 'issues-error',
    state: 'error',
    path: '/issues',
    world: { failing: new Map([['/api/issues', 'unprocessable']]) },
    title: 'Issues · Deckhand',
    shows: ['Could not load issues.', 'Reference 7f3a91c2', 'Try again'],
  },
  {
    name: 'repository',
    path: '/repos/acme/shop',
    world: { answers: { [SHOP]: overview, '/api/issues': ofShop } },
    title: 'acme/shop · Deckhand',
    shows: ['acme/shop', 'Private', 'Fix flaky login test'],
  },
  {
    name: 'repository-runs',
    path: '/repos/acme/shop?tab=runs',
    world: { runs, answers: { [SHOP]: overview } },
    title: 'acme/shop · Deckhand',
    shows: ['Running', 'Succeeded', 'All runs of this repository'],
  },
  {
    name: 'repository-runs-empty',
    state: 'empty',
    path: '/repos/acme/shop?tab=runs',
    world: { answers: { [SHOP]: overview } },
    title: 'acme/shop · Deckhand',
    shows: ['No runs yet.', '/assign-agent', 'Browse issues'],
  },
  {
    name: 'repository-settings',
    path: '/repos/acme/shop?tab=settings',
    world: { answers: { [SHOP]: overview, [`${SHOP}/verify`]: verified } },
    press: 'Verify access',
    title: 'acme/shop · Deckhand',
    shows: [
      'Trigger label',
      'cancels the run that it started',
      'and with it also renovate[bot]',
      'where a person is needed',
      'E2B_API_KEY is not set.',
      'Coming soon.',
      '7 days',
      '1 permission is missing.',
      'Missing',
    ],
  },
  {
    name: 'repository-settings-read-only',
    path: '/repos/acme/shop?tab=settings',
    world: { answers: { [SHOP]: { ...overview, start: { allowed: false, why: whyNot } } } },
    title: 'acme/shop · Deckhand',
    shows: [whyNot],
  },
  {
    name: 'repository-missing',
    state: 'error',
    path: '/repos/acme/hidden',
    title: 'Page not found · Deckhand',
    shows: ['acme/hidden does not exist, the App is not installed there, or you may not read it.'],
  },
  {
    name: 'agents',
    path: '/agents',
    world: { answers: { '/api/agents': { agents: [agent, claude] } } },
    title: 'Agents · Deckhand',
    shows: ['89 %', '4m 12s', '3 repositories', 'No data', 'Default'],
  },
  {
    name: 'agents-error',
    state: 'error',
    path: '/agents',
    world: { failing: new Map([['/api/agents', 'unprocessable']]) },
    title: 'Agents · Deckhand',
    shows: ['Could not load agents.'],
  },
  {
    name: 'agent',
    path: '/agents/stub',
    world: { runs, answers: { '/api/agents/stub': agent } },
    title: 'stub · Agents · Deckhand',
    shows: ['Success rate', 'Recent runs', 'Add CSV export to orders'],
  },
  {
    name: 'runs-of-agent',
    path: '/runs?agent=stub',
    world: { runs },
    title: 'Runs · Deckhand',
    shows: ['Agent: stub', 'Add CSV export to orders'],
  },
  {
    name: 'agent-missing',
    state: 'error',
    path: '/agents/nobody',
    title: 'Page not found · Deckhand',
    shows: ['There is no agent nobody.'],
  },
  {
    name: 'settings',
    path: '/settings',
    world: {
      session: asAdmin,
      answers: {
        '/api/admin/tokens': {
          tokens: [
            { name: 'ci', repositories: 'acme/*', role: 'write' },
            { name: 'metrics', repositories: '*/*', role: 'read' },
          ],
        },
      },
    },
    title: 'Settings · Deckhand',
    shows: ['Appearance', 'Times', 'API tokens', 'Read and start runs', 'metrics'],
  },
  ...(['High contrast', 'Protanopia and deuteranopia', 'Tritanopia'] as const).map((colours): PageState => ({
    name: `runs-in-${colours.split(' ', 1)[0]!.toLowerCase()}`,
    path: '/settings',
    world: {
      runs: [story.runningRun(), story.failedRun({ id: 'r_8k2f0q7w3w' }), story.pausedRun({ id: 'r_8k2f0q7w3v' })],
    },
    act: async (tab) => {
      const { page } = tab
      await page.getByRole('radio', { name: colours }).click()
      await tab.open('/runs')
      await page.locator('html[data-light-theme^="light_"][data-dark-theme^="dark_"]').waitFor({ state: 'attached' })
      await page.getByRole('checkbox').nth(1).click()
    },
    title: 'Runs · Deckhand',
    shows: ['1 selected', 'Failed', 'Paused'],
  })),
  {
    name: 'settings-person',
    path: '/settings',
    title: 'Settings · Deckhand',
    shows: ['the operator’s setting NOTIFY', 'Only an admin of this Deckhand can see the API tokens.'],
  },
  {
    name: 'settings-tokens-error',
    state: 'error',
    path: '/settings',
    world: { session: asAdmin, failing: new Map([['/api/admin/tokens', 'unprocessable']]) },
    title: 'Settings · Deckhand',
    shows: ['Could not load the API tokens.', 'Reference 7f3a91c2'],
  },
]
