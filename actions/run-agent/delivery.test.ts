/** Callbacks through bad weather: nothing is lost, doubled or reordered, and what cannot be delivered is left behind. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

import { decodeProtectedHeader } from 'jose'
import { expect, test } from 'vitest'

import { RUN_ID, testWorld } from '../../test/support/run-agent/world.ts'

test('failures, dropped connections and lost answers change nothing in what the app has at the end', async () => {
  await using calm = await testWorld()
  await calm.run()
  await using t = await testWorld({ timing: { flushMsMax: 60_000 } })
  t.app.fault = ({ route, nth }) => {
    if (route === 'control' || route === 'heartbeat') return undefined
    return nth % 4 === 0 ? 503 : nth % 4 === 1 ? 'drop' : nth % 4 === 2 ? 'lost' : undefined
  }
  // The OIDC service is asked once.
  const weather = t.app.fault
  t.app.fault = (seen) => (seen.route === 'oidc' ? undefined : weather(seen))
  expect(await t.run()).toBe(0)
  expect(t.app.types).toEqual(calm.app.types)
  expect(t.app.calls('oidc')).toBe(1)
  expect(t.app.logs.map((line) => line.n)).toEqual(t.app.logs.map((_, index) => index))
  expect(new Set(t.app.jtis).size).toBe(t.app.jtis.length)
})

test.for([200, 302, 403, 404])(
  'a bare %i is not of the app: it is waited out like the app being away',
  async (status) => {
    await using calm = await testWorld()
    await calm.run()
    await using t = await testWorld({
      answer: (answer) => ({ ...answer, limits: { ...answer.limits, heartbeatMs: 20 } }),
    })
    const answered = new Set<string>(['bind', 'events', 'heartbeat', 'proposals', 'logs'])
    t.app.fault = ({ route, nth }) => (answered.has(route) && nth === 0 ? status : undefined)
    const { agentFor } = t.world
    t.world.agentFor = async (name) => {
      // The first one meets the status, so this is a later one.
      await t.app.until('heartbeat')
      return agentFor(name)
    }
    expect(await t.run()).toBe(0)
    expect(t.app.types).toEqual(calm.app.types)
    expect(t.app.proposals.size).toBe(1)
    expect(t.app.logs.map((line) => line.n)).toEqual(t.app.logs.map((_, index) => index))
    expect(t.app.logs.length).toBeGreaterThan(0)
  },
)

test('what no answer of the app says about the proposal leaves it in the artifact, with the words that were said', async () => {
  await using t = await testWorld({ timing: { flushMsMax: 100 } })
  t.app.fault = ({ route }) => (route === 'proposals' ? 413 : undefined)
  expect(await t.run()).toBe(0)
  expect(t.file('output')).toMatch(/deckhand-proposal-[0-9a-f]{64}\.json/)
  expect(t.printed()).toContain('The app could not be reached (HTTP 413)')
})

test('no sandbox is begun before the app knows of it', async () => {
  await using t = await testWorld({ timing: { recordedMsMax: 30_000 } })
  const begun: number[] = []
  t.app.fault = ({ route, type }) => {
    if (route !== 'events' || type !== 'sandbox.requested' || begun.length === 3) return undefined
    begun.push(t.sandboxes.acquired.length)
    return 503
  }
  expect(await t.run()).toBe(0)
  expect(begun).toEqual([0, 0, 0])
  expect(t.sandboxes.acquired).toHaveLength(1)
})

test('the app sends the executor back to an earlier number and gets the same bytes again', async () => {
  await using t = await testWorld()
  let sentBack = false
  t.app.fault = ({ route, type }) => {
    if (route !== 'events' || type !== 'agent.finished' || sentBack) return undefined
    sentBack = true
    return { code: 'expected_seq', expectedSeq: 2 }
  }
  expect(await t.run()).toBe(0)
  expect(t.app.calls('events')).toBeGreaterThan(t.app.events.length + 5)
  expect(t.app.types.at(-1)).toBe('executor.finished')
})

test('a second job of a doubled dispatch leaves quietly, with success and a notice', async () => {
  await using t = await testWorld()
  t.app.fault = ({ route }) => (route === 'bind' ? { code: 'already_bound' } : undefined)
  expect(await t.run()).toBe(0)
  expect(t.app.calls('bind')).toBe(1)
  expect(t.app.events).toEqual([])
  expect(t.sandboxes.acquired).toEqual([])
  expect(t.printed()).toContain('::notice title=Nothing to do')
})

test.for([
  ['callback_forbidden', 2],
  ['callback_unauthenticated', 2],
] as const)('a bind that the app refuses with %s ends with exit code %i', async ([code, exitCode]) => {
  await using t = await testWorld()
  t.app.fault = ({ route }) => (route === 'bind' ? { code } : undefined)
  expect(await t.run()).toBe(exitCode)
  expect(t.app.calls('bind')).toBe(1)
  expect(t.printed()).toContain('::error title=The app refused this job')
})

test('an app that cannot be reached at the bind makes the job say: try again', async () => {
  await using t = await testWorld({ timing: { bindMsMax: 2_000 } })
  t.app.fault = ({ route }) => (route === 'bind' ? 'drop' : undefined)
  expect(await t.run()).toBe(75)
  expect(t.app.calls('bind')).toBeGreaterThan(1)
})

test('when the app takes no more reports, the sandbox goes and only its end is still said', async () => {
  await using t = await testWorld()
  t.app.fault = ({ route, type }) => {
    if (route !== 'events' || type !== 'agent.started') return undefined
    t.app.killed = true
    return { code: 'run_ended' }
  }
  expect(await t.run()).toBe(2)
  expect(t.app.types).toEqual([
    'executor.started',
    'sandbox.requested',
    'sandbox.acquired',
    'workspace.prepared',
    'sandbox.destroyed',
  ])
  expect(t.sandboxes.destroyed).toEqual(['sb-1'])
})

test('a Run that the app ended after the agent failed does not change how the job ends', async () => {
  await using t = await testWorld({ instructions: 'stub: fail' })
  t.app.fault = ({ route, type }) =>
    route === 'events' && type === 'executor.finished' ? { code: 'run_ended' } : undefined
  expect(await t.run()).toBe(1)
  expect(t.printed()).toContain('::error title=The agent failed')
})

test('what could not be delivered is left as signed lines that still chain', async () => {
  await using t = await testWorld({ timing: { flushMsMax: 100 } })
  t.app.fault = ({ route, type }) => (route === 'events' && type !== 'executor.started' ? 'drop' : undefined)
  expect(await t.run()).toBe(0)
  expect(t.app.types).toEqual(['executor.started'])
  let last = t.app.payloads[0] ?? ''
  const path = /undelivered<<(\S+)\n(\S+)\n\1/.exec(t.file('output'))?.[2] ?? ''
  expect(path).toContain(`deckhand-undelivered-${RUN_ID}`)
  const lines = readFileSync(path, 'utf8').trim().split('\n')
  for (const [index, line] of lines.entries()) {
    const entry = JSON.parse(line) as { jws: string; payload: { seq: number; prev: string } }
    const payload = Buffer.from(entry.jws.split('.')[1] ?? '', 'base64url').toString()
    expect(JSON.parse(payload)).toEqual(entry.payload)
    expect(entry.payload.seq).toBe(index + 2)
    expect(entry.payload.prev).toBe(createHash('sha256').update(last).digest('hex'))
    expect(decodeProtectedHeader(entry.jws)).toMatchObject({ alg: 'EdDSA', typ: 'run-event+jwt' })
    last = payload
  }
  expect(JSON.parse(last)).toMatchObject({ type: 'executor.finished' })
  expect(t.printed()).toContain('::warning title=The app could not be reached')
})

test('a proposal that the app cannot take is left beside the callbacks that name it', async () => {
  await using t = await testWorld({ timing: { flushMsMax: 100 } })
  t.app.fault = ({ route }) => (route === 'proposals' ? 'drop' : undefined)
  expect(await t.run()).toBe(0)
  expect(t.app.types).not.toContain('executor.finished')
  const [events, proposal] = (/undelivered<<(\S+)\n([^]+?)\n\1/.exec(t.file('output'))?.[2] ?? '').split('\n')
  const told = readFileSync(events!, 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { payload: { type: string; data: { digest?: string } } }).payload)
  const digest = createHash('sha256').update(readFileSync(proposal!)).digest('hex')
  expect(told.find(({ type }) => type === 'proposal.submitted')?.data.digest).toBe(digest)
  expect(proposal).toContain(`deckhand-proposal-${digest}.json`)
  expect(told.at(-1)?.type).toBe('executor.finished')
})

test('log lines arrive although the app is too busy at first', async () => {
  await using t = await testWorld({ instructions: 'stub: no-change' })
  t.app.fault = ({ route, nth }) => (route === 'logs' && nth < 3 ? 429 : undefined)
  expect(await t.run()).toBe(0)
  expect(t.app.logs.map((line) => line.text).join('\n')).toContain('Issue #101: Add CSV export')
})
