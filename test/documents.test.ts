/** The documents say what is there: commands, files, routes, flags and settings are compared with the code. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { expect, test } from 'vitest'

import { createMetrics } from '../app/compose/metrics.ts'
import { reasonCodes, runStatuses } from '../app/contracts/status.ts'
import { parseComment } from '../app/domain/commands.ts'
import { reasonText } from '../app/domain/render/reasons.ts'
import { apiRoutes } from '../app/http/api/routes.ts'
import type { ApiRoutesDeps } from '../app/http/api/routes.ts'
import { healthRoutes } from '../app/http/health.ts'
import { metricsRoute } from '../app/http/metrics.ts'
import { openApiRoute } from '../app/http/openapi.ts'
import pkg from '../package.json' with { type: 'json' }
import { USAGE, parseDemoArgs } from './stack/demo/args.ts'

const documents = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'docs/how-a-run-goes.md',
  'docs/operations.md',
  'docs/troubleshooting.md',
]
const text = (path: string) => readFileSync(path, 'utf8')
const matches = (source: string, pattern: RegExp) => [...source.matchAll(pattern)].map((match) => match[1]!)

test.each(documents)('%s: every npm script that it names exists', (document) => {
  const known = new Set([...Object.keys(pkg.scripts), 'ci'])
  const named = matches(text(document), /npm (?:run )?((?!run\b|ci\b|install\b)[a-z][a-z:-]*)/g)
  expect(named.filter((script) => !known.has(script))).toEqual([])
})

test.each(documents)('%s: every file that it links or names exists', (document) => {
  const source = text(document)
  const linked = matches(source, /\]\((?!https?:|#)([^)#]+)/g)
  const named = matches(source, /`((?:app|actions|web|test|scripts|docs|\.github)\/[\w./-]+\.(?:ts|tsx|yml|md|json))`/g)
  const missing = [...linked.map((path) => join(dirname(document), path)), ...named].filter((path) => !existsSync(path))
  expect(missing).toEqual([])
})

test('every route in the README is in the route table', () => {
  // The table is made without touching what stands behind it.
  const nothing = new Proxy({}, { get: () => nothing }) as ApiRoutesDeps
  const health = healthRoutes({ pingStore: async () => {}, isDraining: () => false, now: () => 0 })
  const metrics = metricsRoute(async () => ({ type: '', text: '' }))
  const described = openApiRoute([], { version: '', publicUrl: '' })
  const routes = [...apiRoutes({ auth: nothing.auth, api: nothing.api }), ...health, metrics, described]
  const known = new Set(routes.map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{}')}`))
  const rows = matches(text('README.md'), /^\| (`(?:GET|POST|PUT) .*?) \|/gm)
  const named = rows.flatMap((row) => {
    const method = /(GET|POST|PUT)/.exec(row)![1]!
    return matches(row, /(\/[\w/{}.-]+)/g).map((path) => `${method} ${path.replaceAll(/\{\w+\}(?:\.svg)?/g, '{}')}`)
  })
  expect(named.length).toBeGreaterThan(8)
  expect(named.filter((route) => !known.has(route))).toEqual([])
})

test('every comment command in the README is understood', () => {
  const commands = matches(text('README.md'), /`(\/(?:assign-agent|agent)[^`]*)`/g)
  expect(commands.length).toBeGreaterThan(3)
  expect(commands.filter((command) => (parseComment(command)?.kind ?? 'invalid') === 'invalid')).toEqual([])
})

test("the demo's flags in the README are those of its own help", () => {
  const flags = new Set(matches(text('README.md'), /(--(?:once|json|sandbox|fail|cancel|keep|help))\b/g))
  expect([...flags].filter((flag) => !USAGE.includes(flag))).toEqual([])
  expect(parseDemoArgs(['--once', '--json', '--sandbox', 'e2b'])).toMatchObject({
    once: true,
    json: true,
    sandbox: 'e2b',
  })
  expect(() => parseDemoArgs(['--fail', 'everything'])).toThrow('use sandbox, agent, runner, github')
})

test('the page of the operators names every metric of ours, and none that is not there', async () => {
  const none = async () => 0
  const gauges = {
    live: async () => [],
    oldestDueEffect: none,
    budgetLeft: async () => ({ minute: 0, hour: 0 }),
    pastDeadline: none,
  }
  const { text: exposed } = await createMetrics({ gauges, now: () => 0 }).expose()
  const ours = matches(exposed, /^# HELP ((?:app|cicd)_\w+)/gm)
  const told = matches(text('docs/operations.md'), /^\| `((?:app|cicd)_\w+)` /gm)
  expect(told.toSorted()).toEqual(ours.toSorted())
})

test('the page of troubles has each reason for which a Run ends without success, in the words that people read', () => {
  const rows = new Map(
    [...text('docs/troubleshooting.md').matchAll(/^\| `(\w+)` +\| (.*?) +\|/gm)].map(([, code, cause]) => [
      code,
      cause,
    ]),
  )
  const fine = new Set<string>(['pull_request_opened', 'no_changes', 'dry_run', 'needs_answer', 'paused_by_person'])
  const wanted = reasonCodes.filter((code) => !fine.has(code))
  expect([...rows.keys()]).toEqual(wanted)
  for (const code of wanted) expect(rows.get(code)).toBe(reasonText(code, null).cause)
})

test('the picture of the states has each status and no other', () => {
  const picture = /stateDiagram-v2\n([\s\S]*?)```/.exec(text('docs/how-a-run-goes.md'))![1]!
  const drawn = picture.match(/\b[a-z]+(?= -->)|(?<=--> )[a-z]+/g)
  expect([...new Set(drawn)].toSorted()).toEqual(runStatuses.toSorted())
})
