/** Whatever was done to an exported ledger is found, and the first event that it was done to is named. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'

import type { LedgerDocument } from '../app/contracts/ledger.ts'
import { hashInput } from '../app/domain/events.ts'
import type { RunEvent } from '../app/domain/events.ts'
import { fromLedgerBody } from '../app/domain/ledger.ts'
import { documentOf, rechained, signedLedger } from '../test/support/signed-ledger.ts'
import { published, sha256, tellStory } from '../test/support/story.ts'
import { verifyLedger } from './ledger/verify.ts'

async function happyEvents() {
  const story = tellStory()
  await story.upTo('executor.finished')
  for (const input of published) await story.submit(input)
  expect(story.run.status).toBe('succeeded')
  return story.events
}

const events = await happyEvents()
const ledger = signedLedger(events)
const last = ledger.events.length
const place = fc.nat({ max: last - 1 })
type Entry = LedgerDocument['events'][number]

/** The ledger with other events. */
const holding = (entries: Entry[]): LedgerDocument => ({ ...structuredClone(ledger), events: entries })
const copy = (): Entry[] => structuredClone(ledger.events)

test('a ledger that nobody touched is proved', () => {
  expect(verifyLedger(ledger)).toEqual({
    ok: true,
    runId: ledger.runId,
    events: last,
    signatures: 10,
    status: 'succeeded',
  })
})

test('an edit to any field of any event is found, and the event is named', () => {
  fc.assert(
    fc.property(place, fc.nat(), fc.oneof(fc.jsonValue(), fc.string()), (i, n, value) => {
      const entries = copy()
      const leaves = leavesOf(entries[i]!)
      const { holder, key } = leaves[n % leaves.length]!
      fc.pre(JSON.stringify(holder[key]) !== JSON.stringify(value))
      holder[key] = value
      expect(verifyLedger(holding(entries))).toMatchObject({ ok: false, seq: i + 1 })
    }),
    { numRuns: 300 },
  )
})

/** What a report says without being marked as one, with the chain, the head and the state made to fit. */
function unmarked(isForged: (event: RunEvent) => boolean): LedgerDocument {
  const forged = ledger.events.map(fromLedgerBody).map((event): RunEvent => {
    if (!isForged(event)) return event
    const { callback: _, ...data } = event.data as Record<string, unknown>
    const said = event.type === 'agent.finished' ? { ...data, summary: 'All tests pass.' } : data
    return { ...event, data: said } as RunEvent
  })
  return documentOf(forged)
}

test('a report whose signature was taken off together with its mark is found: no executor reports unsigned', () => {
  const reported = ledger.events.filter(({ data }) => 'callback' in data).map(({ seq, type }) => ({ seq, type }))
  const none = { ...unmarked(({ data }) => 'callback' in data), callbacks: [] }
  expect(verifyLedger(none)).toEqual({
    ok: false,
    seq: reported[0]!.seq,
    what: `Event ${reported[0]!.seq} (${reported[0]!.type}) has no signature.`,
  })
  for (const [index, { seq }] of reported.entries()) {
    const without = ledger.callbacks.filter((_, i) => i !== index)
    const one = { ...unmarked((event) => event.seq === seq), keys: ledger.keys, callbacks: without }
    expect(verifyLedger(one)).toMatchObject({ ok: false })
  }
})

test('an edit whose hash was made to fit again is found, and the event is named', () => {
  fc.assert(
    fc.property(place, fc.string(), (i, actor) => {
      const entries = copy()
      fc.pre(actor !== entries[i]!.actor)
      entries[i] = rehashed({ ...entries[i]!, actor })
      expect(verifyLedger(holding(entries))).toMatchObject({ ok: false, seq: i + 1 })
    }),
  )
})

test('a drop is found, and the event that is missing is named', () => {
  fc.assert(
    fc.property(place, (i) => {
      expect(verifyLedger(holding(copy().toSpliced(i, 1)))).toEqual({
        ok: false,
        seq: i + 1,
        what: expect.stringMatching(`^Event ${i + 1} was dropped`) as string,
      })
    }),
  )
})

test('an addition is found, and the event that was added is named', () => {
  const forged = (i: number, from: number): Entry =>
    rehashed({ ...ledger.events[from]!, seq: i + 1, prev: ledger.events[i - 1]?.hash ?? null })
  fc.assert(
    fc.property(fc.nat({ max: last }), place, fc.boolean(), (i, from, fits) => {
      const added = fits ? { ...forged(i, from), actor: 'mallory' } : ledger.events[from]!
      const entry = fits ? rehashed(added) : added
      // A copy beside the event itself cannot be told from it: either is the one that was added.
      const twin = entry.hash === ledger.events[i]?.hash
      const verdict = verifyLedger(holding(copy().toSpliced(i, 0, entry)))
      expect(verdict).toEqual({
        ok: false,
        seq: twin ? i + 2 : i + 1,
        what: expect.stringContaining('was added') as string,
      })
    }),
  )
})

test('a swap is found, and the first of the two is named', () => {
  fc.assert(
    fc.property(place, place, (a, b) => {
      fc.pre(a !== b)
      const [i, j] = [Math.min(a, b), Math.max(a, b)]
      const entries = copy()
      ;[entries[i], entries[j]] = [entries[j]!, entries[i]!]
      const what = `Event ${i + 1} (${ledger.events[i]!.type}) was reordered: it stands at place ${j + 1}.`
      expect(verifyLedger(holding(entries))).toEqual({ ok: false, seq: i + 1, what })
    }),
  )
})

test('a report that was rewritten together with the whole chain and the state is betrayed by its signature', () => {
  const progressed = events.findIndex((e) => e.type === 'agent.finished')
  const rewritten = rechained(ledger.events.map(fromLedgerBody)).map((event, i) =>
    i === progressed ? ({ ...event, data: { ...event.data, summary: 'All tests pass.' } } as typeof event) : event,
  )
  const { state, head, events: entries } = documentOf(rewritten)
  expect(verifyLedger({ ...ledger, state, head, events: entries })).toEqual({
    ok: false,
    seq: progressed + 1,
    what: `Event ${progressed + 1} (agent.finished) was signed with another content.`,
  })
})

test('an edit to a signature, a key, the head or the state is found', () => {
  const outside = { head: ledger.head, keys: ledger.keys, callbacks: ledger.callbacks, state: ledger.state }
  const count = leavesOf(outside).length
  fc.assert(
    fc.property(fc.nat({ max: count - 1 }), fc.nat(), (n, at) => {
      const changed = structuredClone(outside)
      const { holder, key } = leavesOf(changed)[n]!
      holder[key] = bent(holder[key], at)
      const verdict = verifyLedger({ ...ledger, ...changed })
      expect(verdict?.ok ?? false).toBe(false)
    }),
    { numRuns: 300 },
  )
})

test('a state that says less than every Run is found, also where it would have said nothing', () => {
  const { sandbox: _, ...cut } = ledger.state
  expect(verifyLedger({ ...ledger, state: cut })).toMatchObject({
    ok: false,
    what: expect.stringContaining('sandbox') as string,
  })
  expect(verifyLedger({ ...ledger, state: {} })).toMatchObject({ ok: false })
})

test('a signature that is missing, foreign or left over is found', () => {
  const without = verifyLedger({ ...ledger, callbacks: ledger.callbacks.toSpliced(2, 1) })
  expect(without).toMatchObject({ ok: false, what: expect.stringContaining('has no signature') as string })
  const foreign = signedLedger(events).callbacks
  const other = verifyLedger({ ...ledger, callbacks: ledger.callbacks.with(2, foreign[2]!) })
  expect(other).toMatchObject({ ok: false, what: expect.stringContaining('not signed by the key') as string })
  const spare = verifyLedger({ ...ledger, callbacks: [...ledger.callbacks, foreign[2]!] })
  expect(spare).toMatchObject({ ok: false, what: expect.stringContaining('belong to no event') as string })
})

test('the command ends with 0 for a proved ledger, 1 for a changed one and 2 for what is none', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'deckhand-verify-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  const changed = holding(copy().toSpliced(3, 1))
  expect(await verify(file('good.json', JSON.stringify(ledger)))).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^Proved: Run r_\w+ \(succeeded\), \d+ events/) as string,
  })
  expect(await verify(file('bad.json', JSON.stringify(changed)))).toMatchObject({
    code: 1,
    out: 'NOT PROVED: Event 4 was dropped: event 5 (executor.started) stands in its place.\n',
  })
  expect(await verify(file('other.json', '{"runs":[]}'))).toMatchObject({ code: 2 })
  expect(await verify(file('torn.json', '{'))).toMatchObject({ code: 2 })
  expect(await verify(join(folder, 'absent.json'))).toMatchObject({ code: 2 })
  expect(await verify('--help')).toMatchObject({ code: 0, err: '' })
  expect(await verify()).toMatchObject({ code: 2, err: expect.stringContaining('Usage:') as string })
})

async function verify(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const script = fileURLToPath(new URL('verify.ts', import.meta.url))
  const run = promisify(execFile)(process.execPath, [script, ...args])
  return run.then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      out: error.stdout,
      err: error.stderr,
    }),
  )
}

function rehashed(event: Entry): Entry {
  return { ...event, hash: sha256(hashInput(fromLedgerBody(event))) }
}

interface Leaf {
  holder: Record<string, unknown>
  key: string
}

/** Every value in a structure that is no structure itself, by what holds it. */
function leavesOf(holder: object): Leaf[] {
  return Object.entries(holder).flatMap(([key, value]: [string, unknown]) =>
    value !== null && typeof value === 'object' && Object.keys(value).length > 0
      ? leavesOf(value)
      : [{ holder: holder as Record<string, unknown>, key }],
  )
}

/** Another value of the same kind: one character, or one more. */
function bent(value: unknown, at: number): unknown {
  if (typeof value === 'number') return value + 1 + at
  if (typeof value !== 'string' || value === '') return value === null ? 1 : `${JSON.stringify(value)}x`
  const i = at % value.length
  return value.slice(0, i) + (value[i] === 'a' ? 'b' : 'a') + value.slice(i + 1)
}
