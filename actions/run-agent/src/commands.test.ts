import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'

import { runnerCommands } from './commands.ts'

const dir = mkdtempSync(join(tmpdir(), 'commands-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

function recorder() {
  const printed: string[] = []
  const outputFile = join(dir, 'output')
  writeFileSync(outputFile, '')
  const commands = runnerCommands((text) => printed.push(text), {
    outputFile,
    stateFile: undefined,
    summaryFile: undefined,
  })
  return { commands, printed, outputFile }
}

/** The commands that a runner would carry out: what it reads while commands are not stopped. */
function obeyed(log: string): string[] {
  let stoppedBy: string | null = null
  return log.split(/\r\n|\r|\n/).filter((line) => {
    const command = /^\s*::([^\s:]+)(?: [^:]*)?::(.*)$/.exec(line)
    if (stoppedBy !== null) {
      if (line.trim() === `::${stoppedBy}::`) stoppedBy = null
      return false
    }
    if (command?.[1] === 'stop-commands') {
      stoppedBy = command[2] ?? ''
      return false
    }
    return command !== null || /##\[/.test(line)
  })
}

test('row 40: whatever an agent prints, the runner obeys none of it', () => {
  const hostile = fc.constantFrom('::add-mask::x', '::set-output name=a::b', '##[error]x', '::stop-commands::t', '::t::', '\r::error::x', '\u001B[2J::warning::x') // prettier-ignore
  fc.assert(
    fc.property(fc.array(fc.oneof(hostile, fc.string()), { maxLength: 8 }), (lines) => {
      const { commands, printed } = recorder()
      commands.foreign(lines)
      commands.info(lines.join('\n'))
      expect(obeyed(printed.join(''))).toEqual([])
    }),
  )
})

test('the token that ends the stop is new each time, so it cannot be learned from the log', () => {
  const { commands, printed } = recorder()
  commands.foreign(['a'])
  commands.foreign(['b'])
  expect(new Set(printed.map((text) => text.split('\n')[0])).size).toBe(2)
})

test('an annotation is one line whose text cannot break out of it', () => {
  const { commands, printed } = recorder()
  commands.error('What: broke, and how', 'line one\n::add-mask::x')
  expect(printed).toEqual(['::error title=What%3A broke%2C and how::line one%0A::add-mask::x\n'])
})

test('a secret of several lines is masked line by line', () => {
  const { commands, printed } = recorder()
  commands.mask('one\n\ntwo')
  expect(printed).toEqual(['::add-mask::one\n', '::add-mask::two\n'])
})

test('an output of several lines is written as a here-document; without a file nothing happens', () => {
  const { commands, outputFile } = recorder()
  commands.setOutput('undelivered', 'a\nb')
  expect(readFileSync(outputFile, 'utf8')).toMatch(/^undelivered<<(ghadelimiter_\S+)\na\nb\n\1\n$/)
  expect(() => commands.saveState('sandbox', '')).not.toThrow()
})
