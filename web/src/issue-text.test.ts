import { expect, test } from 'vitest'

import { partsOf } from './issue-text.ts'

/** Of one text all tasks, wherever they stand. */
const criteriaIn = (body: string) => partsOf(body).flatMap((part) => ('criteria' in part ? part.criteria : []))

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

test('text and lists stand in the order of the issue', () => {
  const body = '\n## Why\n\n  Because.\n\n- [ ] one\n\n- [x] two\n\nAnd then:\n- [ ] three\n'
  expect(partsOf(body)).toEqual([
    { text: '## Why\n\n  Because.' },
    {
      criteria: [
        { text: 'one', done: false },
        { text: 'two', done: true },
      ],
    },
    { text: 'And then:' },
    { criteria: [{ text: 'three', done: false }] },
  ])
  expect(partsOf(' \n\n')).toEqual([])
})

test('of more than 100 tasks the rest stays text', () => {
  const many = Array.from({ length: 102 }, (_, n) => `- [ ] criterion ${n}`)
  expect(criteriaIn(many.join('\n')).at(-1)).toEqual({ text: 'criterion 99', done: false })
  expect(partsOf(many.join('\n')).at(-1)).toEqual({ text: '- [ ] criterion 100\n- [ ] criterion 101' })
})
