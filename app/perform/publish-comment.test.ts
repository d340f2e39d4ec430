/** The status comment over the local GitHub: one comment, few edits, whatever the executor has to tell. */
import { expect, test } from 'vitest'

import { openWorld } from '../../test/stack/github-world.ts'
import { happyReports, sha256, tellStory } from '../../test/support/story.ts'
import { createUrls } from '../domain/render/urls.ts'
import { Drain } from '../loops/drain.ts'
import { Cadence } from './cadence.ts'
import { nothing } from './perform.ts'
import type { PerformDeps, PerformTable } from './perform.ts'
import { publishComment } from './publish-comment.ts'
import { performTable } from './table.ts'

const PROGRESS_EVENTS = 20
const BETWEEN_MS = 400

test('(b) 20 progress events make exactly one comment and at most three edits', async () => {
  await using world = await openWorld()
  const { local, github, repo, issue } = world
  const story = tellStory()
  const log = { info() {}, warn() {}, error() {} }
  const urls = createUrls({ publicUrl: 'https://deckhand.test', githubUrl: local.url })
  // Whatever else the Run calls for is somebody else's story.
  const others = Object.keys(performTable).map((type) => [type, async () => nothing])
  const table = { ...(Object.fromEntries(others) as PerformTable), publishComment }
  const perform = { github, urls, sha256, cadence: new Cadence(), log, now: () => story.now }
  const drain = new Drain({ engine: story.engine, table, perform: perform as unknown as PerformDeps })
  const pass = async (ms: number) => {
    story.pass(ms)
    await drain.stepOrdinary()
  }

  const repository = { ...repo, private: false, defaultBranch: 'main' }
  const spec = { number: issue, title: 'Broken', body: 'Fix it', url: '' }
  await story.request({ repository, issue: spec })
  await pass(0)
  await story.dispatched()
  await story.bind()
  await pass(BETWEEN_MS)
  for (const event of happyReports) {
    if (event.type !== 'agent.progressed') {
      await story.report(event)
      await pass(BETWEEN_MS)
      continue
    }
    for (let step = 1; step <= PROGRESS_EVENTS; step++) {
      const data = { ...event.data, step, of: PROGRESS_EVENTS, title: `Step ${step}` }
      await story.report({ type: 'agent.progressed', data })
      await pass(BETWEEN_MS)
    }
  }
  const opened = { number: 6, url: `${local.url}/acme/shop/pull/6`, adopted: false }
  await story.submit({ type: 'outcome', at: 0, outcome: { type: 'pull_request.opened', data: opened } })
  for (let turn = 0; turn < 10; turn++) await pass(10_000)

  expect(local.state.comments).toHaveLength(1)
  expect(local.state.comments[0]!.body).toContain('#6')
  const edits = local.requests.filter(({ method, path }) => method === 'PATCH' && path.includes('/issues/comments/'))
  expect(edits.length).toBeGreaterThanOrEqual(1)
  expect(edits.length).toBeLessThanOrEqual(3)
})
