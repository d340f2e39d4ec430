/** The access of people over the local GitHub: what a name opens is the repository that has it now. */
import { expect, test } from 'vitest'

import { openWorld } from '../../test/stack/github-world.ts'
import { Access } from '../http/api/access.ts'
import type { Identity } from '../http/route.ts'
import { accessOver } from './access.ts'

test('row 10: who may write in a repository may not read the Runs of the one that had its name before', async () => {
  await using w = await openWorld({ private: true })
  const young = (await w.github.repository('acme', 'shop'))!
  const old = { ...young, id: young.id + 1_000 }
  const access = new Access({ ...accessOver(w.github), repositories: async () => [old, young], now: Date.now })
  const { id, login } = w.local.user('octocat')
  const who: Identity = { kind: 'person', id, login, admin: false }

  expect(await access.mayRead(who, old, 'r_8k2f0q7w3z')).toBe(false)
  expect(await access.may(who, 'write', old)).toBe(false)
  w.local.clearRequests()
  expect(await access.mayRead(who, young, 'r_8k2f0q7w40')).toBe(true)
  expect(await access.may(who, 'write', young)).toBe(true)
  // Whose name it is was asked for before, and is remembered.
  expect(w.local.requests.filter(({ path }) => path.endsWith('/repos/acme/shop'))).toEqual([])
})
