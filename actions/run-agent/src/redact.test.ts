import fc from 'fast-check'
import { expect, test } from 'vitest'

import { redactor } from './redact.ts'

const SECRET = 'ghs_s3cr3t/With+odd=chars&"quotes'

const carried: Record<string, (secret: string) => string> = {
  plain: (s) => s,
  hex: (s) => Buffer.from(s).toString('hex'),
  HEX: (s) => Buffer.from(s).toString('hex').toUpperCase(),
  uri: encodeURIComponent,
  json: (s) => JSON.stringify(s),
  reversed: (s) => Array.from(s).toReversed().join(''),
}

test.for(Object.keys(carried))('a secret that is carried away as %s is found', (form) => {
  const known = redactor()
  known.add(SECRET)
  const text = `before ${carried[form]?.(SECRET)} after`
  expect(known.redact(text)).toContain('***')
  expect(known.redact(text)).not.toContain(carried[form]?.(SECRET))
})

test('a secret inside of any base64 text is found, wherever in it the secret begins', () => {
  const known = redactor()
  known.add(SECRET)
  fc.assert(
    fc.property(fc.string({ maxLength: 9 }), fc.string({ maxLength: 9 }), fc.boolean(), (before, after, url) => {
      const text = Buffer.from(before + SECRET + after).toString(url ? 'base64url' : 'base64')
      expect(known.redact(text)).toContain('***')
    }),
  )
})

test('ordinary text stays as it is, and values too short to be secrets are not blotted out', () => {
  const known = redactor()
  known.add('short')
  known.add(SECRET)
  expect(known.redact('a short story of nothing')).toBe('a short story of nothing')
})
