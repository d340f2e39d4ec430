/** What settings change of how we behave on GitHub (surfaces.md 1.2), on the local GitHub. */
import { expect, test } from 'vitest'

import { openShopWithHandlers } from '../../test/support/shop-with-handlers.ts'

const open = { repository: 'acme/shop', by: 'octocat', title: 'Add a line' }

test('a new issue starts a Run by its first line only where that is switched on', async () => {
  await using off = await openShopWithHandlers()
  off.local.openIssue({ ...open, body: '/assign-agent\nPlease.' })
  expect(await off.last('issues')).toMatchObject({ outcome: 'ignored' })

  await using w = await openShopWithHandlers({ settings: { commandInIssueBody: true } })
  for (const body of ['Text\n/assign-agent', '/agent help', '> /assign-agent', '']) {
    w.local.openIssue({ ...open, body })
    expect(await w.last('issues'), body).toMatchObject({ outcome: 'ignored' })
  }
  const { number } = w.local.openIssue({ ...open, body: '/assign-agent stub\r\nPlease.' })
  await w.last('issues')
  await w.last('issues')
  expect(w.runs()).toMatchObject([
    { issue: { number, body: '/assign-agent stub\r\nPlease.' }, instructions: '', trigger: { commentId: null } },
  ])
  w.local.openIssue({ ...open, body: '/assign-agent gate=yolo' })
  await w.last('issues')
  expect(w.replies().at(-1)).toMatch(/^I did not start a run:\n\n- `gate=yolo` is not valid\./)
  w.local.openIssue({ ...open, by: 'hubot', body: '/assign-agent' })
  expect(await w.last('issues')).toEqual({ outcome: 'processed', reason: 'denied' })
  expect(w.runs()).toHaveLength(1)
})

test('the trigger label has the name that was chosen, and taking it off may mean nothing', async () => {
  await using w = await openShopWithHandlers({ settings: { label: 'robot', labelRemovalCancels: false } })
  const act = { repository: 'acme/shop', number: w.issue, by: 'octocat' }
  w.local.addLabel({ ...act, label: 'agent' })
  expect(await w.last('issues')).toMatchObject({ outcome: 'ignored' })
  w.local.addLabel({ ...act, label: 'robot:stub' })
  await w.last('issues')
  expect(w.runs()).toMatchObject([{ agent: 'stub', trigger: { via: 'label' } }])
  w.local.removeLabel({ ...act, label: 'robot:stub' })
  expect(await w.last('issues')).toMatchObject({ outcome: 'ignored' })
  expect(w.runs()).toMatchObject([{ stop: null }])
})
