/** A start that cannot work ends with one sentence, not with a stack. */
import { execFile } from 'node:child_process'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'

import { afterAll, expect, test } from 'vitest'

import { databaseUri, dropDatabase } from '../test/stack/mongo/test-database.ts'
import { ownEnvironment } from '../test/support/own-environment.ts'

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url))
const uri = databaseUri()
afterAll(() => dropDatabase(uri))

/** Set-up mode needs no App, so these settings are all. */
function start(env: Record<string, string>): Promise<{ code: unknown; err: string }> {
  const settings = { SECRET_KEY: 'k'.repeat(32), PUBLIC_URL: 'http://127.0.0.1:3000', ...env }
  const options = { env: ownEnvironment(settings) }
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN], options, (error, _out, err) => resolve({ code: error?.code ?? 0, err }))
  })
}

test('no MongoDB, and a port that is taken, are said in one sentence', async () => {
  const away = await start({ MONGODB_URI: 'mongodb://127.0.0.1:1/deckhand?serverSelectionTimeoutMS=200' })
  expect(away).toMatchObject({ code: 1, err: expect.stringMatching(/^MongoDB cannot be used \(Mongo\w+\)[^\n]*\n$/) })
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const port = String((taken.address() as AddressInfo).port)
  const refused = await start({ MONGODB_URI: uri, HOST: '127.0.0.1', PORT: port })
  taken.close()
  expect(refused).toMatchObject({ code: 1, err: expect.stringMatching(/^The port is taken[^\n]*\n$/) })
})
