/** The pages of set-up and of the check that ends it, as entries of the table in routes.ts. */
import * as story from './fixtures.ts'
import type { PageState } from './routes.ts'

const asAdmin = { ...story.session, user: { ...story.session.user!, admin: true } }

const setup = {
  claimed: true,
  facts: {
    publicUrl: 'https://agents.example.com',
    githubUrl: 'https://github.com',
    name: 'Deckhand',
    permissions: [
      { name: 'contents', level: 'write', why: "To write the agent's branch." },
      { name: 'metadata', level: 'read', why: 'GitHub always grants it.' },
    ],
    events: ['issues', 'issue_comment'],
    asks: ['ADMINS', 'SANDBOX_PROVIDER', 'E2B_API_KEY', 'EXECUTOR_WORKFLOW'],
  },
}
const reach = { 'POST /api/setup/reach': { reachable: true, detail: 'Reachable over HTTPS.' } }

export const setupStates: readonly PageState[] = [
  {
    name: 'checks',
    path: '/admin/checks?installation_id=1&setup_action=install',
    world: {
      session: asAdmin,
      answers: {
        '/api/issues': {
          issues: [],
          repositories: ['acme/shop', 'acme/warehouse'],
          left: 0,
          unavailable: [],
          more: false,
        },
        'POST /api/admin/checks/test-issue': {
          issue: { number: 102, url: 'https://github.com/acme/shop/issues/102' },
          run: story.makeRun(),
        },
        '/api/admin/checks': {
          checks: [
            { id: 'token', title: 'App key', state: 'ok', detail: 'GitHub knows us.', fix: null, proposable: null },
            { id: 'webhook', title: 'Webhook', state: 'waiting', detail: 'Look again.', fix: null, proposable: null },
            {
              id: 'workflow',
              title: 'Workflow file',
              state: 'failed',
              detail: '.github/workflows/deckhand.yml is missing in acme/shop.',
              fix: { label: 'Add it on GitHub', url: 'https://github.com/acme/shop/new/main' },
              proposable: 'acme/shop',
            },
          ],
        },
      },
    },
    press: 'Open a test issue and run the stub agent',
    title: 'Check · Deckhand',
    shows: ['Kill switch', 'Workflow file', 'Add it on GitHub', 'Check again', 'Test issue #102', 'Open the run'],
  },
  {
    name: 'checks-denied',
    state: 'error',
    path: '/admin/checks',
    world: { failing: new Map([['/api/admin/checks', 'forbidden']]) },
    title: 'You may not see this · Deckhand',
    shows: ['Your access does not let you see this page.', 'Go to the list of runs'],
  },
  {
    name: 'setup',
    path: '/setup',
    world: { answers: { '/api/setup': setup, ...reach } },
    title: 'Set up · Deckhand',
    shows: [
      'Where will this run?',
      'Reachable over HTTPS.',
      'E2B API key',
      'Only its owner (private)',
      'Create on github.com',
    ],
  },
  {
    name: 'setup-locked',
    state: 'error',
    path: '/setup?token=used',
    world: {
      answers: { '/api/setup': { claimed: false, facts: null } },
      failing: new Map([['/api/setup/claim', 'forbidden']]),
    },
    title: 'Set-up is locked · Deckhand',
    shows: ['open that address', 'This link does not unlock set-up.'],
  },
  {
    name: 'setup-error',
    state: 'error',
    path: '/setup',
    world: { failing: new Map([['/api/setup', 'unprocessable']]) },
    title: 'Set up · Deckhand',
    shows: ['Set-up could not be loaded.', 'Reference 7f3a91c2', 'Try again'],
  },
  {
    name: 'setup-callback',
    path: '/setup/callback?code=c&state=s',
    world: {
      answers: {
        '/api/setup': setup,
        'POST /api/setup/conversion': {
          name: 'Acme agents',
          appUrl: 'https://github.com/apps/acme-agents',
          installUrl: 'https://github.com/apps/acme-agents/installations/new',
          values: { APP_ID: '12', WEBHOOK_SECRET: 'shown once' },
        },
      },
    },
    title: 'Set up · Deckhand',
    shows: ['Acme agents is there.', 'Deckhand is running.', 'Choose repositories', 'The values, shown this once'],
  },
  {
    name: 'setup-callback-error',
    state: 'error',
    path: '/setup/callback?code=c&state=s',
    world: { answers: { '/api/setup': setup }, failing: new Map([['/api/setup/conversion', 'gone']]) },
    title: 'Set up · Deckhand',
    shows: ['The App could not be taken over.', 'Back to step 2'],
  },
]
