/** What the loops are started with. */
import { expect, test } from 'vitest'

import { startE2bStandIn } from '../../test/stack/e2b/stand-in.ts'
import { reap } from '../loops/reap.ts'
import { providers } from './core.ts'
import { reapedProvider } from './loops.ts'

test('what an earlier setting made is reaped: a paused sandbox of E2B has no lifetime, whoever makes sandboxes now', async () => {
  await using stack = new AsyncDisposableStack()
  const standIn = await startE2bStandIn()
  stack.defer(() => standIn.dispose())
  const { apiKey, apiUrl, sandboxUrl } = standIn
  const config = {
    sandbox: { provider: 'local', localIsolation: 'none', e2b: { apiKey, apiUrl, sandboxUrl } },
  } as const
  const owner = 'deckhand-loops-test'
  const provider = providers(config)
  const left = await (
    await provider('e2b')
  ).acquire({ owner, runId: 'r_8k2f0q7w3z', attemptId: 'a1', ttlMs: 3_600_000, acquireTimeoutMs: 60_000 })
  await left.pause?.()

  const reaping = await provider(reapedProvider(config))
  const log = { info() {}, warn() {}, error() {} }
  const later = Date.now() + 600_000
  expect(await reap({ engine: { load: () => Promise.resolve(null) }, provider: reaping, owner, log }, later)).toEqual([
    left.id,
  ])
  expect(standIn.sandboxes()).toMatchObject([{ id: left.id, state: 'gone' }])
  const none = { sandbox: { ...config.sandbox, e2b: { apiKey: null, apiUrl: null, sandboxUrl: null } } }
  expect(reapedProvider(none)).toBe('local')
})
