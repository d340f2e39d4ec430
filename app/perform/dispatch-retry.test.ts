import { expect, test } from 'vitest'

import { tellStory } from '../../test/support/story.ts'
import { renderNotice } from '../domain/render/replies.ts'
import { foldAll } from '../domain/run.ts'
import { dispatch } from './dispatch.ts'
import type { PerformDeps } from './perform.ts'

const RETRIER = { login: 'hubot-admin', id: 77 }

/** A Run that ended before its job began, and that somebody retried. */
async function retriedBy(byId?: number) {
  const story = tellStory()
  await story.upTo('agent.started')
  await story.report({ type: 'agent.failed', data: { reason: 'agent_failed', exitCode: 1, detail: 'x', ms: 1 } })
  await story.report({ type: 'sandbox.destroyed', data: { sandboxId: 'sbx_1', ms: 1 } })
  await story.engine.retry(story.run.id, RETRIER.login, byId)
  expect(story.run.attempt).toBe(2)
  const asked: unknown[] = []
  const deps = {
    turns: { take: async () => 'now' },
    now: () => story.now,
    github: {
      openBlockers: async () => [],
      async permissionOf(_repo: unknown, login: string, id: number) {
        asked.push({ login, id })
        return 'read'
      },
    },
  } as unknown as PerformDeps
  const { outcome } = await dispatch(deps, { run: story.run, retried: false, memo: {} })
  return { story, asked, outcome }
}

test('a retry is checked against the person who retried, who is also the one told', async () => {
  const { story, asked, outcome } = await retriedBy(RETRIER.id)
  expect(asked).toEqual([RETRIER])
  expect(outcome).toMatchObject({ data: { detail: expect.stringContaining(RETRIER.login) } })
  const urls = { shortRun: () => 'https://agents.example.com/r' } as unknown as Parameters<typeof renderNotice>[1]
  expect(renderNotice(story.run, urls).body).toMatch(/^@hubot-admin /)
  expect(foldAll(story.run.id, story.events)).toEqual(story.run)
})

test('a retry of an older ledger, without an id, is checked against who first asked', async () => {
  const { story, asked } = await retriedBy()
  const { login, id } = story.run.requestedBy
  expect(asked).toEqual([{ login, id }])
})
