/** Pages of a Run that waits for its turn, and of an issue that others block. */
import type { BlockingIssue } from '#contracts/issues.ts'

import * as story from './fixtures.ts'
import type { PageState } from './routes.ts'

export const blocking = (number: number, over: Partial<BlockingIssue> = {}): BlockingIssue => ({
  ...story.linkOf(story.treeNode(number)),
  run: null,
  ...over,
})
export const blockedRun = story.makeRun({ waitingFor: { issues: [100, 103], position: null }, seq: 4 })
const inLine = story.makeRun({ waitingFor: { issues: [], position: 1 }, seq: 4 })
export const blockers = [
  blocking(100, { run: story.runningRun({ id: 'r_8k2f0q7w3y' }) }),
  blocking(103),
  blocking(99, { state: 'closed' }),
]
const TITLE = 'Queued · Add CSV export to orders · shop#101'

export const waitingStates: readonly PageState[] = [
  {
    name: 'issue-blocked',
    path: '/repos/acme/shop/issues/101',
    world: { issue: story.makeIssue({ runs: [blockedRun], blockedBy: blockers }), runs: [blockedRun] },
    title: TITLE,
    shows: ['Blocked by', '#100', 'Running', '(this one starts when they are done)', 'Advance'],
  },
  {
    name: 'issue-blocked-not-assigned',
    path: '/repos/acme/shop/issues/101',
    world: { issue: story.makeIssue({ blockedBy: [blocking(100)] }) },
    title: 'Add CSV export to orders · shop#101',
    shows: ['Blocked by', '(an agent that you assign starts when it is done)'],
  },
  {
    name: 'issue-in-line',
    path: '/repos/acme/shop/issues/101',
    world: { issue: story.makeIssue({ runs: [inLine] }), runs: [inLine] },
    title: TITLE,
    shows: ['Queued (1st)', 'Advance'],
  },
  {
    name: 'run-blocked',
    path: `/runs/${story.RUN_ID}`,
    world: { runs: [blockedRun], ledger: story.makeLedger(1) },
    title: TITLE,
    shows: ['Waiting for #100, #103. It starts by itself when they are closed.', 'Advance'],
  },
  {
    name: 'runs-waiting',
    path: '/runs',
    world: { runs: [blockedRun, { ...inLine, id: 'r_8k2f0q7w3v' }] },
    title: 'Runs · Deckhand',
    shows: ['Waiting for #100, #103 · stub', 'Position 1 in line · stub'],
  },
]
