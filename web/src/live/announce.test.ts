import { expect, test } from 'vitest'

import { createAnnouncer } from './announce.ts'
import { createTestWorld } from '../../../test/web/world.ts'

test('at most one announcement in ten seconds, and of several the one that is still true', () => {
  const world = createTestWorld()
  const said: string[] = []
  const { change } = createAnnouncer(world, (text) => said.push(text))
  change('Run queued.')
  change('Run running.')
  change('Run succeeded. Pull request 207 is open.')
  expect(said).toEqual(['Run queued.'])
  world.pass(9_999)
  expect(said).toHaveLength(1)
  world.pass(1)
  expect(said).toEqual(['Run queued.', 'Run succeeded. Pull request 207 is open.'])
  world.pass(60_000)
  change('Run queued.')
  expect(said).toHaveLength(3)
})

test('the answer to one’s own press is said at once, each time, and no change of state is lost or late by it', () => {
  const world = createTestWorld()
  const said: string[] = []
  const { change, answer } = createAnnouncer(world, (text) => said.push(text))
  change('Run running.')
  answer('Copied')
  change('Run succeeded.')
  answer('Copied')
  expect(said).toEqual(['Run running.', 'Copied', 'Copied'])
  world.pass(10_000)
  expect(said.slice(3)).toEqual(['Run succeeded.'])
  world.pass(10_000)
  answer('Copied')
  change('Run queued.')
  expect(said.slice(4)).toEqual(['Copied', 'Run queued.'])
})
