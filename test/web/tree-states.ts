/** The pages of trees of issues, and the issue that is shown beside one, in their states. */
import type { IssueActivityBody } from '#contracts/issues.ts'

import * as story from './fixtures.ts'
import type { PageState } from './routes.ts'

const TREE = '/api/repos/acme/shop/tree'
const ISSUE = '/api/repos/acme/shop/issues'

const writer = story.treeNode(102, {
  title: 'CSV writer',
  progress: { done: 1, total: 2 },
  run: story.succeededRun({ id: 'r_8k2f0q7w3x' }),
  children: [
    story.treeNode(105, { title: 'Quote commas', state: 'closed' }),
    story.treeNode(106, { title: 'Write dates as people read them', run: story.failedRun({ id: 'r_8k2f0q7w3v' }) }),
  ],
})
const tree = story.makeTree({
  parent: story.linkOf(story.treeNode(90, { title: 'Orders export' })),
  children: [
    writer,
    story.treeNode(103, { title: 'Endpoint', run: story.runningRun({ id: 'r_8k2f0q7w3y' }) }),
    story.treeNode(104, { title: 'Button' }),
  ],
})

const forest = story.makeTree({
  children: [
    story.treeNode(90, { title: 'Orders export', progress: { done: 0, total: 3 }, children: tree.children }),
    story.treeNode(80, { title: 'Receipts', children: [story.treeNode(81, { state: 'closed', title: 'Print one' })] }),
  ],
})

const said = (id: number, author: string | null, body: string): IssueActivityBody['comments'][number] => ({
  id,
  author,
  body,
  url: `https://github.com/acme/shop/issues/102#issuecomment-${id}`,
  createdAt: story.at(id * 1_000),
})
const check = (name: string, conclusion: string | null) => ({
  name,
  status: conclusion === null ? ('running' as const) : ('completed' as const),
  conclusion,
  url: `https://github.com/acme/shop/runs/${name.length}`,
})
/** What was said of an issue whose newest Run has opened pull request 207. */
export const activity: IssueActivityBody = {
  comments: [
    said(1, 'octocat', 'Please keep the order of the columns.\n\n<img src=x onerror="document.title = 1">'),
    said(2, null, 'The bookkeeper wants commas.'),
    said(3, 'deckhand[bot]', '🟢 **stub** opened #207 in 3m 10s.'),
  ],
  more: true,
  pullRequest: {
    number: 207,
    url: 'https://github.com/acme/shop/pull/207',
    state: 'merged',
    checks: { checks: [check('test', 'success'), check('lint', 'failure'), check('e2e', null)], more: false },
  },
}
export const writerIssue = story.makeIssue({ number: 102, title: 'CSV writer', runs: [], labels: ['orders'] })
const shown = { [TREE]: forest, [`${ISSUE}/102`]: writerIssue, [`${ISSUE}/102/activity`]: activity }
const failedIssue = story.makeIssue({ number: 106, title: 'Write dates as people read them', body: '', labels: [] })

export const treeStates: readonly PageState[] = [
  {
    name: 'tree',
    path: '/repos/acme/shop/tree?done=show',
    world: { answers: { [TREE]: forest } },
    title: 'Issue tree · acme/shop · Deckhand',
    shows: ['Issue tree', 'Hide done', 'Orders export', '0 of 3 done', 'Quote commas', 'Print one', 'Failed'],
  },
  {
    name: 'tree-empty',
    state: 'empty',
    path: '/repos/acme/shop/tree',
    world: { answers: { [TREE]: story.makeTree() } },
    title: 'Issue tree · acme/shop · Deckhand',
    shows: ['No open issue has sub-issues.'],
  },
  {
    name: 'tree-error',
    state: 'error',
    path: '/repos/acme/shop/tree',
    world: { failing: new Map([[TREE, 'unprocessable']]) },
    title: 'Issue tree · acme/shop · Deckhand',
    shows: ['Could not load the issue tree.', 'Reference 7f3a91c2'],
  },
  {
    name: 'issue-tree',
    path: '/repos/acme/shop/issues/101',
    world: { issue: story.makeIssue({ tree }) },
    title: 'Add CSV export to orders · shop#101',
    shows: [
      'Sub-issues',
      '#90 Orders export',
      '1 of 2 done',
      'PR #207',
      'Quote commas',
      'Alt with the up or down arrow',
    ],
  },
  {
    name: 'tree-with-issue',
    path: '/repos/acme/shop/tree?issue=102',
    world: { answers: shown },
    title: 'Issue tree · acme/shop · Deckhand',
    shows: [
      'Open the issue’s page',
      'Our bookkeeper wants the orders',
      'Pull request #207',
      'Merged',
      'No gates were run.',
      'lint',
      'Older comments are on GitHub',
      'Please keep the order of the columns.',
      'Deleted account',
    ],
  },
  {
    name: 'tree-with-failed-issue',
    path: '/repos/acme/shop/tree?issue=106',
    world: { answers: { [TREE]: forest, [`${ISSUE}/106`]: failedIssue } },
    title: 'Issue tree · acme/shop · Deckhand',
    shows: ['No description was given.', 'No sandbox was ready within 60 s.', 'Nobody has commented on this issue.'],
  },
  {
    name: 'tree-with-issue-error',
    state: 'error',
    path: '/repos/acme/shop/tree?issue=103',
    world: {
      answers: { [TREE]: forest },
      failing: new Map([
        [`${ISSUE}/103`, 'unprocessable'],
        [`${ISSUE}/103/activity`, 'unprocessable'],
      ]),
    },
    title: 'Issue tree · acme/shop · Deckhand',
    shows: ['Could not load this issue.', 'Could not load the comments.', 'Running'],
  },
  {
    name: 'issue-tree-with-issue',
    path: '/repos/acme/shop/issues/101?issue=102',
    world: { issue: story.makeIssue({ tree }), answers: shown },
    title: 'Add CSV export to orders · shop#101',
    shows: ['Sub-issues', 'Open the issue’s page', 'How it was checked', 'Latest comments'],
  },
]
