/**
 * What the documents tell people to type is typed: each line of `deckhand` as it stands, against an app that knows
 * nobody; each flag of an npm script is looked for in that script's own help.
 */
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { exitCodes } from '../cli/client.ts'
import { commands } from '../cli/commands.ts'
import pkg from '../package.json' with { type: 'json' }
import { deckhand } from './support/deckhand.ts'

const HELP_MS_MAX = 60_000
const documents = [
  ...readdirSync('.').filter((name) => name.endsWith('.md')),
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]
const texts = documents.map((path) => readFileSync(path, 'utf8'))
const found = (pattern: RegExp) => [
  ...new Set(texts.flatMap((text) => [...text.matchAll(pattern)].map(([, it]) => it!))),
]

/** Lines of blocks, and what stands between backticks; a comment behind is none of it. */
const typed = [...found(/^deckhand (.+?)(?:\s+#.*)?$/gm), ...found(/`deckhand ([^`]+)`/g)]
/** The words of a line as a shell takes them; quotes hold one together. */
const wordsOf = (line: string) => [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!)

/** Knows nobody, so that every command that is understood ends with "not allowed". */
const app = createServer((request, response) => {
  asked.push(`${request.method} ${request.url}`)
  response.writeHead(403, { 'Content-Type': 'application/problem+json' }).end('{"title":"Not allowed"}')
})
const asked: string[] = []
let url: string
beforeAll(async () => {
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(app.address() as AddressInfo).port}`
})
afterAll(() => new Promise((resolve) => app.close(resolve)))

test('every command of deckhand that the documents name is there', () => {
  expect(typed.length).toBeGreaterThan(8)
  const names = typed.map((line) => wordsOf(line)[0]!)
  expect(names.filter((name) => name !== 'help' && !Object.hasOwn(commands, name))).toEqual([])
})

/** A command alone between backticks names it; what it is about is left out there. */
const whole = typed.filter((line) => {
  const [name, ...rest] = wordsOf(line)
  return name !== 'help' && (rest.length > 0 || commands[name!]?.words === 0)
})

test.each(whole)('deckhand %s is understood, and asks the app', async (line) => {
  asked.length = 0
  const { code, err } = await deckhand({ DECKHAND_URL: url, DECKHAND_TOKEN: 'nobody' }, ...wordsOf(line))
  expect({ code, err: err.trim() }).toEqual({ code: exitCodes.notAllowed, err: 'Not allowed' })
  expect(asked).toEqual([expect.stringMatching(/^(?:GET|POST) \/api\//)])
})

test('a line that nobody could type would be seen', async () => {
  const env = { DECKHAND_URL: url, DECKHAND_TOKEN: 'nobody' }
  expect(await deckhand(env, 'runs', '--colour')).toMatchObject({ code: exitCodes.usage })
  expect(await deckhand(env, 'pause')).toMatchObject({ code: exitCodes.usage })
})

/** `npm run <script> -- <flags>`, as the documents write it. */
const withFlags = [...new Set(found(/npm run ([a-z:]+ -- [^`#\n]+)/g).map((line) => line.trim()))]

test('some scripts are told with flags', () => {
  expect(withFlags.length).toBeGreaterThan(1)
})

test.each(withFlags)('npm run %s: its own help knows the flags', async (line) => {
  const [script = '', , ...rest] = wordsOf(line)
  const node = (pkg.scripts as Record<string, string>)[script]!.split(' && ').at(-1)!
  const [program, ...args] = node.split(' ')
  expect(program).toBe('node')
  const { stdout } = await promisify(execFile)(process.execPath, [...args, '--help'], { timeout: HELP_MS_MAX })
  expect(rest.filter((word) => word.startsWith('--') && !stdout.includes(word))).toEqual([])
  expect(stdout).toContain(`npm run ${script}`)
})
