/* oxlint-disable no-control-regex -- control characters are what this is about */
import fc from 'fast-check'
import { expect, test } from 'vitest'

import { cleanLogText } from './log-text.ts'

test('colours stay, everything else that a terminal would obey goes', () => {
  expect(cleanLogText('\u001B[1;31mred\u001B[0m')).toBe('\u001B[1;31mred\u001B[0m')
  expect(cleanLogText('a\u001B[2Kb\u001B]8;;http://x\u0007link\u001B]8;;\u0007c\u001BMd')).toBe('ablinkcd')
  expect(cleanLogText('tab\tkept, \r\n\u0000\u2028 gone')).toBe('tab\tkept,  gone')
})

test('row 40: whatever comes in, one line without controls comes out, and cleaning again changes nothing', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('\u001B', '[', ']', '3', ';', 'm', 'K', '\n', '\r', '\u0007', 'é', '\uD800') }),
      (text) => {
        const cleaned = cleanLogText(text)
        const withoutColours = cleaned.replaceAll(/\u001B\[[0-9;]*m/g, '')
        expect(withoutColours).not.toMatch(/[\u0000-\u0008\u000A-\u001F\u007F-\u009F\u2028\u2029]/)
        expect(cleaned.isWellFormed()).toBe(true)
        expect(cleanLogText(cleaned)).toBe(cleaned)
      },
    ),
    { numRuns: 1_000 },
  )
})

test('a long hostile line takes no time to speak of', () => {
  // The thread's own time: what else the machine does is not counted.
  const before = process.threadCpuUsage()
  cleanLogText('\u001B['.repeat(4_096))
  cleanLogText(`\u001B]${'x'.repeat(8_000)}`.repeat(2))
  expect(process.threadCpuUsage(before).user / 1_000).toBeLessThan(1_000)
})
