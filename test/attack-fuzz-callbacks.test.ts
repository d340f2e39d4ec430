/** Rows 17 to 21 of the attack table with generated cases: callbacks that come again, out of turn, or bent. */
import { randomUUID } from 'node:crypto'

import fc from 'fast-check'
import { expect, test } from 'vitest'

import { CallbackPayload, jwsTypes, parseExecutorEvent } from '../app/contracts/callbacks.ts'
import { parseJson } from '../app/http/checked.ts'
import { Job, PUBLIC_URL, executorWorld, seconds } from './stack/http/executor.ts'
import { FUZZ_MS_MAX, codeOf, fuzz, hexOf, keepConnection } from './support/fuzz.ts'
import { binding, happyReports, sha256, tellStory } from './support/story.ts'

/** A story that was told up to some callback, and the marks of all that were sent. */
async function toldUpTo(count: number) {
  const story = tellStory()
  await story.upTo('bind')
  const marks: { seq: number; prev: string | null; digest: string }[] = []
  for (const [index, event] of happyReports.slice(0, count).entries()) {
    const seq = index + 1
    const mark = { seq, prev: marks.at(-1)?.digest ?? null, digest: sha256(`${seq} ${JSON.stringify(event)}`) }
    await story.report(event, mark)
    marks.push(mark)
  }
  return { story, marks, before: JSON.stringify(story.run) }
}

test('fuzzed: rows 17, 18 and 19: a replay changes nothing, other content is a fork, a gap names its number', async () => {
  const numbers = fc.record({
    sent: fc.integer({ min: 1, max: 8 }),
    at: fc.nat(7),
    ahead: fc.integer({ min: 2, max: 10 ** 9 }),
    digest: hexOf(64),
  })
  await fuzz(numbers, async ({ sent, at, ahead, digest }) => {
    const { story, marks, before } = await toldUpTo(sent)
    const index = at % sent
    const event = happyReports[index]!
    expect(await story.report(event, marks[index])).toMatchObject({ replay: true })
    expect(await story.report(event, { ...marks[index], digest })).toMatchObject({ refused: 'fork' })
    expect(await story.report(happyReports[sent]!, { seq: sent + ahead })).toMatchObject({
      refused: 'expected_seq',
      expectedSeq: sent + 1,
    })
    expect(await story.report(happyReports[sent]!, { seq: sent + 1, prev: digest })).toHaveProperty('refused')
    expect(JSON.stringify(story.run)).toBe(before)
  })
})

test('fuzzed: row 20: another job or dispatch is refused at every moment, and everything but the farewell after the end', async () => {
  const moments = fc.record({
    sent: fc.integer({ min: 3, max: 8 }),
    bind: fc.tuple(fc.nat(), fc.nat(), fc.nat()).map((ids) => ids.join('.')),
    dispatchId: fc.uuid(),
    event: fc.constantFrom(
      ...happyReports.filter(({ type }) => type !== 'sandbox.destroyed' && type !== 'executor.finished'),
    ),
  })
  await fuzz(moments, async ({ sent, bind, dispatchId, event }) => {
    const { story, before } = await toldUpTo(sent)
    const next = happyReports[sent]!
    expect(await story.report(next, { bind })).toMatchObject({ refused: 'foreign_job' })
    expect(await story.report(next, { dispatchId })).toHaveProperty('refused')
    expect(JSON.stringify(story.run)).toBe(before)
    story.pass(story.run.clocks.runMs + 1)
    await story.tick()
    expect(story.run.status).toBe('failed')
    expect(await story.report(event)).toHaveProperty('refused')
    expect(story.run.status).toBe('failed')
  })
})

test('fuzzed: row 21: a callback with anything more, anything else or anything magic does not pass', async () => {
  const envelope = { v: 1, iss: binding.jkt, aud: `${PUBLIC_URL}/api/runs/r_0000000001/events`, bind: binding.bind }
  const whole = happyReports.map((event, index) => ({
    ...envelope,
    seq: index + 1,
    prev: index === 0 ? null : 'b'.repeat(64),
    at: '2026-11-20T12:00:00.000Z',
    ...event,
  }))
  const passes = (text: string): boolean => {
    try {
      const payload = CallbackPayload.safeParse(parseJson(Buffer.from(text)))
      return payload.success && parseExecutorEvent(payload.data) !== null
    } catch {
      return false
    }
  }
  expect(whole.filter((payload) => !passes(JSON.stringify(payload)))).toEqual([])
  const name = fc.oneof(
    fc.constantFrom('__proto__', 'constructor', 'prototype', '$where', '$ne', 'toString', 'admin', 'runId', ''),
    fc.string({ minLength: 1, maxLength: 8 }),
  )
  const value = fc.oneof(
    fc.constantFrom<unknown>({ $ne: 1 }, { $gt: '' }, { $where: 'sleep(9)' }, [], [[]], {}),
    fc.boolean(),
  )
  const changes = fc.record({
    payload: fc.constantFrom(...whole),
    where: fc.nat(20),
    name,
    value,
    replace: fc.boolean(),
  })
  await fuzz(changes, ({ payload, where, name: key, value: what, replace }) => {
    const changed = structuredClone(payload) as unknown as Record<string, unknown>
    const data = changed['data'] as Record<string, unknown>
    const place = where % 2 === 0 ? changed : data
    const known = Object.keys(place)
    const target = replace ? known[where % known.length]! : known.includes(key) ? `${key}${randomUUID()}` : key
    const text = JSON.stringify(changed)
    // An own `__proto__` can be written in text only.
    const member = `${JSON.stringify(target)}:${JSON.stringify(what)}`
    const opening = place === data ? '"data":{' : '{'
    const at = text.indexOf(opening) + opening.length
    const added = `${text.slice(0, at)}${member}${Object.keys(place).length > 0 ? ',' : ''}${text.slice(at)}`
    if (replace) place[target] = what
    expect(passes(replace ? JSON.stringify(changed) : added)).toBe(false)
  })
})

test(
  'fuzzed: row 21: over HTTP a signed body of any shape is 422 and changes nothing',
  { timeout: FUZZ_MS_MAX },
  async () => {
    await using world = await executorWorld()
    const job = await Job.of(await world.dispatched(), world)
    await job.bound()
    using client = keepConnection(world.url)
    const bodies = fc.oneof(
      fc.json(),
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.constantFrom('[]', 'null', '{}'),
    )
    await fuzz(bodies, async (text) => {
      const body = await job.seal({ typ: jwsTypes.event, iat: seconds(), jti: randomUUID() }, text)
      const answer = await client.ask(`/api/runs/${job.run.id}/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/jose' },
        body,
      })
      expect([answer.status, codeOf(answer)]).toEqual([422, 'unprocessable'])
    })
    expect((await world.runs.engine.load(job.run.id))?.dispatch.lastSeq).toBe(0)
  },
)
