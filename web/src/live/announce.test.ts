import { expect, test } from 'vitest'

import { createAnnouncer } from './announce.ts'
import { createTestWorld } from '../../../test/web/world.ts'

test('at most one announcement in ten seconds, and of several the one that is still true', () => {
  const world = createTestWorld()
  const said: string[] = []
  const announce = createAnnouncer(world, (text) => said.push(text))
  announce('Run queued.')
  announce('Run running.')
  announce('Run succeeded. Pull request 207 is open.')
  expect(said).toEqual(['Run queued.'])
  world.pass(9_999)
  expect(said).toHaveLength(1)
  world.pass(1)
  expect(said).toEqual(['Run queued.', 'Run succeeded. Pull request 207 is open.'])
  world.pass(60_000)
  announce('Run queued.')
  expect(said).toHaveLength(3)
})
