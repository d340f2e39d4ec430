/** Rows 1 to 10 of the attack table with generated cases: what comes in as a webhook. */
import { createHash, createHmac } from 'node:crypto'
import { connect as connectSocket } from 'node:net'
import { Readable } from 'node:stream'
import type { IncomingMessage } from 'node:http'

import examples from '@octokit/webhooks-examples'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'

import { readConfig } from '../app/config.ts'
import type { ConfigError } from '../app/config.ts'
import { inspectPayload } from '../app/domain/payload.ts'
import { createConversation } from '../app/github/conversation.ts'
import {
  toCommentEvent,
  toLabelEvent,
  toLineCommentEvent,
  toReviewEvent,
  toSuiteEvent,
} from '../app/github/translate.ts'
import { readChunks } from '../app/http/body.ts'
import { webhookRoutes } from '../app/http/webhooks.ts'
import { connect } from '../app/store/connect.ts'
import { deliveryStore } from '../app/store/deliveries.ts'
import type { NewDelivery } from '../app/store/deliveries.ts'
import { Inbox } from '../app/store/inbox.ts'
import { portOf } from './stack/github-world.ts'
import { startLocalGitHub } from './stack/github/local-github.ts'
import { openShop } from './stack/github/testing.ts'
import { testServer } from './stack/http/server.ts'
import { testDatabase } from './stack/mongo/test-database.ts'
import { FUZZ_MS_MAX, CASES, charOf, fuzz, hexOf, keepConnection } from './support/fuzz.ts'
import { tellStory } from './support/story.ts'

const SECRET = 'a webhook secret of more than 32 bytes'
const MIB = 1024 * 1024
const hmac = (body: Uint8Array | string, secret = SECRET, algorithm = 'sha256'): string =>
  createHmac(algorithm, secret).update(body).digest('hex')
const wordOf = (maxLength: number) => fc.string({ unit: charOf('abcXYZ019-_=+/ ;,'), maxLength })

async function receiver(inbox: { add: (delivery: NewDelivery) => Promise<'inserted' | 'duplicate'> }) {
  let arrived = 0
  const routes = webhookRoutes({ secret: () => SECRET, inbox, arrived: () => void arrived++, now: Date.now })
  const server = await testServer({ routes })
  onTestFinished(() => server[Symbol.asyncDispose]())
  const client = keepConnection(server.url)
  onTestFinished(() => client[Symbol.dispose]())
  const post = (body: Uint8Array | string, headers: Record<string, string>) =>
    client.ask('/api/github/webhooks', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', 'x-github-event': 'issues', ...headers },
    })
  return { server, post, arrived: () => arrived }
}

test('fuzzed: row 1: no signature but the right one lets a body in', async () => {
  const stored: NewDelivery[] = []
  const { post, server } = await receiver({ add: async (delivery) => (stored.push(delivery), 'inserted') })
  const wrong = (right: string, body: Uint8Array): fc.Arbitrary<string> =>
    fc.oneof(
      fc
        .tuple(fc.nat(63), charOf('0123456789abcdef'))
        .map(([at, digit]) => `sha256=${right.slice(0, at)}${digit}${right.slice(at + 1)}`),
      fc.nat(63).map((length) => `sha256=${right.slice(0, length)}`),
      hexOf(4).map((more) => `sha256=${right}${more}`),
      fc.constantFrom(
        `sha256=${right.toUpperCase()}`,
        `SHA256=${right}`,
        right,
        `sha256= ${right}`,
        `sha256=0x${right}`,
      ),
      fc.constantFrom(`sha1=${hmac(body, SECRET, 'sha1')}`, `sha1=${right}`, `sha512=${hmac(body, SECRET, 'sha512')}`),
      fc.constantFrom('development', '', SECRET.toUpperCase(), `${SECRET} `).map((key) => `sha256=${hmac(body, key)}`),
      fc.uint8Array({ maxLength: 40 }).map((other) => `sha256=${hmac(other)}`),
      hexOf(64).map((digits) => `sha256=${digits}`),
      wordOf(90),
    )
  const cases = fc
    .uint8Array({ maxLength: 200 })
    .chain((body) => fc.record({ body: fc.constant(body), signature: wrong(hmac(body), body) }))
  let right = 0
  await fuzz(cases, async ({ body, signature }) => {
    const isRight = signature === `sha256=${hmac(body)}`
    if (isRight) right++
    const headers = { 'x-hub-signature-256': signature, 'x-github-delivery': 'd' }
    expect((await post(body, headers)).status).toBe(isRight ? 202 : 401)
  })
  expect(stored).toHaveLength(right)
  expect(server.rejections.length).toBeGreaterThan(CASES * 0.9)
})

test('fuzzed: row 2: a secret that is short or known is never taken', async () => {
  const refusal = (WEBHOOK_SECRET: string): ConfigError => {
    try {
      readConfig({ WEBHOOK_SECRET })
    } catch (error) {
      return error as ConfigError
    }
    throw new Error('an environment without everything else was taken')
  }
  const secrets = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.constant('development'))
  await fuzz(secrets, (secret) => {
    const { exitCode, message } = refusal(secret)
    const told = message.split('\n').filter((line) => line.includes('WEBHOOK_SECRET is '))
    expect([exitCode, told.length]).toEqual([78, Buffer.byteLength(secret) < 32 ? 1 : 0])
  })
})

test(
  'fuzzed: rows 3, 4 and 5: whatever is sent again, one body and one delivery id are stored once',
  { timeout: FUZZ_MS_MAX },
  async () => {
    const connection = await connect(testDatabase())
    onTestFinished(() => connection.close())
    const deliveries = deliveryStore(connection)
    await deliveries.ensureIndexes()
    const { post, arrived } = await receiver(new Inbox(deliveries))
    const sent: { id: string; digest: string }[] = []
    const copy = fc.record({
      n: fc.nat(150),
      id: fc.nat(300).map((n) => `0000-${n}`),
      event: fc.constantFrom('issues', 'issue_comment', 'push', 'ping'),
    })
    await fuzz(fc.array(copy, { minLength: 1, maxLength: 3 }), async (copies) => {
      const answers = copies.map(({ n, id, event }) => {
        const body = `{"n":${n}}`
        sent.push({ id, digest: createHash('sha256').update(body).digest('hex') })
        const signature = `sha256=${hmac(body)}`
        return post(body, { 'x-hub-signature-256': signature, 'x-github-delivery': id, 'x-github-event': event })
      })
      for (const { status } of await Promise.all(answers)) expect(status).toBe(202)
    })
    const stored = await connection
      .collection('deliveries')
      .find({}, { projection: { digest: 1 } })
      .toArray()
    const [ids, digests] = [
      new Set(stored.map((row) => String(row._id))),
      new Set(stored.map((row) => row['digest'] as string)),
    ]
    expect([ids.size, digests.size, arrived()]).toEqual([stored.length, stored.length, stored.length])
    expect(sent.filter(({ id, digest }) => !ids.has(id) && !digests.has(digest))).toEqual([])
  },
)

test('fuzzed: row 4: one comment starts at most one Run, whatever else its deliveries say', async () => {
  const { engine, rows } = tellStory()
  const comment = fc.record({ trigger: fc.nat(120), issue: fc.nat(200), instructions: fc.string({ maxLength: 5 }) })
  await fuzz(comment, async ({ trigger, issue, instructions }) => {
    await engine.request({
      repository: { id: 1, owner: 'acme', name: 'shop', private: false, defaultBranch: 'main', installationId: 5 },
      issue: { number: issue + 1, title: 't', body: '', url: 'https://github.com/acme/shop/issues/1' },
      trigger: {
        via: 'comment',
        id: `IC_${trigger}`,
        commentId: trigger,
        url: 'https://github.com/acme/shop/issues/1',
      },
      requestedBy: { id: 583_231, login: 'octocat' },
      agent: 'stub',
      instructions,
      baseRef: 'main',
    })
  })
  const triggers = [...rows.values()].map(({ run }) => run.trigger.id)
  expect(triggers.length).toBeGreaterThan(50)
  expect(new Set(triggers).size).toBe(triggers.length)
})

test('fuzzed: row 5: a payload of GitHub is taken for its own event only', async () => {
  const recorded = (examples as unknown as { name: string; examples: object[] }[]).flatMap(({ name, examples: all }) =>
    all.map((payload) => ({ name, payload })),
  )
  const change = fc.record(
    {
      action: fc.constantFrom('created', 'labeled', 'unlabeled', 'edited', 'opened', 'submitted', 'rerequested'),
      label: fc.constant({ name: 'agent' }),
    },
    { requiredKeys: [] },
  )
  const taken: string[] = []
  await fuzz(fc.tuple(fc.constantFrom(...recorded), change), ([{ name, payload }, changed]) => {
    const posing = { installation: { id: 5 }, ...payload, ...changed }
    if (toCommentEvent(posing, 1)) taken.push(`${name} as a comment`)
    if (toReviewEvent(posing, 1)) taken.push(`${name} as a review`)
    if (toLineCommentEvent(posing, 1)) taken.push(`${name} as a comment on a line`)
    if (toSuiteEvent(posing, 1)) taken.push(`${name} as all checks`)
    if (toLabelEvent(posing)) taken.push(`${name} as a label`)
  })
  expect(new Set(taken)).toEqual(
    new Set([
      'check_suite as all checks',
      'issue_comment as a comment',
      'issues as a label',
      'pull_request_review as a review',
      'pull_request_review_comment as a comment on a line',
    ]),
  )
})

test('fuzzed: row 6: a body that says it is too large, or is packed, is refused before it is read', async () => {
  const { server } = await receiver({ add: () => Promise.reject(new Error('nothing may be stored')) })
  const { hostname, port } = new URL(server.url)
  const statusOf = (headers: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connectSocket(Number(port), hostname, () => {
        socket.write(
          `POST /api/github/webhooks HTTP/1.1\r\nhost: a\r\nx-hub-signature-256: sha256=${'0'.repeat(64)}\r\n${headers}`,
        )
      })
      socket.once('data', (data: Buffer) => {
        resolve(data.toString('latin1').slice(9, 12))
        socket.destroy()
      })
      socket.once('error', reject)
    })
  const large = fc
    .bigInt({ min: BigInt(25 * MIB + 1), max: 2n ** 53n - 1n })
    .map((length) => [`content-length: ${length}\r\n\r\nxxx`, '413'] as const)
  const packed = fc
    .tuple(
      fc.constantFrom('gzip', 'br', 'deflate', 'x-gzip', 'zstd', 'gzip, identity', 'identity, gzip', 'GZIP'),
      fc.boolean(),
    )
    .map(
      ([how, chunked]) =>
        [
          `content-encoding: ${how}\r\n${chunked ? 'transfer-encoding: chunked\r\n\r\n3\r\nxxx\r\n0\r\n\r\n' : 'content-length: 3\r\n\r\nxxx'}`,
          '415',
        ] as const,
    )
  await fuzz(fc.oneof(large, packed), async ([headers, expected]) => expect(await statusOf(headers)).toBe(expected))
})

test('fuzzed: row 6: however a body is cut into chunks, no more than the limit is kept', async () => {
  const chunks = fc.array(fc.nat(60), { maxLength: 30 })
  await fuzz(fc.tuple(chunks, fc.nat(400)), async ([sizes, bytesMax]) => {
    const req = Object.assign(
      Readable.from(
        sizes.filter(Boolean).map((size) => Buffer.alloc(size)),
        { objectMode: true },
      ),
      { headers: {} },
    )
    let kept = 0
    const into = (chunk: Buffer): void => void (kept += chunk.length)
    const all = sizes.reduce((sum, size) => sum + size, 0)
    const outcome = await readChunks(req as unknown as IncomingMessage, { bytesMax, into }).then(
      () => 'read',
      (error: { code: string }) => error.code,
    )
    expect(outcome).toBe(all > bytesMax ? 'payload_too_large' : 'read')
    expect(kept).toBeLessThanOrEqual(bytesMax)
    req.destroy()
  })
})

test('fuzzed: row 7: wherever a request stops, it is ended in time and others are served', async () => {
  const server = await testServer({ requestTimeoutMs: 400 })
  onTestFinished(() => server[Symbol.asyncDispose]())
  const { hostname, port } = new URL(server.url)
  const whole =
    'POST /webhooks/github HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 40\r\n\r\n{"a":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}'
  const stopping = (length: number): Promise<string> =>
    new Promise((resolve) => {
      let answer = ''
      const socket = connectSocket(Number(port), hostname, () => socket.write(whole.slice(0, length)))
      socket.on('data', (data: Buffer) => (answer += data.toString('latin1')))
      socket.on('error', () => {})
      socket.on('close', () => resolve(answer))
    })
  const lengths = fc.sample(fc.integer({ min: 1, max: whole.length - 1 }), { numRuns: CASES, seed: 1 })
  const all = lengths.map(stopping)
  expect((await fetch(`${server.url}/livez`)).status).toBe(200)
  const statuses = new Set((await Promise.all(all)).map((answer) => answer.slice(9, 12)))
  // A body that nobody asked for is refused at once: there is no such route on this server.
  expect([...statuses].filter((status) => !['408', '404', ''].includes(status))).toEqual([])
  expect(statuses).toContain('408')
})

test('fuzzed: row 8: what nests deeper than 64 is refused, whatever it is made of', async () => {
  const levels = fc.array(fc.constantFrom('[', '[1,', '["]",', '{"a":', '{"[":1,"b":', '{"\\"}":2,"c":'), {
    minLength: 1,
    maxLength: 130,
  })
  const close = (opening: string[]): string =>
    opening
      .toReversed()
      .map((part) => (part.startsWith('[') ? ']' : '}'))
      .join('')
  await fuzz(fc.tuple(levels, fc.boolean()), ([opening, closed]) => {
    const text = `{"x":${opening.join('')}0${closed ? close(opening) : ''}${closed ? '}' : ''}`
    const inspected = inspectPayload(Buffer.from(text))
    const depth = opening.length + 1
    const expected = depth > 64 ? 'nested deeper than 64' : closed || 'invalid JSON'
    expect(inspected.ok || inspected.reason).toBe(expected)
  })
})

test('fuzzed: row 9: bytes that two parsers could read differently are refused', async () => {
  const invalid = fc
    .constantFrom([0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80], [0xf8, 0x88, 0x80, 0x80, 0x80], [0xc0, 0xaf], [0xe2, 0x82])
    .map((bytes) => ['invalid UTF-8', Buffer.from(bytes)] as const)
  const escaped = fc.constantFrom('\\u0000', '\0').map((text) => ['NUL character', Buffer.from(text)] as const)
  const half = fc
    .integer({ min: 0xd800, max: 0xdfff })
    .map((code) => ['lone surrogate', Buffer.from(`\\u${code.toString(16)}`)] as const)
  const plain = fc.string({ unit: charOf('abc é😀{}[]:,'), maxLength: 20 })
  await fuzz(
    fc.tuple(plain, fc.oneof(invalid, escaped, half), plain, fc.boolean()),
    ([before, [reason, bad], after, inKey]) => {
      const [open, end] = inKey ? ['{"', '":1}'] : ['{"a":"', '"}']
      const body = Buffer.concat([Buffer.from(open + before), bad, Buffer.from(after + end)])
      expect(inspectPayload(body)).toEqual({ ok: false, reason })
    },
  )
})

test('fuzzed: row 9: a key that stands twice is found, however it is spelled', async () => {
  const letter = fc.tuple(charOf('abcdef'), fc.boolean())
  const spell = (letters: [string, boolean][]): string =>
    letters.map(([char, hidden]) => (hidden ? `\\u00${char.charCodeAt(0).toString(16)}` : char)).join('')
  const keys = fc.uniqueArray(fc.string({ unit: charOf('ghijk'), minLength: 1, maxLength: 4 }), {
    maxLength: 6,
  })
  await fuzz(
    fc.tuple(
      fc.array(letter, { minLength: 1, maxLength: 5 }),
      fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
      keys,
    ),
    ([letters, flips, others]) => {
      const twin = letters.map(([char, hidden], at): [string, boolean] => [char, hidden !== flips[at]])
      const members = [spell(letters), ...others, spell(twin)].map((key) => `"${key}":{"x":[1]}`)
      expect(inspectPayload(Buffer.from(`{${members.join(',')}}`))).toEqual({ ok: false, reason: 'duplicate key' })
      expect(inspectPayload(Buffer.from(`{${members.slice(0, -1).join(',')}}`)).ok).toBe(true)
    },
  )
})

test('fuzzed: row 10: an event is let in only for the repository and installation that GitHub knows', async () => {
  await using local = await startLocalGitHub({ checkResponses: false })
  await openShop(local)
  const github = portOf(local)
  const repo = (await github.repository('acme', 'shop'))!
  // GitHub is asked once for each combination; what is made of its answer is what is tried a thousand times.
  const answers = new Map<string, ReturnType<typeof github.repository>>()
  const repository: typeof github.repository = (...asked) => {
    const key = JSON.stringify(asked)
    return answers.get(key) ?? answers.set(key, github.repository(...asked)).get(key)!
  }
  const conversation = createConversation({ ...github, repository }, Date.now)
  const honest = {
    installationId: repo.installationId,
    repository: { id: repo.id, owner: 'acme', name: 'shop' },
  }
  const odd = fc.record({
    installationId: fc.oneof(
      { weight: 3, arbitrary: fc.constant(honest.installationId) },
      fc.constantFrom(1, 99, 2 ** 40),
    ),
    id: fc.oneof({ weight: 3, arbitrary: fc.constant(honest.repository.id) }, fc.integer({ min: 1, max: 2 ** 31 })),
    owner: fc.oneof({ weight: 3, arbitrary: fc.constant('acme') }, fc.constantFrom('octocat', 'evil', 'acme2')),
    name: fc.oneof({ weight: 3, arbitrary: fc.constant('shop') }, fc.constantFrom('vault', 'shop2', '.github')),
  })
  let admitted = 0
  await fuzz(odd, async ({ installationId, id, owner, name }) => {
    const by = { id: 1, login: 'octocat' }
    const event = { installationId, repository: { id, owner, name }, by } as Parameters<typeof conversation.admit>[0]
    const right = JSON.stringify({ installationId, repository: { id, owner, name } }) === JSON.stringify(honest)
    const found = await conversation.admit(event)
    expect(found !== null).toBe(right)
    if (found) admitted++
  })
  expect(admitted).toBeGreaterThan(20)
})
