/** What passes between app and job of what an agent reads: bounded, and absent where nothing is set. */
import { expect, test } from 'vitest'

import { INSTRUCTIONS_CHARS_MAX } from './api.ts'
import { MESSAGE_CHARS_MAX, MESSAGES_MAX, executorEventData, parseExecutorEvent } from './callbacks.ts'
import { ANSWER_BYTES_MAX, BindAnswer, CHECKPOINT_BUNDLE_BYTES_MAX } from './executor.ts'
import {
  CONTEXT_PACKS_MAX,
  ContextPiece,
  DOCUMENT_BYTES_MAX,
  LOG_TAIL_BYTES_MAX,
  RECENT_LOGS_RUNS_MAX,
} from './onboarding.ts'

const sha = 'a'.repeat(40)
const piece = { ref: 'docs/a.md', kind: 'file', version: null, state: 'whole', bytes: 3, digest: 'b'.repeat(64) }
const prepared = (data: Record<string, unknown>) =>
  parseExecutorEvent({
    v: 1,
    iss: 'x',
    aud: 'http://app.test',
    bind: '1.1.1',
    seq: 1,
    prev: null,
    at: '2026-01-01T00:00:00.000Z',
    type: 'workspace.prepared',
    data: { baseSha: sha, bytes: 1, ms: 1, ...data },
  })

test('a job may say what its agent was given, and need not', () => {
  expect(prepared({})).not.toBeNull()
  expect(prepared({ given: [piece] })).toMatchObject({ data: { given: [piece] } })
  expect(executorEventData['workspace.prepared'].shape.given.safeParse(undefined).success).toBe(true)
})

test.each([
  [Array.from({ length: CONTEXT_PACKS_MAX + 2 }, () => piece)],
  [[{ ...piece, text: 'The text itself.' }]],
  [[{ ...piece, ref: 'x'.repeat(301) }]],
  [[{ ...piece, state: 'perhaps' }]],
  [[{ ...piece, digest: 'no digest' }]],
])('what is too much or unknown is refused: %#', (given) => {
  expect(prepared({ given })).toBeNull()
})

test('a piece is bounded in bytes of text, and one of an unknown kind is none', () => {
  const document = { kind: 'document', ref: 'deckhand:dev', version: 1 }
  expect(ContextPiece.safeParse({ ...document, text: 'x'.repeat(DOCUMENT_BYTES_MAX) }).success).toBe(true)
  expect(ContextPiece.safeParse({ ...document, text: 'x'.repeat(DOCUMENT_BYTES_MAX + 1) }).success).toBe(false)
  expect(ContextPiece.safeParse({ kind: 'file', ref: 'a.md', text: 'x' }).success).toBe(false)
  expect(ContextPiece.safeParse({ kind: 'address', ref: 'https://example.com' }).success).toBe(false)
})

test('the largest answer to a bind, with all of its parts at their largest, is one that the action takes', () => {
  // Every byte a line feed, which takes two in JSON.
  const text = '\n'.repeat(DOCUMENT_BYTES_MAX)
  const runs = Array.from({ length: RECENT_LOGS_RUNS_MAX }, () => ({
    runId: 'r_8k2f0q7w3z',
    text: '\n'.repeat(LOG_TAIL_BYTES_MAX),
  }))
  const document = { kind: 'document', ref: 'x'.repeat(300), version: 1, text }
  const packs = [
    { kind: 'logs', ref: 'recentLogs:10', runs },
    ...Array.from({ length: CONTEXT_PACKS_MAX - 1 }, () => document),
  ]
  const said = { id: 'x'.repeat(200), by: 'x'.repeat(200), text: '€'.repeat(MESSAGE_CHARS_MAX), seen: false }
  const { reading, messages, resume } = BindAnswer.shape
  const parts = {
    reading: reading.parse({ onboarding: document, packs }),
    messages: messages.parse(Array.from({ length: MESSAGES_MAX }, () => said)),
    resume: resume.parse({
      step: 1_000,
      sandboxId: 'x'.repeat(128),
      bundleBase64: Buffer.alloc(CHECKPOINT_BUNDLE_BYTES_MAX).toString('base64'),
    }),
    // A control character takes six bytes in JSON. GitHub's own limits hold for the issue.
    issue: { title: '\u0001'.repeat(256), body: '\u0001'.repeat(65_536) },
    instructions: '\u0001'.repeat(INSTRUCTIONS_CHARS_MAX),
  }
  const namesAndTimesBytes = 64 * 1024
  expect(Buffer.byteLength(JSON.stringify(parts)) + namesAndTimesBytes).toBeLessThan(ANSWER_BYTES_MAX)
})
