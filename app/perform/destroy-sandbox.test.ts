/** A sandbox whose id is known is dead when its provider says so, whatever else the provider is asked. */
import { expect, test } from 'vitest'

import { tellStory } from '../../test/support/story.ts'
import { destroySandbox } from './destroy-sandbox.ts'
import type { PerformDeps } from './perform.ts'

test('a kill waits for the death of the one sandbox, and not for a list of all of them', async () => {
  const story = tellStory()
  await story.upTo('agent.started')
  const destroyed: string[] = []
  const provider = {
    reach: 'anywhere',
    destroy: async (id: string) => void destroyed.push(id),
    list: () => {
      throw new Error('a list is long, and may fail')
    },
  }
  const deps = { provider: async () => provider, now: () => story.now } as unknown as PerformDeps
  const performed = await destroySandbox(deps, { run: story.run, retried: false, memo: {} })
  expect(performed.outcome).toEqual({ type: 'sandbox.reaped', data: { sandboxId: 'sbx_1', how: 'destroyed' } })
  expect(destroyed).toEqual(['sbx_1'])
})
