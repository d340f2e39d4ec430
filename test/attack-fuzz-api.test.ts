/** Rows 22, 23 and 39 to 42 of the attack table with generated cases: queries, hidden Runs, comments, logs, smuggling. */
import { connect } from 'node:net'

import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'

import { runnerCommands } from '../actions/run-agent/src/commands.ts'
import { COMMAND_LINES_MAX, parseComment } from '../app/domain/commands.ts'
import { cleanLogText } from '../app/domain/log-text.ts'
import { route } from '../app/http/route.ts'
import { apiWorld } from './stack/api/world.ts'
import { vault } from './stack/api/runs.ts'
import { testServer } from './stack/http/server.ts'
import { testDatabase } from './stack/mongo/test-database.ts'
import { FUZZ_MS_MAX, charOf, codeOf, fuzz, keepConnection } from './support/fuzz.ts'

const COMMENT_MS_MAX = 5

test('fuzzed: row 22: a query is plain words, each once, or it is 400', async () => {
  const seen: unknown[] = []
  const list = route({
    method: 'GET',
    path: '/api/list',
    access: 'public',
    summary: 'Lists',
    query: z.strictObject({ state: z.string().optional(), after: z.string().optional() }),
    handle: ({ query }) => (seen.push(query), { json: query }),
  })
  await using server = await testServer({ routes: [list] })
  using client = keepConnection(server.url)
  const name = fc.oneof(
    fc.constantFrom(
      'state',
      'after',
      'state[$ne]',
      'state[]',
      'state[0]',
      '$where',
      '__proto__',
      'constructor',
      'state.x',
      'toString',
      '',
    ),
    fc.string({ maxLength: 6 }),
  )
  const value = fc.oneof(fc.constantFrom('{"$gt":""}', '[object Object]', '$ne', '', 'a'), fc.string({ maxLength: 8 }))
  await fuzz(fc.array(fc.tuple(name, value), { maxLength: 4 }), async (pairs) => {
    const query = pairs.map(([key, text]) => `${encodeURIComponent(key)}=${encodeURIComponent(text)}`).join('&')
    const names = pairs.map(([key]) => key)
    const fits = new Set(names).size === names.length && names.every((key) => key === 'state' || key === 'after')
    const answer = await client.ask(`/api/list?${query}`)
    expect([answer.status, codeOf(answer)]).toEqual(fits ? [200, ''] : [400, 'bad_request'])
  })
  const values = seen.flatMap((query) => Object.values(query as object) as unknown[])
  expect(values.filter((each) => typeof each !== 'string')).toEqual([])
})

test(
  'fuzzed: row 23: a Run that one may not read is answered like one that is not there, wherever one asks',
  { timeout: FUZZ_MS_MAX },
  async () => {
    await using world = await apiWorld(testDatabase())
    const hidden = await world.request({ repository: vault, number: 1 })
    const cookie = await world.signIn()
    using client = keepConnection(world.url)
    const id = fc
      .string({ unit: charOf('0123456789abcdefghjkmnpqrstvwxyz'), minLength: 10, maxLength: 10 })
      .map((text) => `r_${text}`)
    const ways = fc.constantFrom<[method: string, path: string]>(
      ['GET', ''],
      ['GET', '/events'],
      ['GET', '/events?after=3'],
      ['GET', '/logs'],
      ['GET', '/logs/count'],
      ['GET', '/stream'],
      ['POST', '/cancel'],
    )
    const ask = async (runId: string, method: string, rest: string) => {
      const headers = { cookie, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json', accept: '*/*' }
      const { status, text } = await client.ask(`/api/runs/${runId}${rest}`, {
        method,
        headers,
        ...(method === 'POST' ? { body: '{}' } : {}),
      })
      return [status, text.replaceAll(runId, 'r_').replace(/"reference":"[^"]*"/, '')]
    }
    await fuzz(fc.tuple(id, ways), async ([absent, [method, rest]]) => {
      // Each new name costs a question, and a person has 60 of them a minute.
      world.pass(1_100)
      const answers = [await ask(hidden.id, method, rest), await ask(absent, method, rest)]
      expect(answers[0]).toEqual(answers[1])
      expect(answers[0]![0]).toBe(404)
    })
  },
)

test('fuzzed: row 39: no comment of 64 KB takes more than 5 ms', async () => {
  const bit = fc.oneof(
    fc.constantFrom(
      '/agent ',
      '/assign-agent ',
      '\n',
      '\r',
      '`',
      '```\n',
      '~~~',
      '<!--',
      '-->',
      '"',
      "'",
      '=',
      '--',
      '> ',
      '\\',
      '#',
      '- ',
    ),
    fc.string({ maxLength: 6 }),
  )
  const bits = fc.array(bit, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''))
  const bodies = fc.tuple(
    fc.constantFrom('', '/assign-agent ', '/agent say ', 'text\n'),
    bits.filter((unit) => unit !== ''),
  )
  await fuzz(bodies, ([start, unit]) => {
    const body = start + unit.repeat(Math.floor(65_536 / unit.length))
    // What else the machine does is not measured, nor is the first time, when the engine has yet to compile this.
    let fastest = Infinity
    for (let tries = 0; tries < 8 && fastest > COMMENT_MS_MAX; tries++) {
      const before = process.threadCpuUsage()
      expect(parseComment(body)?.extraCommands ?? 0).toBeLessThan(COMMAND_LINES_MAX)
      const { user, system } = process.threadCpuUsage(before)
      fastest = Math.min(fastest, (user + system) / 1_000)
    }
    expect(fastest).toBeLessThan(COMMENT_MS_MAX)
  })
})

const hostileText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\r\n',
        '\n',
        '\r',
        '\u2028',
        '\u001B[2J',
        '\u001B]0;x\u0007',
        '\u009B',
        '::set-output name=a::b',
        '::add-mask::x',
        '##[error]',
        '{"level":60}',
        '::stop-commands::x',
        '::x::',
        '%0A::debug::',
      ),
      fc.string({ unit: 'binary', maxLength: 6 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''))

test('fuzzed: row 40: a stored log line is one line that no terminal obeys', async () => {
  await fuzz(hostileText, (text) => {
    const clean = cleanLogText(text)
    expect(JSON.stringify({ text: clean }).split('\n')).toHaveLength(1)
    expect(/[\r\n\u2028\u2029]/.test(clean)).toBe(false)
    // What is left of escapes is colours.
    // oxlint-disable-next-line no-control-regex -- control characters are what this is about
    expect(clean.replaceAll(/\u001B\[[0-9;]*m/g, '')).not.toMatch(/(?!\t)\p{Cc}/u)
  })
})

test('fuzzed: row 40: what an agent prints stands between a stop and its own end, which it cannot know', async () => {
  await fuzz(fc.array(hostileText, { minLength: 1, maxLength: 4 }), (lines) => {
    let printed = ''
    const files = { outputFile: undefined, stateFile: undefined, summaryFile: undefined }
    runnerCommands((text) => (printed += text), files).foreign(lines)
    const [, token] = /^::stop-commands::([0-9a-f-]{36})\n/.exec(printed) ?? []
    expect(token).toBeDefined()
    expect(printed.endsWith(`\n::${token}::\n`)).toBe(true)
    expect(printed.split(`::${token}::`)).toHaveLength(2)
    expect(lines.join('\n')).not.toContain(token)
  })
})

test('fuzzed: row 41: of a request that can be read in two ways, none is carried out', async () => {
  let carriedOut = 0
  const count = (method: 'GET' | 'POST', path: string) =>
    route({ method, path, access: 'public', summary: 'Counts', handle: () => (carriedOut++, { json: {} }) })
  const server = await testServer({ routes: [count('POST', '/api/echo'), count('GET', '/api/list')] })
  onTestFinished(() => server[Symbol.asyncDispose]())
  const { hostname, port } = new URL(server.url)
  const exchange = (bytes: string): Promise<string> =>
    new Promise((resolve) => {
      let answer = ''
      const socket = connect(Number(port), hostname, () => socket.end(bytes, 'latin1'))
      socket.on('data', (data: Buffer) => (answer += data.toString('latin1')))
      socket.on('error', () => {})
      socket.on('close', () => resolve(answer))
    })
  const length = fc.nat(60).map((n) => `content-length: ${n}`)
  const te = fc
    .constantFrom('chunked', 'identity', 'chunked, identity', 'xchunked', 'chunked\t, gzip', 'gzip', 'CHUNKED')
    .map((how) => `transfer-encoding: ${how}`)
  const doubtful = fc.oneof(
    fc.tuple(length, te),
    fc.tuple(te, length),
    fc
      .tuple(fc.nat(30), fc.integer({ min: 31, max: 90 }))
      .map(([a, b]) => [`content-length: ${a}`, `content-length: ${b}`]),
    fc.constantFrom('+5', '-1', '5, 6', '0x5', '5 5', '5;', '１').map((value) => [`content-length: ${value}`]),
    fc
      .constantFrom(
        'transfer-encoding : chunked',
        ' transfer-encoding: chunked',
        'transfer-encoding: chunked, identity',
        'transfer-encoding: x',
      )
      .map((line) => [line]),
    fc.constantFrom('bad header', ': x', 'a\0b: c', 'a: b\0c', 'a: b\rc').map((line) => [line]),
  )
  const forwarded = fc.constantFrom(
    'x-forwarded-for: 127.0.0.1',
    'forwarded: for=127.0.0.1;proto=https',
    'x-forwarded-host: evil.example',
    'a: b',
  )
  await fuzz(fc.tuple(doubtful, forwarded), async ([lines, more]) => {
    const answer = await exchange(
      [
        'POST /api/echo HTTP/1.1',
        'host: a',
        more,
        ...lines,
        '',
        '0',
        '',
        'GET /api/list HTTP/1.1',
        'host: a',
        '',
        '',
      ].join('\r\n'),
    )
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /)
    expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1)
  })
  expect(carriedOut).toBe(0)
})

test(
  'fuzzed: row 42: the kill switch moves for an admin of everything only, and a replay changes nothing',
  { timeout: FUZZ_MS_MAX },
  async () => {
    await using world = await apiWorld(testDatabase())
    const cookie = await world.signIn()
    using client = keepConnection(world.url)
    const callers = fc.constantFrom<[may: boolean, headers: Record<string, string>]>(
      [false, {}],
      [false, { cookie, 'sec-fetch-site': 'same-origin' }],
      [false, world.bearer('reader')],
      [false, world.bearer('writer')],
      [false, world.bearer('admin')],
      [false, { authorization: 'Bearer dh_made_up' }],
      [true, world.bearer('everything')],
    )
    const bodies = fc.oneof(
      fc.record({ on: fc.boolean() }).map((body) => [true, body] as const),
      fc
        .record({ on: fc.constantFrom('true', 1, null, { $ne: false }), reason: fc.string({ maxLength: 5 }) })
        .map((body) => [false, body] as const),
      fc.constantFrom({}, [], null, { on: true, extra: 1 }).map((body) => [false, body] as const),
    )
    // What an honest caller was last told; the store is looked at in the end, because each look waits for a majority.
    let told = { on: false, at: null as string | null }
    await fuzz(fc.tuple(callers, bodies), async ([[may, headers], [fits, body]]) => {
      const { status, text } = await client.ask('/api/admin/kill-switch', {
        method: 'PUT',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      })
      expect(status === 200).toBe(may && fits)
      if (status !== 200) return
      const now = JSON.parse(text) as typeof told
      const { on } = body as { on: boolean }
      expect([now.on, now.at === told.at]).toEqual([on, on === told.on])
      told = now
    })
    expect((await world.killSwitch.readSwitch()).on).toBe(told.on)
  },
)
