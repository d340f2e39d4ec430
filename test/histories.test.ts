/** R6: every history that was ever recorded still folds to the state that it had when it was recorded. */
import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'

import { describe, expect, test } from 'vitest'

import { LedgerDocument } from '../app/contracts/ledger.ts'
import { isTerminal } from '../app/contracts/status.ts'
import { fromLedgerBody } from '../app/domain/ledger.ts'
import { begin } from '../app/domain/begin.ts'
import { fold, foldAll } from '../app/domain/run.ts'
import { findBreak } from '../cli/ledger/chain.ts'
import { verifyLedger } from '../cli/ledger/verify.ts'

const WANTED_A_VERSION = 50

const files = globSync('test/fixtures/histories/v*/*.json').toSorted()
const recorded = files.map((file) => {
  const document = LedgerDocument.parse(JSON.parse(readFileSync(file, 'utf8')))
  return { name: basename(file, '.json'), version: /\/v(\d+)\//.exec(file.replaceAll('\\', '/'))![1]!, document }
})

test('there are enough of each version, and they end in every way that a Run can', () => {
  for (const version of new Set(recorded.map((r) => r.version))) {
    const documents = recorded.filter((r) => r.version === version).map((r) => r.document)
    expect(documents.length).toBeGreaterThanOrEqual(WANTED_A_VERSION)
    const ends = new Set(documents.map(({ state }) => state['status']))
    expect(ends).toEqual(new Set(['cancelled', 'failed', 'succeeded']))
  }
})

test('those of real Runs are proved with their signatures', () => {
  const signed = recorded.filter(({ document }) => document.callbacks.length > 0)
  expect(signed.length).toBeGreaterThanOrEqual(3)
  for (const { name, document } of signed) {
    expect(verifyLedger(document), name).toMatchObject({ ok: true, signatures: document.callbacks.length })
  }
})

describe.each(recorded)('the recorded history v$version $name', ({ document }) => {
  const { events, runId, head, state } = document
  const history = events.map(fromLedgerBody)

  test('folds to its recorded state, and its chain holds', () => {
    expect(findBreak(events, runId, head)).toBe(null)
    // What a version adds to the state since is not in what was recorded then.
    expect(foldAll(runId, history)).toMatchObject(state)
  })

  test('is contiguous, and its end is an end', () => {
    expect(events.map((event) => event.seq)).toEqual(events.map((_, i) => i + 1))
    const [first, ...rest] = history
    if (first?.type !== 'run.requested') throw new Error('not a history')
    let run = begin(runId, first)
    for (const event of rest) {
      const before = run
      run = fold(run, event)
      const ended = isTerminal(before.status) && run.attempt === before.attempt
      expect(run.status).toBe(ended ? before.status : run.status)
    }
  })
})
