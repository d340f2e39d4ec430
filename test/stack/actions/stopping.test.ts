import { readFile } from 'node:fs/promises'

import { expect, test, vi } from 'vitest'

import { actionFiles, stepWorkflow, testWorld } from './test-world.ts'
import { SOON } from '../soon.ts'

/** Waits until it is told to stop; `INPUT_` decides how it takes that. */
const waits = `
  import { spawn } from 'node:child_process'
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
  console.log('CHILD ' + child.pid)
  process.on('SIGINT', () => { console.log('SIGINT'); if (process.env.INPUT_OBEY === 'yes') { child.kill(); process.exit(0) } })
  process.on('SIGTERM', () => console.log('SIGTERM'))
  setInterval(() => {}, 1000)
  console.log('READY')`
const manifest =
  'inputs:\n  obey: {description: x, default: "no"}\nruns: {using: node24, main: index.mjs, post: post.mjs}\n'

/** Who listens may take a while on a busy machine. */
const patient = { interruptMs: 60_000, terminateMs: 60_000 }

async function running(step = '', options: Parameters<typeof testWorld>[0] = {}) {
  const world = await testWorld(options)
  const files = { ...actionFiles('act', waits, manifest), 'act/post.mjs': "console.log('POST')" }
  const sha = await world.github.commit('tools/kit', files)
  await world.github.commit('acme/shop', { '.github/workflows/ship.yml': stepWorkflow(sha, '', step) })
  world.github.dispatch('acme/shop', 'go', { run_id: 'r_1' })
  await vi.waitFor(() => expect(world.runner.log(900)).toContain('READY'), SOON)
  const child = Number(/CHILD (\d+)/.exec(world.runner.log(900))![1])
  return { ...world, child }
}

async function isGone(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  // A killed child whose parent died waits for init as a zombie: it runs no more.
  return stat === null || stat.split(' ')[2] === 'Z'
}
const gone = (pid: number) => vi.waitFor(async () => expect(await isGone(pid)).toBe(true), SOON)

test('cancel asks with SIGINT first; post steps still run', async () => {
  const { github, runner, child } = await running('        with: {obey: "yes"}\n', { cancelTimes: patient })
  github.cancel(900)
  await runner.idle()
  expect(github.history).toEqual(['queued', 'in_progress', 'cancelled'])
  expect(github.jobs[0]!.conclusion).toBe('cancelled')
  const log = runner.log(900)
  expect(log).toContain('SIGINT')
  expect(log).not.toContain('SIGTERM')
  expect(log).toContain('POST')
  await gone(child)
})

test('who does not listen gets SIGTERM and is killed with its children', async () => {
  const { github, runner, child } = await running('', { cancelTimes: { interruptMs: 300, terminateMs: 5_000 } })
  github.cancel(900)
  await runner.idle()
  expect(runner.log(900).match(/SIG(INT|TERM)/g)).toEqual(['SIGINT', 'SIGTERM'])
  expect(github.jobs[0]!.conclusion).toBe('cancelled')
  await gone(child)
})

test('after a cancel only always() and cancelled() steps run', async () => {
  const step = [
    '        with: {obey: "yes"}',
    '      - {name: plain, uses: tools/kit/act@main}',
    '      - {name: failed, if: failure(), uses: tools/kit/act@main}',
    '      - {name: told, if: cancelled(), uses: actions/upload-artifact@v4, with: {path: nothing, if-no-files-found: ignore}}',
  ].join('\n')
  const { github, runner } = await running(step, { cancelTimes: patient })
  github.cancel(900)
  await runner.idle()
  const steps = github.jobs[0]!.steps.map((row) => [row.name, row.conclusion])
  expect(steps.slice(2, 5)).toEqual([
    ['plain', 'skipped'],
    ['failed', 'skipped'],
    ['told', 'success'],
  ])
})

test('a force-cancel leaves no time for anything', async () => {
  const { github, runner, child } = await running('', { cancelTimes: patient })
  github.cancel(900, true)
  await runner.idle()
  expect(github.history.at(-1)).toBe('cancelled')
  expect(runner.log(900)).not.toContain('POST')
  await gone(child)
})

test('a lost machine says nothing more, until GitHub gives it up', async () => {
  const { github, runner, child } = await running()
  expect(runner.processes()).toHaveLength(1)
  runner.kill(900)
  await gone(child)
  await runner.idle()
  expect(github.history).toEqual(['queued', 'in_progress'])
  expect(github.jobs[0]!.status).toBe('in_progress')
  runner.giveUp(900)
  expect(github.history.at(-1)).toBe('failure')
  expect(github.jobs[0]).toMatchObject({ status: 'completed', conclusion: 'failure' })
  expect(github.jobs[0]!.logs).toContain('lost communication')
})

test('disposing ends what runs', async () => {
  const { runner, child } = await running()
  await runner[Symbol.asyncDispose]()
  await gone(child)
  expect(runner.processes()).toEqual([])
})

test('a step has its own time limit', async () => {
  const { github, runner } = await running('        timeout-minutes: 0.1\n')
  await runner.idle()
  expect(github.history.at(-1)).toBe('failure')
  expect(runner.log(900)).toContain("The action 'Test' has timed out after 0.1 minutes.")
})

test('a machine that goes down with SIGTERM runs nothing after it', async () => {
  const { github, runner, child } = await running()
  runner.kill(900, 'SIGTERM')
  await vi.waitFor(() => expect(runner.log(900)).toContain('SIGTERM'), SOON)
  runner.kill(900)
  await gone(child)
  await runner.idle()
  expect(runner.log(900)).not.toContain('POST')
  expect(github.jobs[0]!.status).toBe('in_progress')
})
