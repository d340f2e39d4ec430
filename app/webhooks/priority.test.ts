/** `priority=` (surfaces.md 1.3): who may ask for it. What it does in a line is the line's story. */
import { expect, test } from 'vitest'

import { openShopWithHandlers } from '../../test/support/shop-with-handlers.ts'

test.each(['low', 'normal'] as const)('everybody who may assign may ask for priority=%s', async (priority) => {
  await using w = await openShopWithHandlers({ settings: { admins: [] } })
  w.local.setCollaborator({ repository: 'acme/shop', login: 'monalisa', role: 'write' })
  await w.say(`/assign-agent priority=${priority}`, 'monalisa')
  expect(w.runs().map((run) => run.priority ?? 'normal')).toEqual([priority])
})

test('a high one needs maintain access', async () => {
  await using w = await openShopWithHandlers({ settings: { admins: [] } })
  const allow = (role: 'write' | 'maintain') =>
    w.local.setCollaborator({ repository: 'acme/shop', login: 'monalisa', role })
  allow('write')
  await w.say('/assign-agent priority=high', 'monalisa')
  expect(w.reactions()).toEqual(['confused'])
  expect(w.replies()[0]).toMatch(
    /^I did not start a run:\n\n- `priority=high` needs maintain or admin access to acme\/shop\.\n/,
  )
  expect(w.runs()).toEqual([])
  allow('maintain')
  await w.say('/assign-agent priority=high', 'monalisa')
  expect(w.runs()).toMatchObject([{ priority: 'high' }])
})
