import fc from 'fast-check'
import { expect, test } from 'vitest'

import { exitCodeOf, outputOf } from './output.ts'
import { resolveInside, shellQuote } from './paths.ts'

test('however text is cut into chunks, the listener gets it whole and the tail is whole characters', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 60 })
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 7 }), fc.integer({ min: 8, max: 40 }), (given, size, bytesMax) => {
      let heard = ''
      const output = outputOf((part) => (heard += part), bytesMax)
      const bytes = Buffer.from(given)
      for (let at = 0; at < bytes.length; at += size) output.push(bytes.subarray(at, at + size))
      const tail = output.end()
      expect(heard).toBe(bytes.toString())
      expect(heard.endsWith(tail)).toBe(true)
      expect(Buffer.byteLength(tail)).toBeGreaterThan(Math.min(bytes.length, bytesMax) - 4)
    }),
  )
})

test('a status above 128 stands for a signal, up to the last one there is', () => {
  expect([0, 127, 128, 137, 192, 193, 255].map(exitCodeOf)).toEqual([0, 127, 128, null, null, 193, 255])
})

test('no path leaves the workdir, however it is written', () => {
  const part = fc.constantFrom('..', '.', 'a', 'b', '', '/', 'etc')
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), fc.boolean(), (parts, absolute) => {
      const path = (absolute ? '/w/' : '') + parts.join('/')
      let inside = ''
      try {
        inside = resolveInside('/w', path)
      } catch {
        return
      }
      expect(inside === '/w' || inside.startsWith('/w/')).toBe(true)
    }),
  )
  expect(() => resolveInside('/w', 'a\0b')).toThrow('NUL')
})

test('a quoted word is one word to a shell', () => {
  expect(shellQuote(`it's "$x"`)).toBe(String.raw`'it'\''s "$x"'`)
})
