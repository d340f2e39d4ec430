import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'

import { rawExchange, testServer } from '../../test/stack/http/server.ts'
import { CONTENT_SECURITY_POLICY } from './headers.ts'
import { route } from './route.ts'

const echo = route({
  method: 'POST',
  path: '/api/echo/:id',
  access: 'public',
  summary: 'Says what it was given',
  params: z.strictObject({ id: z.string().max(10) }),
  query: z.strictObject({ state: z.string().optional() }),
  body: z.strictObject({ text: z.string() }),
  handle: ({ params, query, body }) => ({ json: { ...params, ...query, ...body } }),
})
const list = route({
  method: 'GET',
  path: '/api/list',
  access: 'public',
  summary: 'Lists',
  query: z.strictObject({ state: z.string().optional() }),
  handle: ({ query }) => ({ json: query }),
})
const json = { 'content-type': 'application/json' }

test('a handler sees checked parameters, query and body', async () => {
  await using app = await testServer({ routes: [echo] })
  const answer = await fetch(`${app.url}/api/echo/7?state=a`, { method: 'POST', headers: json, body: '{"text":"x"}' })
  expect(answer.status).toBe(200)
  expect(await answer.json()).toEqual({ id: '7', state: 'a', text: 'x' })
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(answer.headers.get('x-powered-by')).toBeNull()
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
})

test('row 22: operators, repeated and unknown parameters are 400', async () => {
  await using app = await testServer({ routes: [list, echo] })
  const queries = [
    'state[$ne]=x',
    'state=a&state=b',
    'state[]=a',
    'other=1',
    '__proto__=x',
    'constructor=x',
    '$where=1',
    'state%5B%24ne%5D=x',
    Array.from({ length: 60 }, (_, i) => `a${i}=1`).join('&'),
  ]
  for (const query of queries) {
    const answer = await fetch(`${app.url}/api/list?${query}`)
    expect([query, answer.status]).toEqual([query, 400])
    expect(await answer.json()).toMatchObject({ code: 'bad_request', status: 400 })
  }
  expect((await fetch(`${app.url}/api/list?state=a`)).status).toBe(200)
})

test('row 22: a body with operators, magic keys or too much depth is refused', async () => {
  await using app = await testServer({ routes: [echo] })
  const send = async (body: string, headers: Record<string, string> = json) =>
    (await fetch(`${app.url}/api/echo/1`, { method: 'POST', headers, body })).status
  expect(await send('{"text":{"$where":"1"}}')).toBe(422)
  expect(await send('{"text":"x","extra":1}')).toBe(422)
  expect(await send('{"text":"x","__proto__":{"admin":true}}')).toBe(422)
  expect(await send('{"text":"x","constructor":{}}')).toBe(422)
  expect(await send('['.repeat(1_000) + ']'.repeat(1_000))).toBe(400)
  expect(await send('{')).toBe(400)
  expect(await send('{"text":"x"}', { 'content-type': 'text/plain' })).toBe(415)
  expect(await send(`{"text":"${'x'.repeat(70_000)}"}`)).toBe(413)
})

test('unknown paths, wrong methods and paths that cannot be decoded are problems', async () => {
  await using app = await testServer({ routes: [list, echo] })
  const missing = await fetch(`${app.url}/api/nothing`, { headers: { accept: 'text/html' } })
  expect([missing.status, missing.headers.get('content-type')]).toEqual([404, 'application/problem+json'])
  const method = await fetch(`${app.url}/api/list`, { method: 'DELETE' })
  expect([method.status, method.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  expect((await fetch(`${app.url}/api/%ff`)).status).toBe(404)
  expect((await fetch(`${app.url}/api/echo/%E0%A4%A`, { method: 'POST' })).status).toBe(400)
  expect((await fetch(`${app.url}/api/list`, { method: 'HEAD' })).status).toBe(200)
})

test('row 45: what a handler throws reaches neither the caller nor, with its token, the log', async () => {
  const secret = 'ghs_16C7e42F292c6912E7710c838347Ae178B4a'
  const broken = route({
    method: 'GET',
    path: '/api/broken',
    access: 'public',
    summary: 'Breaks',
    handle: () => {
      throw new Error(`GitHub said 401 to Bearer ${secret}`)
    },
  })
  await using app = await testServer({ routes: [broken] })
  const answer = await fetch(`${app.url}/api/broken`, { headers: { accept: 'text/html' } })
  const text = await answer.text()
  expect(answer.status).toBe(500)
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  expect(text).not.toMatch(/GitHub said|ghs_|\.ts|at /)
  const { reference } = JSON.parse(text) as { reference: string }
  const line = app.lines.find(({ level }) => level === 'error')
  expect(line?.fields['reference']).toBe(reference)
  expect(JSON.stringify(app.lines)).not.toContain(secret)
})

test('row 41: a request that says its length twice is 400', async () => {
  await using app = await testServer({ routes: [echo] })
  const smuggled = (headers: string[]) =>
    rawExchange(
      app.url,
      `${['POST /api/echo/1 HTTP/1.1', 'host: a', 'content-type: application/json', ...headers].join('\r\n')}\r\n\r\n0\r\n\r\nGET /api/list HTTP/1.1\r\n\r\n`,
    )
  const both = await smuggled(['content-length: 5', 'transfer-encoding: chunked'])
  expect(both).toMatch(/^HTTP\/1\.1 400 /)
  expect(both.match(/HTTP\/1\.1 /g)).toHaveLength(1)
  expect(both).toContain('application/problem+json')
  expect(await smuggled(['content-length: 5', 'content-length: 6'])).toMatch(/^HTTP\/1\.1 400 /)
  expect(await smuggled(['transfer-encoding: chunked, identity'])).toMatch(/^HTTP\/1\.1 400 /)
})

test('row 41: forwarding headers from outside are not believed', async () => {
  const host = route({
    method: 'GET',
    path: '/api/who',
    access: 'public',
    summary: 'Says who asks',
    handle: ({ req }) => ({ json: { address: req.socket.remoteAddress, ip: (req as { ip?: string }).ip } }),
  })
  await using app = await testServer({ routes: [host] })
  const answer = await fetch(`${app.url}/api/who`, { headers: { 'x-forwarded-for': '203.0.113.9' } })
  expect(await answer.json()).toEqual({ address: '127.0.0.1', ip: '127.0.0.1' })
})

test('row 7: a body that trickles in is 408, and others are served meanwhile', async () => {
  await using app = await testServer({ routes: [echo, list], requestTimeoutMs: 1_000 })
  const { hostname, port } = new URL(app.url)
  const slow = connect(Number(port), hostname)
  slow.write('POST /api/echo/1 HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n')
  const trickle = setInterval(() => slow.writable && slow.write('x'), 40)
  onTestFinished(() => clearInterval(trickle))
  let text = ''
  slow.setEncoding('latin1')
  slow.on('data', (data: string) => (text += data))
  slow.on('error', () => {})
  const closed = new Promise((resolve) => slow.once('close', resolve))
  expect((await fetch(`${app.url}/api/list`)).status).toBe(200)
  await closed
  expect(text).toMatch(/^HTTP\/1\.1 408 /)
  expect(text).toContain('request_timeout')
})

test('a stream outlives the time that a request may take, and a drain ends it with retry', async () => {
  let send: (() => void) | undefined
  const stream = route({
    method: 'GET',
    path: '/api/stream',
    access: 'public',
    stream: true,
    summary: 'Streams',
    handle: ({ openStream }) => {
      const open = openStream({ pingMs: 500 })
      send = () => void open.send('hello', { text: 'two\nlines' }, 'r/1')
    },
  })
  await using app = await testServer({ routes: [stream], requestTimeoutMs: 1_000 })
  const answer = await fetch(`${app.url}/api/stream`)
  expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  expect(answer.headers.get('x-accel-buffering')).toBe('no')
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader()
  const text = async (until: string, seen = ''): Promise<string> => {
    const { value, done } = await reader.read()
    const all = seen + (value ?? '')
    return done || all.includes(until) ? all : text(until, all)
  }
  // Six pings take three times as long as a request may.
  let pings = ''
  while (pings.split('event: ping').length <= 6) pings += await text('event: ping')
  send!()
  expect(await text('\n\n')).toContain('id: r/1\nevent: hello\ndata: {"text":"two\\nlines"}\n\n')
  expect(app.server.streams.size).toBe(1)
  const closing = app.server.close()
  expect(await text('nothing more')).toMatch(/retry: \d+\n\n$/)
  await closing
  expect(app.server.streams.size).toBe(0)
})

test('livez needs no database, readyz does, and a replica that drains is not ready', async () => {
  let up = false
  let now = 0
  const pingStore = async () => {
    if (!up) throw new Error('no primary')
  }
  await using app = await testServer({ pingStore, now: () => now })
  const status = async (path: string) => (await fetch(`${app.url}${path}`)).status
  expect([await status('/livez'), await status('/readyz')]).toEqual([200, 503])
  up = true
  expect(await status('/readyz')).toBe(200)
  up = false
  now += 4_999
  expect(await status('/readyz')).toBe(200)
  now += 1
  expect(await status('/readyz')).toBe(503)
  up = true
  app.server.drain()
  expect([await status('/readyz'), await status('/livez')]).toEqual([503, 200])
  expect(await (await fetch(`${app.url}/health`)).json()).toEqual({
    status: 'healthy',
    service: 'deckhand',
    uptime: expect.any(Number),
    timestamp: new Date(now).toISOString(),
  })
  expect(await status('/healthz')).toBe(200)
})

test('the dashboard is served with its policy, hashed files for ever, one page for every client route', async () => {
  const webRoot = await mkdtemp(join(tmpdir(), 'web-'))
  onTestFinished(() => rm(webRoot, { recursive: true }))
  await using app = await testServer({ webRoot })
  const html = { headers: { accept: 'text/html' } }
  const unbuilt = await fetch(`${app.url}/runs`, html)
  expect([unbuilt.status, await unbuilt.text()]).toEqual([503, expect.stringContaining('npm run build:web')])

  await mkdir(join(webRoot, 'assets'))
  await writeFile(join(webRoot, 'index.html'), '<!doctype html><title>Deckhand</title>')
  await writeFile(join(webRoot, 'assets', 'index-a1b2.js'), 'export {}')
  for (const path of ['/', '/runs/r_8k2f0q7w3z', '/repos/acme/shop.js/issues/1', '/index.html']) {
    const page = await fetch(`${app.url}${path}`, html)
    expect([path, page.status, await page.text()]).toEqual([path, 200, expect.stringContaining('Deckhand')])
    expect(page.headers.get('content-security-policy')).toBe(CONTENT_SECURITY_POLICY)
    expect(page.headers.get('cache-control')).toBe('no-cache')
  }
  const script = await fetch(`${app.url}/assets/index-a1b2.js`)
  expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  expect(script.headers.get('content-type')).toContain('text/javascript')
  expect((await fetch(`${app.url}/assets/gone.js`, html)).status).toBe(404)
  expect((await fetch(`${app.url}/runs`, { headers: { accept: 'application/json' } })).status).toBe(404)
  const outside = await fetch(`${app.url}/..%2f..%2fpackage.json`, html)
  expect(await outside.text()).toContain('<title>Deckhand')
})

test('row 36: another site can change nothing with a cookie', async () => {
  await using app = await testServer({ routes: [echo], publicUrl: 'https://deckhand.test' })
  const send = async (headers: Record<string, string>, body = '{"text":"x"}') =>
    (await fetch(`${app.url}/api/echo/1`, { method: 'POST', headers, body })).status
  const cookie = { cookie: '__Host-session=1' }
  expect(await send({ ...json, ...cookie, 'sec-fetch-site': 'same-origin' })).toBe(200)
  expect(await send({ ...json, ...cookie, origin: 'https://deckhand.test' })).toBe(200)
  expect(await send({ ...json })).toBe(200)
  expect(await send({ ...json, authorization: 'Bearer x' })).toBe(200)
  for (const site of ['cross-site', 'same-site', 'none']) {
    expect(await send({ ...json, ...cookie, 'sec-fetch-site': site })).toBe(403)
  }
  expect(await send({ ...json, ...cookie })).toBe(403)
  expect(await send({ ...json, ...cookie, origin: 'https://evil.test' })).toBe(403)
  expect(await send({ ...json, origin: 'null' })).toBe(403)
  expect(await send({ ...cookie, 'sec-fetch-site': 'same-origin', 'content-type': 'text/plain' })).toBe(403)
  const form = { ...cookie, 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' }
  expect(await send(form, 'text=x')).toBe(403)
})

test('what needs a person is 401 for nobody and 403 for whom it is not meant', async () => {
  const secret = route({
    method: 'GET',
    path: '/api/secret',
    access: 'admin',
    summary: 'x',
    handle: () => ({ json: 1 }),
  })
  const people = { octocat: true, hubot: false } as Record<string, boolean>
  await using app = await testServer({
    routes: [secret],
    identify: async (req) => {
      const login = req.headers['x-test-login'] as string | undefined
      return login === undefined
        ? { kind: 'anonymous' }
        : { kind: 'person', id: 1, login, admin: people[login] ?? false }
    },
  })
  const status = async (headers: Record<string, string>) => (await fetch(`${app.url}/api/secret`, { headers })).status
  expect(await status({})).toBe(401)
  expect(await status({ 'x-test-login': 'hubot' })).toBe(403)
  expect(await status({ 'x-test-login': 'octocat' })).toBe(200)
})
