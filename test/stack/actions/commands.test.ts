import { expect, test } from 'vitest'

import { parseCommand, parseCommandFile } from './commands.ts'
import { JobLog } from './job-log.ts'

const quiet = { state: () => {}, output: () => {} }
const lines = (log: JobLog) =>
  log.text
    .split('\n')
    .filter(Boolean)
    .map((line) => line.slice(25))

test('a workflow command has a name, unescaped properties and a text', () => {
  expect(parseCommand('::error file=a%2Cb.ts,title=No%3A luck::line 1%0Aline 2 100%25')).toEqual({
    name: 'error',
    properties: { file: 'a,b.ts', title: 'No: luck' },
    value: 'line 1\nline 2 100%',
  })
  expect(parseCommand('  ::debug::x')).toMatchObject({ name: 'debug', value: 'x' })
  expect(parseCommand('see ::error::x')).toBeNull()
})

test('a command file holds plain and multi-line values', () => {
  const values = parseCommandFile('a=1=2\nb<<END\nx\n\ny\nEND\nempty=\n')
  expect([...values]).toEqual([
    ['a', '1=2'],
    ['b', 'x\n\ny'],
    ['empty', ''],
  ])
  expect(() => parseCommandFile('b<<END\nx\n')).toThrow("Matching delimiter not found 'END'")
  expect(() => parseCommandFile('nonsense')).toThrow("Invalid format 'nonsense'")
})

test('what was masked is never shown, also not line by line or in an annotation', () => {
  const log = new JobLog()
  log.output('::add-mask::top%0Asecret', quiet)
  log.output('say secret and top', quiet)
  log.output('::warning title=Careful::the secret', quiet)
  expect(lines(log)).toEqual(['::add-mask::***', 'say *** and ***', '##[warning]the ***'])
  expect(log.annotations).toEqual([{ level: 'warning', message: 'the ***', title: 'Careful', file: undefined }])
})

test('between stop-commands and its token nothing is obeyed', () => {
  const log = new JobLog()
  for (const line of ['::stop-commands::Tok3n', '::error::not obeyed', '::tok3n::', '::error::obeyed'])
    log.output(line, quiet)
  expect(log.annotations.map((annotation) => annotation.message)).toEqual(['obeyed'])
})
