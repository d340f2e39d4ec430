import { expect, test } from 'vitest'

import { type Command, pressed, search } from './registry.ts'

const command = (title: string, keys?: string): Command => ({
  id: title,
  title,
  ...(keys ? { keys } : {}),
  run: () => undefined,
})
const commands = [command('Go to runs', 'g r'), command('Cancel run…', 'c'), command('Copy link'), command('Row', 'r')]

test('a key runs its command, a sequence waits for its second key', () => {
  expect(pressed('', 'c', commands).command?.title).toBe('Cancel run…')
  expect(pressed('', 'g', commands)).toEqual({ command: null, typed: 'g' })
  expect(pressed('g', 'r', commands).command?.title).toBe('Go to runs')
})

test('a key that does not go on with the sequence counts for itself', () => {
  expect(pressed('g', 'c', commands).command?.title).toBe('Cancel run…')
  expect(pressed('g', 'x', commands)).toEqual({ command: null, typed: '' })
  expect(pressed('', 'r', commands).command?.title).toBe('Row')
})

test('every word must be in the title, in any order', () => {
  expect(search(commands, 'RUN ca').map(({ title }) => title)).toEqual(['Cancel run…'])
  expect(search(commands, ' ')).toHaveLength(4)
})
