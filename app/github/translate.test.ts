/** Real payloads of GitHub against the schemas, so that a field that GitHub leaves out is noticed here. */
import examples from '@octokit/webhooks-examples'
import { expect, test } from 'vitest'

import {
  toClosedEvent,
  toCommentEvent,
  toLabelEvent,
  toLineCommentEvent,
  toReviewEvent,
  toWorkflowRunEvent,
} from './translate.ts'

interface Example {
  action?: string
  installation?: { id: number }
}
const of = (name: string, action: string): Example[] => {
  const all = examples as unknown as { name: string; examples: Example[] }[]
  const found = all.find((event) => event.name === name)?.examples ?? []
  const installation = { id: 5 }
  return found.filter((example) => example.action === action).map((example) => Object.assign({ installation }, example))
}

test('every recorded new comment is understood', () => {
  const events = of('issue_comment', 'created').map((payload) => toCommentEvent(payload, 1))
  expect(events.length).toBeGreaterThan(2)
  expect(events).not.toContain(null)
  expect(events[0]).toMatchObject({
    repository: { owner: 'Codertocat', name: 'Hello-World' },
    issue: { number: 1, title: 'Spelling error in the README file', closed: false, isPullRequest: false },
    by: { login: 'Codertocat' },
    automatic: false,
  })
})

test('of an issue that was closed only where it is and its number are read', () => {
  const others = of('issues', 'labeled')
  expect(others.length).toBeGreaterThan(0)
  expect(others.map(toClosedEvent).filter(Boolean)).toEqual([])
  const closed = toClosedEvent({ ...others[0], action: 'closed' })
  expect(closed).toEqual({ repositoryId: expect.any(Number), number: expect.any(Number) })
})

test('every recorded end of a workflow run is understood', () => {
  const events = of('workflow_run', 'completed').map(toWorkflowRunEvent)
  expect(events.length).toBeGreaterThan(0)
  expect(events).not.toContain(null)
  const [oldest, newer] = events
  expect(oldest).toMatchObject({ event: 'workflow_dispatch', path: '', title: '', conclusion: null })
  expect(newer).toMatchObject({
    repository: { owner: 'octo-org', name: 'octo-repo' },
    path: '.github/workflows/test.yml',
    event: 'repository_dispatch',
    attempt: 1,
    status: 'completed',
    conclusion: 'success',
    createdAt: Date.parse('2020-10-05T16:33:24Z'),
    byApp: false,
  })
})

test('every recorded review, and every comment on a line, is understood as one on a pull request', () => {
  const reviews = of('pull_request_review', 'submitted').map((payload) => toReviewEvent(payload, 1))
  const lines = of('pull_request_review_comment', 'created').map((payload) => toLineCommentEvent(payload, 1))
  for (const events of [reviews, lines]) {
    expect(events.length).toBeGreaterThan(0)
    expect(events).not.toContain(null)
    for (const event of events) {
      expect(event).toMatchObject({ issue: { isPullRequest: true }, comment: { on: 'review' }, at: expect.any(Number) })
    }
  }
})

test('every recorded label is understood, on and off', () => {
  const events = ['labeled', 'unlabeled'].flatMap((action) => of('issues', action)).map(toLabelEvent)
  expect(events.length).toBeGreaterThan(1)
  expect(events).not.toContain(null)
  expect(events[0]?.trigger).toBe('MDU6SXNzdWU0NDQ1MDAwNDE=:labeled:bug:2019-05-15T15:20:18Z')
})

test('events of another kind, or without an installation, are not', () => {
  const others = [...of('issues', 'opened'), ...of('issue_comment', 'edited')]
  expect(others.map(toLabelEvent).filter((event) => event !== null)).toEqual([])
  expect(others.map((payload) => toCommentEvent(payload, 1)).filter((event) => event !== null)).toEqual([])
  const [comment] = of('issue_comment', 'created')
  expect(toCommentEvent({ ...comment, installation: undefined }, 1)).toBeNull()
  expect(toCommentEvent({ ...comment, issue: { $ne: 1 } }, 1)).toBeNull()
})

test('row 35: an address that people would follow is one of the web', () => {
  const [comment] = of('issue_comment', 'created') as { issue: object }[]
  const at = (html_url: string) => toCommentEvent({ ...comment, issue: { ...comment!.issue, html_url } }, 1)
  for (const url of ['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', '//evil'])
    expect(at(url)).toBeNull()
  expect(at('https://github.com/acme/shop/issues/1')).not.toBeNull()
})
