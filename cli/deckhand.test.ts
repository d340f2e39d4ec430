/** Every verb of the command line, as a process of its own against the real API over a real store. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { beforeEach, expect, onTestFinished, test } from 'vitest'

import { onceInApiWorld } from '../test/stack/api/own-world.ts'

import type { ApiWorld } from '../test/stack/api/world.ts'
import { deckhand } from '../test/support/deckhand.ts'
import { binding } from '../test/support/story.ts'
import { commands } from './commands.ts'

let world: ApiWorld

onceInApiWorld((made) => (world = made))
beforeEach(async () => {
  await world.connection.collection('runs').deleteMany({})
  await world.killSwitch.setSwitch({ on: false, by: 'hubot', reason: null, at: Date.now() })
})

const as = (who: Parameters<ApiWorld['bearer']>[0]) => {
  const token = world.bearer(who)['authorization']!.slice('Bearer '.length)
  return (...args: string[]) => deckhand({ DECKHAND_URL: world.url, DECKHAND_TOKEN: token }, ...args)
}

test('a Run is assigned, shown, cancelled and tried again', async () => {
  const writer = as('writer')
  const assigned = await writer('assign', 'acme/shop#1', '--agent', 'other', '--message', 'Keep it small.', '--json')
  expect(assigned).toMatchObject({ code: 0, err: '' })
  const run = JSON.parse(assigned.out) as { id: string }
  expect(await world.engine.load(run.id)).toMatchObject({ agent: 'other', instructions: 'Keep it small.' })

  expect((await writer('runs', '--status', 'queued')).out).toContain(`${run.id}  Queued`)
  expect(JSON.parse((await writer('runs', '--json', '--agent', 'other')).out)).toMatchObject({ runs: [{ id: run.id }] })
  expect((await writer('run', run.id)).out).toContain(run.id)

  // Not possible now: a refusal in the API's own words, and the code of a wrong use.
  const refused = await writer('pause', run.id)
  expect(refused).toMatchObject({ code: 2, out: '', err: expect.stringContaining('nothing to pause') })
  expect(await writer('resume', run.id)).toMatchObject({ code: 2, err: expect.stringContaining(run.id) })

  expect(await writer('cancel', run.id, '--reason', 'not needed')).toMatchObject({
    code: 0,
    out: expect.stringContaining('Cancelled'),
  })
  expect(JSON.parse((await writer('retry', run.id, '--json')).out)).toMatchObject({ id: run.id, attempt: 2 })
})

test('what a comment can say of a Run, the command line can say too', async () => {
  world.heads.set('next', 'b'.repeat(40))
  const options = ['--base', 'next', '--timeout', '30m', '--draft', '--dry-run', '--gate', 'none', '--priority', 'high']
  const refused = await as('writer')('assign', 'acme/shop#1', ...options)
  expect(refused).toMatchObject({ code: 3, out: '', err: expect.stringContaining('needs maintain or admin access') })
  const assigned = await as('admin')('assign', 'acme/shop#1', ...options, '--json')
  expect(assigned).toMatchObject({ code: 0, err: '' })
  const run = JSON.parse(assigned.out) as { id: string }
  expect(await world.engine.load(run.id)).toMatchObject({
    baseRef: 'next',
    draft: true,
    dryRun: true,
    gatesOff: true,
    priority: 'high',
    clocks: { runMs: 1_800_000, agentMs: 1_800_000 },
  })

  const wrong = await as('writer')('assign', 'acme/shop#1', '--base', 'a..b', '--timeout', '5')
  expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('`base=a..b` is not valid.') })
  expect(wrong.err).toContain('`timeout=5` is not valid. Use a time like 90s, 30m or 2h.')
})

test('the agent of a Run is told something', async () => {
  const { id, dispatch } = await world.request()
  expect(await as('writer')('say', id, 'Use tabs.')).toMatchObject({
    code: 2,
    err: expect.stringContaining(`Run ${id} is still queued, so there is nothing to say.`),
  })
  await world.engine.submit(id, { type: 'bind', dispatchId: dispatch.id, binding, at: Date.now() })
  expect(await as('writer')('say', id, 'Use tabs.')).toMatchObject({ code: 0, out: expect.stringContaining(id) })
  expect((await world.engine.load(id))?.messages).toMatchObject([{ by: 'api:writer', text: 'Use tabs.' }])
  expect(await as('writer')('say', id, 'Use', 'tabs.')).toMatchObject({
    code: 2,
    err: expect.stringContaining('Write: deckhand say <run id> <text>'),
  })
  expect(await as('reader')('say', id, 'Use tabs.')).toMatchObject({ code: 3 })
})

test('kills are for admins, and kill-all says what it hit', async () => {
  const [one, two] = [await world.request({ number: 1 }), await world.request({ number: 2 })]
  expect(await as('writer')('kill', one.id)).toMatchObject({ code: 3, err: expect.stringContaining('admin access') })
  expect(await as('admin')('kill', one.id, '--reason', 'writes nonsense')).toMatchObject({ code: 0 })
  expect(await as('admin')('kill-all')).toMatchObject({ code: 2, err: expect.stringContaining('--reason') })
  expect(await as('admin')('kill-all', '--reason', 'all of it')).toMatchObject({ code: 3 })
  const all = await as('everything')('kill-all', '--reason', 'a bad release', '--json')
  expect(all.code).toBe(0)
  expect(JSON.parse(all.out)).toMatchObject({
    killSwitch: true,
    runs: expect.arrayContaining([expect.objectContaining({ id: two.id })]),
  })
})

test('the log is written from its first line to its last, each once', async () => {
  const run = await world.request()
  const line = { at: '2026-01-01T00:00:00.000Z', source: 'agent' as const, level: 'info' as const }
  for (const start of [0, 900]) {
    const lines = Array.from({ length: 900 }, (_, n) => ({ n: start + n, text: `line ${start + n}`, ...line }))
    await world.logs.appendLogs(run.id, run.dispatch.id, lines, Date.now())
  }
  const { code, out } = await as('reader')('logs', run.id, '--json')
  expect(code).toBe(0)
  const texts = out
    .trim()
    .split('\n')
    .map((each) => (JSON.parse(each) as { text: string }).text)
  expect(texts).toEqual(Array.from({ length: 1_800 }, (_, n) => `line ${n}`))
})

test('a followed log goes on until the Run ends', async () => {
  const run = await world.request()
  const following = as('reader')('logs', run.id, '-f')
  const text = {
    at: '2026-01-01T00:00:00.000Z',
    source: 'agent' as const,
    level: 'info' as const,
    text: 'the last word',
  }
  await world.logs.appendLogs(run.id, run.dispatch.id, [{ n: 0, ...text }], Date.now())
  await world.cancel(run)
  expect(await following).toMatchObject({ code: 0, out: expect.stringContaining('the last word') })
})

test('a ledger is proved from the app and from a file, and a changed one is not', async () => {
  const run = await world.request()
  await world.cancel(run)
  expect(await as('reader')('verify', run.id)).toMatchObject({ code: 0, out: expect.stringContaining('Proved') })
  const folder = mkdtempSync(join(tmpdir(), 'deckhand-ledger-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'ledger.json')
  const { text } = await world.ask(`/api/runs/${run.id}/ledger`, { headers: world.bearer('reader') })
  writeFileSync(file, text)
  // A file needs no app, so nobody has to say which.
  expect(await deckhand({}, 'verify', file)).toMatchObject({ code: 0 })
  writeFileSync(file, text.replace('"octocat"', '"mallory"'))
  expect(await deckhand({}, 'verify', file)).toMatchObject({ code: 1, out: expect.stringContaining('NOT PROVED') })
  expect(await deckhand({}, 'verify', 'nothing.json')).toMatchObject({ code: 2 })
})

/** Whatever a terminal would obey, C1 controls too. */
const OBEYED = /(?!\n)\p{Cc}/u

test('row 30: words of strangers give the terminal no orders', async () => {
  const issue = world.issues.get('shop#1')!
  const title = 'Add \u001B]52;c;ZXZpbA==\u0007CSV\u001B[2J \u009Bexport\r\nr_0000000000  Succeeded'
  world.issues.set('shop#1', { ...issue, title })
  onTestFinished(() => void world.issues.set('shop#1', issue))
  const assigned = await as('writer')('assign', 'acme/shop#1')
  expect(assigned).toMatchObject({ code: 0, out: expect.stringContaining('  Add CSV export r_0000000000 Succeeded\n') })
  const shown = [assigned, await as('writer')('runs'), await as('writer')('runs', '--json')]
  const { runs } = JSON.parse(shown[2]!.out) as { runs: { issue: { title: string } }[] }
  expect(runs.map((run) => run.issue.title)).toEqual([title])
  const folder = mkdtempSync(join(tmpdir(), 'deckhand-ledger-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'ledger.json')
  writeFileSync(file, '{"\u001B[2J')
  shown.push(await deckhand({}, 'verify', file))
  const ledger = await world.ask(`/api/runs/${assigned.out.split(' ')[0]}/ledger`, { headers: world.bearer('reader') })
  writeFileSync(file, ledger.text.replace('"run.requested"', String.raw`"\u001b]52;c;ZXZpbA==\u0007"`))
  shown.push(await deckhand({}, 'verify', file))
  expect(shown.map(({ code }) => code)).toEqual([0, 0, 0, 2, 1])
  for (const { out, err } of shown) expect(out + err).not.toMatch(OBEYED)
})

test('what is not there, not allowed and not reachable each has its code and a sentence', async () => {
  expect(await as('writer')('run', 'r_0000000000')).toMatchObject({
    code: 2,
    err: expect.stringContaining('Not found'),
  })
  expect(await as('writer')('run', 'nonsense')).toMatchObject({ code: 2, err: expect.stringContaining('looks like') })
  expect(await as('reader')('assign', 'acme/shop#1')).toMatchObject({ code: 3 })
  expect(await deckhand({ DECKHAND_URL: world.url, DECKHAND_TOKEN: 'wrong' }, 'runs')).toMatchObject({ code: 3 })
  expect(await deckhand({ DECKHAND_URL: 'http://127.0.0.1:9', DECKHAND_TOKEN: 'x' }, 'runs')).toMatchObject({ code: 4 })
  expect(await deckhand({}, 'runs')).toMatchObject({ code: 2, err: expect.stringContaining('DECKHAND_URL') })
  expect(await deckhand({}, 'dance')).toMatchObject({ code: 2, err: expect.stringContaining('Known: runs') })
  expect(await deckhand({}, 'runs', '--nonsense')).toMatchObject({ code: 2 })
  world.githubIsAway = true
  expect(await as('writer')('assign', 'acme/shop#1')).toMatchObject({ code: 4 })
  world.githubIsAway = false
})

test('help names every command, and every command has help of its own', async () => {
  const { code, out } = await deckhand({}, '--help')
  expect(code).toBe(0)
  for (const { usage, about } of Object.values(commands)) {
    expect(out).toContain(usage)
    expect(out).toContain(about)
  }
  expect(await deckhand({}, 'help', 'assign')).toMatchObject({ code: 0, out: expect.stringContaining('--follow') })
  expect((await deckhand({}, 'assign', '--help')).out).toBe((await deckhand({}, 'help', 'assign')).out)
  expect(await deckhand({})).toMatchObject({ code: 2 })
})
