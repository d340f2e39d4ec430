/** What is sealed opens under its own key and name only, and says nothing of its text. */
import { expect, test } from 'vitest'

import { SealBroken, sealWith } from './seal.ts'

const key = 'k'.repeat(32)
const text = '{"PRIVATE_KEY":"-----BEGIN RSA PRIVATE KEY-----"}'

test('what was sealed opens again, and looks different every time', () => {
  const seal = sealWith(key)
  const [one, two] = [seal.close('app', text), seal.close('app', text)]
  expect(seal.open('app', one)).toBe(text)
  expect(sealWith(key).open('app', two)).toBe(text)
  expect(one.text).not.toBe(two.text)
  expect(Buffer.from(one.text, 'base64').toString('latin1')).not.toContain('PRIVATE')
})

test('another key, another name and a changed text open nothing', () => {
  const sealed = sealWith(key).close('app', text)
  const flipped = Buffer.from(sealed.text, 'base64')
  flipped[0]! ^= 1
  expect(() => sealWith('x'.repeat(32)).open('app', sealed)).toThrow(SealBroken)
  expect(() => sealWith(key).open('state', sealed)).toThrow(SealBroken)
  expect(() => sealWith(key).open('app', { ...sealed, text: flipped.toString('base64') })).toThrow(SealBroken)
  expect(() => sealWith(key).open('app', { ...sealed, tag: sealed.tag.slice(0, 8) })).toThrow(SealBroken)
})
