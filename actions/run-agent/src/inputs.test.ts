import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, expect, test } from 'vitest'

import { NONCE, payloadFor, runnerEnvironment } from '../../../test/support/run-agent/world.ts'
import { InputProblem, checkInputs, readEnvironment, readEvent } from './inputs.ts'

const dir = mkdtempSync(join(tmpdir(), 'inputs-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
const env = (changes: Record<string, string | undefined> = {}) =>
  readEnvironment({ ...runnerEnvironment(dir, 'https://deckhand.test'), ...changes })

function eventFile(content: string): string {
  const path = join(dir, `event-${content.length}.json`)
  writeFileSync(path, content)
  return path
}

test('the app’s address comes from the callback URL', async () => {
  const { payload } = readEvent(env())
  expect(await checkInputs(env(), payload)).toMatchObject({ appUrl: 'https://deckhand.test' })
})

test.for([
  [{ GITHUB_EVENT_PATH: undefined }, 'GITHUB_EVENT_PATH is not set'],
  [{ GITHUB_EVENT_PATH: join(dir, 'absent.json') }, 'cannot be read'],
  [{ GITHUB_EVENT_NAME: 'push' }, 'started by "push"'],
  [{ GITHUB_EVENT_PATH: eventFile('{}') }, 'no client_payload'],
  [{ GITHUB_EVENT_PATH: eventFile('[1]') }, 'no client_payload'],
] as const)('a start that is not a dispatch is answered in words: %o', ([changes, words]) => {
  expect(() => readEvent(env(changes))).toThrow(words)
})

test('an event file that is no JSON is not quoted: it may hold the nonce', () => {
  const path = eventFile(`{"client_payload": {"nonce": "${NONCE}" oops`)
  expect(() => readEvent(env({ GITHUB_EVENT_PATH: path }))).toThrow(InputProblem)
  expect(() => readEvent(env({ GITHUB_EVENT_PATH: path }))).not.toThrow(NONCE)
})

const payload = payloadFor('https://deckhand.test')
test.for([
  [{ ...payload, extra: 1 }, 'not one that this version understands'],
  [{ ...payload, nonce: 'short' }, 'nonce'],
  [{ ...payload, callback_url: `http://deckhand.test/api/runs/${payload.run_id}` }, 'must be https'],
  [{ ...payload, callback_url: 'https://deckhand.test/api/runs/r_0000000000' }, 'followed by /api/runs/r_8k2f0q7w3z'],
  [{ ...payload, callback_url: `https://a:b@deckhand.test/api/runs/${payload.run_id}` }, 'followed by'],
] as const)('a payload that does not fit is refused: %#', async ([raw, words]) => {
  await expect(checkInputs(env(), raw)).rejects.toThrow(words)
})

test('a job that may not ask for an OIDC token is told which permission is missing', async () => {
  await expect(checkInputs(env({ ACTIONS_ID_TOKEN_REQUEST_URL: '' }), payload)).rejects.toThrow('id-token: write')
})
