import { generateKeyPairSync } from 'node:crypto'

import { expect, test } from 'vitest'

import { secretSearch } from '../domain/secrets.ts'
import { secretsOf } from './secrets.ts'

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2_048,
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})
const secretKey = 'k9'.repeat(16)
const withoutHeader = privateKey.split('\n').slice(1, -2).join('\n')
const search = secretSearch(
  secretsOf({ secretKey, privateKey, mongodbUri: 'mongodb://deckhand:S3cret%2Fpass-word%21@a:1,b:2/deckhand' }),
)

const base64 = (text: string): string => Buffer.from(text).toString('base64')

test.each([
  ['the key', privateKey],
  ['the key in base64', base64(privateKey)],
  ['the key in base64, as a line of a file', `key: "${base64(`\n${privateKey}`)}"`],
  ['the key without its first and last line', withoutHeader],
  ['the key without them on one line', withoutHeader.replaceAll('\n', '')],
  ['the key without them in base64', base64(withoutHeader)],
  ['the password of the database', 'const pw = S3cret/pass-word!'],
  ['the password as it stands in the address', 'S3cret%2Fpass-word%21'],
  ['the password in base64', base64('x S3cret/pass-word!')],
])('%s is known as a secret of the installation', (_, text) => {
  expect(search(text)).toBe('a secret of this installation')
})

test('a database without a password has none, and a short one is no reason to refuse the word', () => {
  const known = (mongodbUri: string) => secretsOf({ secretKey, mongodbUri })
  expect(known('mongodb://127.0.0.1:27017/deckhand')).toEqual([secretKey])
  expect(known('mongodb://deckhand:deckhand@db:27017/deckhand')).toEqual([secretKey])
  expect(known('mongodb://deckhand:50%25off%zz-password@db/deckhand')).toEqual([secretKey, '50%25off%zz-password'])
})
