/** What can happen around any page: the session ends, the network is away, a limit is met, the server is newer than the page. */
import { expect } from 'vitest'

import * as story from './fixtures.ts'
import type { PageState } from './routes.ts'

const RUN = `/runs/${story.RUN_ID}`
const SESSION_READ_AGAIN_MS = 61_000
const atWork = { runs: [story.runningRun({ seq: 11 })], ledger: story.makeLedger(11) }
const title = 'Running · Add CSV export to orders · shop#101'

export const frameStates: readonly PageState[] = [
  {
    name: 'runs-paused',
    path: '/runs',
    world: { runs: [story.runningRun()] },
    press: 'Pause updates',
    title: 'Runs · Deckhand',
    shows: ['Updates are paused. Showing what was known at', 'Resume updates'],
  },
  {
    name: 'limited',
    state: 'error',
    path: '/issues',
    world: { failing: new Map([['/api/issues', 'too_many_requests']]) },
    title: 'Issues · Deckhand',
    shows: ['You asked for too much in a short time. Wait a minute, then try again.', 'Try again'],
  },
  {
    name: 'session-ended',
    state: 'dialog',
    path: RUN,
    world: atWork,
    act: async ({ server }) => {
      await expect.poll(() => server.openStreams()).toBe(1)
      server.world.session = { ...story.session, user: null }
      server.signal('auth')
    },
    title,
    shows: ['Your session ended. Sign in again to go on.'],
  },
  {
    name: 'offline',
    state: 'error',
    path: RUN,
    world: atWork,
    act: async ({ page }) => {
      await page.getByText('Live', { exact: true }).first().waitFor()
      await page.context().setOffline(true)
    },
    title,
    shows: ['You are offline.'],
  },
  {
    name: 'notice',
    path: RUN,
    world: { ...atWork, session: { ...story.session, notice: 'Demo data, nothing leaves this machine.' } },
    title,
    shows: ['Demo data, nothing leaves this machine.'],
  },
  {
    name: 'new-version',
    path: RUN,
    world: atWork,
    act: async (tab) => {
      await tab.page.clock.install()
      await tab.open(RUN)
      tab.server.world.session = { ...story.session, version: 'test-2' }
      await tab.page.clock.fastForward(SESSION_READ_AGAIN_MS)
    },
    title,
    shows: ['A new version is available.', 'Reload'],
  },
]
