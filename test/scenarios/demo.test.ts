/** The demo in words, what it makes of its flags, and that nothing of it stays behind, whenever it is ended. */
import { createServer } from 'node:http'

import { expect, onTestFinished, test } from 'vitest'

import { startDemo } from '../support/demo-process.ts'
import { USAGE } from '../stack/demo/args.ts'

/** Where the demo looks first. */
const FIRST_PORT = 4310

test('in words, on ports that are taken: the next free ones, the Run as it goes, and what to try next', async () => {
  await take(FIRST_PORT)
  const started = await startDemo('--once')
  const { code, out, err } = await started.ended
  expect({ code, err }).toEqual({ code: 0, err: '' })
  const port = Number(/Dashboard\s+http:\/\/127\.0\.0\.1:(\d+)\//.exec(out)?.[1])
  expect(port).toBeGreaterThan(FIRST_PORT)
  for (const text of [
    /^Deckhand demo {2,}Ctrl\+C to stop$/m,
    /^ {2}GitHub {6}http:\/\/127\.0\.0\.1:\d+ {3}\(emulated: acme\/shop, 2 issues\)$/m,
    /^\d\d:\d\d:\d\d {2}webhook {3}octocat commented "\/assign-agent stub" on acme\/shop#1$/m,
    /reaction {2}👀/,
    /reaction {2}🚀/,
    /run {7}r_\w{10} queued → running/,
    /commit {4}Append a line to README\.md \(\+1 −0\)$/m,
    /PR #3 {5}opened, Closes #1, created_by_run_id=r_\w{10}$/m,
    /run {7}r_\w{10} succeeded in \d+\.\d s$/m,
  ]) {
    expect(out).toMatch(text)
  }
  // The path of MongoDB is as long as it is.
  const long = out.split('\n').filter((line) => line.length > 120 && !line.includes('MongoDB'))
  expect(long).toEqual([])
  expect(await started.left()).toEqual([])
})

test('what stays up shows five issues with five different ends, one of which waits for a person', async () => {
  const started = await startDemo('--json')
  expect(await started.line('demo.started')).toMatchObject({ issues: 5 })
  expect(await started.line('demo.ready')).toMatchObject({ paused: expect.stringMatching(/\/runs\/r_\w{10}$/) })
  const [main, ...others] = started.lines().filter(({ type }) => type === 'demo.finished' || type === 'demo.outcome')
  expect(main).toMatchObject({ type: 'demo.finished', reason: 'pull_request_opened' })
  expect(others.map(({ status, reason }) => [status, reason])).toEqual([
    ['succeeded', 'no_changes'],
    ['failed', 'agent_failed'],
    ['cancelled', 'cancelled_by_person'],
    ['paused', 'paused_by_person'],
  ])
  started.interrupt()
  expect(await started.ended).toMatchObject({ code: 0, err: '' })
  expect(await started.left()).toEqual([])
})

test('it stays up until Ctrl+C, which leaves no process, sandbox or folder behind', async () => {
  const started = await startDemo('--json')
  await started.line('demo.finished')
  started.interrupt()
  expect(await started.ended).toMatchObject({ code: 0, err: '' })
  expect(await started.left()).toEqual([])
})

test('Ctrl+C in the middle of the agent’s work', async () => {
  const started = await startDemo('--json', '--once', '--cancel')
  await started.line('demo.sandbox')
  started.interrupt()
  expect(await started.ended).toMatchObject({ code: 1, err: '' })
  expect(await started.left()).toEqual([])
})

test('Ctrl+C before anything is up', async () => {
  const started = await startDemo('--json')
  await started.line('demo.starting')
  started.interrupt()
  expect(await started.ended).toMatchObject({ code: 0, err: '' })
  expect(await started.left()).toEqual([])
})

test('--help, and flags that mean nothing', async () => {
  const help = await (await startDemo('--help')).ended
  expect(help).toEqual({ code: 0, out: `${USAGE}\n`, err: '' })
  for (const [flags, says] of [
    [['--fast'], "Unknown option '--fast'"],
    [['--sandbox', 'cloud'], '--sandbox cloud is not known: use local or e2b.'],
    [['--fail', 'luck'], '--fail luck is not known: use sandbox, agent, runner, github.'],
    [['--cancel', '--fail', 'agent'], '--cancel and --fail ask for different ends'],
    [['now'], "Unexpected argument 'now'"],
  ] as const) {
    const { code, out, err } = await (await startDemo(...flags)).ended
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(says)
    expect(err).toContain('--help')
    expect(err.split('\n').length).toBeLessThanOrEqual(3)
  }
})

/** Takes the port until the test ends, unless somebody has it already. */
async function take(port: number): Promise<void> {
  const server = createServer()
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => server.once('error', () => resolve()).listen(port, '127.0.0.1', resolve))
}
