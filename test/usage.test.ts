/** What people type that means nothing is answered with what is wrong and the way to the usage, never with a stack trace. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

import { expect, test } from 'vitest'

import pkg from '../package.json' with { type: 'json' }

const ANSWER_MS_MAX = 60_000

interface Answer {
  code: number
  stdout: string
  stderr: string
}

/** Runs an npm script's program as npm would. */
async function typed(script: string, ...args: string[]): Promise<Answer> {
  const command = (pkg.scripts as Record<string, string>)[script]!.split(' && ').at(-1)!
  const [program, ...own] = command.split(' ')
  expect(program).toBe('node')
  const run = promisify(execFile)(process.execPath, [...own, ...args], { timeout: ANSWER_MS_MAX })
  return run.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: Answer) => ({ code, stdout, stderr }),
  )
}

const scripts = ['bench', 'sim', 'demo', 'doctor', 'verify', 'setup']

test.each(scripts)('npm run %s -- --help says how it is used', async (script) => {
  const { code, stdout, stderr } = await typed(script, '--help')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toContain(`Usage: npm run ${script} -- `)
})

test.each(scripts)('npm run %s with what it does not know ends with 2, and says where the usage is', async (script) => {
  for (const wrong of [['--colour'], ['one', 'two', '--colour=red']]) {
    const { code, stdout, stderr } = await typed(script, ...wrong)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(`npm run ${script} -- `)
    expect(stderr).not.toMatch(/^ +at /m)
  }
})

test('a value that there is not is named, with those that there are', async () => {
  const bench = await typed('bench', '--only', 'p1,p99')
  expect([bench.code, bench.stderr.split('\n')[0]]).toEqual([
    2,
    expect.stringMatching(/^There is no p99: choose from p1, /),
  ])
  const sim = await typed('sim', '--seeds', 'many')
  expect([sim.code, sim.stderr.split('\n')[0]]).toEqual([2, '--seeds takes a whole number from 1, not many.'])
})
