import fc from 'fast-check'
import { expect, test } from 'vitest'

import { inspectPayload } from './payload.ts'

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
const inspect = (text: string): ReturnType<typeof inspectPayload> => inspectPayload(encode(text))

test.each([
  ['{"a":{"b":[1,"x",{"a":2}]},"b":"\\"{[,:"}', true],
  ['{"a":1,"b":{"a":1},"c":[{"a":1},{"a":1}]}', true],
  ['{"a":"\\ud83d\\ude00 \u{1f600}"}', true],
  ['{"a":1,"a":2}', 'duplicate key'],
  ['{"a":1,"\\u0061":2}', 'duplicate key'],
  ['{"x":[{"a":1, "b":"," ,"a" : 2}]}', 'duplicate key'],
  ['{"a":"\\u0000"}', 'NUL character'],
  ['{"a":"\u0000"}', 'NUL character'],
  ['{"a":"\\ud800"}', 'lone surrogate'],
  ['{"\\udc00":1}', 'lone surrogate'],
  ['[1]', 'not a JSON object'],
  ['"x"', 'not a JSON object'],
  ['null', 'not a JSON object'],
  ['', 'invalid JSON'],
  ['{', 'invalid JSON'],
  ['{"a', 'invalid JSON'],
  ['{"a":"\\x"}', 'invalid JSON'],
  ['{"a":1}}', 'invalid JSON'],
  ['\ufeff{"a":1}', 'invalid JSON'],
])('%j: %s', (text, expected) => {
  const inspected = inspect(text)
  expect(inspected.ok || inspected.reason).toBe(expected)
})

test('bytes that are no UTF-8 are refused', () => {
  for (const bytes of [[0xc3, 0x28], [0xff], [0xed, 0xa0, 0x80], [0xf8, 0x88, 0x80, 0x80, 0x80]]) {
    const body = new Uint8Array([...encode('{"a":"'), ...bytes, ...encode('"}')])
    expect(inspectPayload(body)).toEqual({ ok: false, reason: 'invalid UTF-8' })
  }
})

test('64 levels pass, 65 do not, and 200,000 cost nothing', () => {
  const nested = (depth: number): string => `${'{"a":'.repeat(depth - 1)}{}${'}'.repeat(depth - 1)}`
  expect(inspect(nested(64))).toMatchObject({ ok: true })
  expect(inspect(nested(65))).toEqual({ ok: false, reason: 'nested deeper than 64' })
  expect(inspect('['.repeat(200_000))).toEqual({ ok: false, reason: 'nested deeper than 64' })
  expect(inspect(nested(200_000))).toEqual({ ok: false, reason: 'nested deeper than 64' })
})

test('megabytes of quotes and backslashes are read in one pass', () => {
  for (const unit of ['\\', '\\"', '"', '\\\\', '","']) {
    // The thread's own time: what else the machine does is not counted.
    const before = process.threadCpuUsage()
    inspect(`{"a":"${unit.repeat(4_000_000 / unit.length)}`)
    expect(process.threadCpuUsage(before).user / 1_000).toBeLessThan(1_500)
  }
})

test('every JSON object without those faults passes and comes out as it is', () => {
  const objects = fc.dictionary(
    fc.string({ unit: 'grapheme' }).filter((s) => !s.includes('\0')),
    fc.jsonValue({ stringUnit: 'grapheme', maxDepth: 6 }),
  )
  const same = fc.property(objects, (value) => {
    const text = JSON.stringify(value)
    const inspected = inspect(text)
    expect(text.includes('\\u0000') || (inspected.ok && JSON.stringify(inspected.json) === text)).toBe(true)
  })
  expect(fc.check(same, { numRuns: 1_000 })).toMatchObject({ failed: false })
})

test('no bytes make it throw', () => {
  const never = fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => typeof inspectPayload(bytes).ok === 'boolean')
  expect(fc.check(never, { numRuns: 1_000 })).toMatchObject({ failed: false })
})
