/** When a Run speaks in a new comment beside the one that it edits (surfaces.md 1.5), on the local GitHub. */
import { describe, expect, test } from 'vitest'

import { notifyLevels } from '../contracts/browse.ts'
import type { NotifyLevel } from '../contracts/browse.ts'
import { openShopWithHandlers } from '../../test/support/shop-with-handlers.ts'
import type { ShopWithHandlers } from '../../test/support/shop-with-handlers.ts'

async function assigned(w: ShopWithHandlers): Promise<void> {
  await w.say('/assign-agent')
  w.story.follow(w.runs()[0]!.id)
  await w.settle()
}

async function fail(w: ShopWithHandlers): Promise<void> {
  const data = { reason: 'publish_failed', detail: null } as const
  await w.story.submit({ type: 'outcome', outcome: { type: 'refused', data }, at: 0 })
  await w.settle()
}

async function cancel(w: ShopWithHandlers): Promise<void> {
  await w.story.submit({ type: 'cancel', by: 'octocat', reason: null, via: 'comment', at: 0 })
  await w.settle()
}

/** Our comments without their marks, the status comment left out. */
const notices = (w: ShopWithHandlers): string[] =>
  w
    .replies()
    .filter((body) => !body.includes('seq='))
    .map((body) => body.split('\n\n<!--')[0]!)
const statusComment = (w: ShopWithHandlers) => w.local.state.comments.find(({ body }) => body.includes('seq='))
const page = (w: ShopWithHandlers): string => `https://agents.example.com/r/${w.story.run.id}`

const failure = 'the run failed: GitHub did not accept the branch or the pull request.'
const expected: Record<NotifyLevel, { failed: boolean; cancelled: boolean }> = {
  all: { failed: true, cancelled: true },
  'needs-me': { failed: true, cancelled: false },
  none: { failed: false, cancelled: false },
}

describe.each(notifyLevels)('notify %s', (notify) => {
  test('a failure and a cancel', async () => {
    await using w = await openShopWithHandlers({ notify })
    await assigned(w)
    await fail(w)
    const told = expected[notify].failed ? [`@octocat ${failure} ${w.story.run.comment!.url}`] : []
    expect(notices(w)).toEqual(told)

    await using other = await openShopWithHandlers({ notify })
    await assigned(other)
    await cancel(other)
    const end = `⚫ **stub** was cancelled by octocat. [Open the run](${page(other)})`
    expect(notices(other)).toEqual(expected[notify].cancelled ? [end] : [])
  })
})

test('each attempt that fails says so', async () => {
  await using w = await openShopWithHandlers()
  await assigned(w)
  await fail(w)
  await w.say('/agent retry')
  await w.settle()
  await fail(w)
  expect(notices(w)).toHaveLength(2)
})

test('a status comment that a person deleted is not made again; the end is told once, with a link that works', async () => {
  await using w = await openShopWithHandlers()
  await assigned(w)
  w.local.deleteComment({ id: statusComment(w)!.id, by: 'octocat' })
  await w.story.dispatched()
  await w.story.bind()
  await w.settle()
  expect(statusComment(w)).toBeUndefined()
  await w.say('/agent status', 'hubot')
  expect(notices(w).at(-1)).toBe(`🔵 Run [${w.story.run.id}](${page(w)}): running.`)
  await fail(w)
  expect(statusComment(w)).toBeUndefined()
  expect(notices(w).at(-1)).toBe(`@octocat ${failure} ${page(w)}`)

  await w.say('/agent retry')
  await w.settle()
  await cancel(w)
  await w.settle()
  expect(statusComment(w)).toBeUndefined()
  expect(notices(w).at(-1)).toBe(`⚫ **stub** was cancelled by octocat. [Open the run](${page(w)})`)
  expect(notices(w)).toHaveLength(3)
})
