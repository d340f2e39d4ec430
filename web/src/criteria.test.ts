import { expect, test } from 'vitest'

import { criteriaIn } from './criteria.ts'

test('tasks of the text are found in their order, with what is done; other lines are none', () => {
  const body = [
    'As an accountant I want CSV.',
    '- [ ] A button on the list',
    '  * [x] UTF-8, separated by commas ',
    '+ [X] <b>bold</b> stays text',
    '- [] no box',
    '-[ ] no item',
    '- [ ]',
    '- [y] neither',
    'see - [ ] inside of a line',
  ].join('\r\n')
  expect(criteriaIn(body)).toEqual([
    { text: 'A button on the list', done: false },
    { text: 'UTF-8, separated by commas', done: true },
    { text: '<b>bold</b> stays text', done: true },
  ])
  expect(criteriaIn('')).toEqual([])
})

test('what stands in a code fence is left out, also where the fence holds a shorter one or is never closed', () => {
  const body = [
    '````md',
    '- [ ] an example',
    '```',
    '- [ ] still one',
    '````',
    '```one line``` is no fence',
    '- [ ] a task',
    '~~~',
    '```',
    '- [x] no task',
    '~~~ not the end',
    '~~~',
    '- [x] another task',
    '```sh',
    '- [ ] never closed',
  ]
  expect(criteriaIn(body.join('\n')).map(({ text }) => text)).toEqual(['a task', 'another task'])
})

test('at most 100 are shown', () => {
  const many = Array.from({ length: 150 }, (_, n) => `- [ ] criterion ${n}`)
  expect(criteriaIn(many.join('\n'))).toHaveLength(100)
  expect(criteriaIn(many.join('\n')).at(-1)).toEqual({ text: 'criterion 99', done: false })
})
