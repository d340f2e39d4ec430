/** Holds the layer table of ARCHITECTURE.md: who may import whom, and the few rules that keep the way of the data one-way. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path/posix'

import { parseSync } from 'oxc-parser'
import { expect, test } from 'vitest'

import pkg from '../package.json' with { type: 'json' }

/** Who may import whom: a row lists every layer its files may import, besides their own. */
const layers: Record<string, readonly string[]> = {
  'app/contracts': [],
  'app/domain': ['app/contracts'],
  'app/store': ['app/domain', 'app/contracts'],
  'app/github': ['app/domain', 'app/contracts'],
  'app/sandboxes': ['app/contracts'],
  'app/perform': ['app/github', 'app/sandboxes', 'app/domain', 'app/contracts'],
  'app/engine.ts': ['app/store', 'app/domain', 'app/contracts'],
  'app/loops': ['app/engine.ts', 'app/store', 'app/perform', 'app/sandboxes', 'app/domain', 'app/contracts'],
  'app/http': ['app/engine.ts', 'app/store', 'app/domain', 'app/contracts'],
  'app/webhooks': ['app/engine.ts', 'app/github', 'app/domain', 'app/contracts'],
  'app/probot.ts': ['app/webhooks', 'app/engine.ts', 'app/github', 'app/domain'],
  'app/config': ['app/contracts', 'app/domain'],
  'app/config.ts': ['app/config', 'app/contracts', 'app/domain'],
  'app/ids.ts': [],
  'app/compose': ['app'],
  'app/main.ts': ['app'],
  'actions/run-agent/src/agents': ['app/contracts'],
  'actions/run-agent': ['actions/run-agent', 'app/sandboxes', 'app/contracts'],
  web: ['app/contracts'],
  cli: ['app/contracts', 'app/domain'],
}
const names = Object.keys(layers).sort((a, b) => b.length - a.length)
const inside = (path: string, layer: string) => path === layer || path.startsWith(`${layer}/`)
const layerOf = (path: string) => names.find((name) => inside(path, name))

interface Import {
  file: string
  from: string
  target: string | undefined
  names: string[]
  typeOnly: boolean
}

const files = globSync('{app,actions,web,cli}/**/*.{ts,tsx}').filter(
  (file) => !/\.test\.|\/dist\/|\.config\.ts$/.test(file),
)
const imports = files.flatMap(importsOf)

function importsOf(file: string): Import[] {
  const { module } = parseSync(file, readFileSync(file, 'utf8'))
  const found = [
    ...module.staticImports.map((i) => ({
      from: i.moduleRequest.value,
      names: i.entries.map((e) => e.importName.name ?? '*'),
      typeOnly: i.entries.length > 0 && i.entries.every((e) => e.isType),
    })),
    ...module.staticExports
      .flatMap((e) => e.entries)
      .flatMap((e) => (e.moduleRequest ? [{ from: e.moduleRequest.value, names: ['*'], typeOnly: e.isType }] : [])),
    ...module.dynamicImports.flatMap(({ moduleRequest: { start, end } }) => {
      const literal = /^['"](.+)['"]$/.exec(readFileSync(file, 'utf8').slice(start, end))
      return literal ? [{ from: literal[1]!, names: ['*'], typeOnly: false }] : []
    }),
  ]
  return found.map((i) => ({ ...i, file, target: targetOf(file, i.from) }))
}

function targetOf(file: string, from: string): string | undefined {
  if (/^#(contracts|sandboxes|domain)\//.test(from)) return from.replace('#', 'app/')
  return from.startsWith('.') ? join(file, '..', from) : undefined
}

test('every source file belongs to a layer', () => {
  expect(files.length).toBeGreaterThan(50)
  expect(files.filter((file) => !layerOf(file))).toEqual([])
})

test('every import stays inside the layer table', () => {
  const broken = imports.filter(({ file, target }) => {
    const from = layerOf(file)
    if (!from || !target || inside(target, from)) return false
    return !layers[from]!.some((layer) => inside(target, layer))
  })
  expect(broken.map(({ file, target }) => `${file} -> ${target}`)).toEqual([])
})

test('the domain is pure: no node modules, no packages', () => {
  const outside = imports.filter((i) => inside(i.file, 'app/domain') && !i.target)
  expect(outside.map((i) => `${i.file} -> ${i.from}`)).toEqual([])
})

test('only the engine appends to a Run', () => {
  const callers = files.filter(
    (file) =>
      !inside(file, 'app/store') &&
      file !== 'app/engine.ts' &&
      /\b(store|runs)\.(append|insert)\(/.test(readFileSync(file, 'utf8')),
  )
  expect(callers).toEqual([])
})

test('only the store knows Mongo, and only app/github knows Octokit', () => {
  const strangers = imports.filter((i) => {
    if (i.typeOnly) return false
    if (/^(mongoose|mongodb)$/.test(i.from)) return !inside(i.file, 'app/store')
    if (/^(@octokit\/|probot$)/.test(i.from)) {
      return !inside(i.file, 'app/github') && i.file !== 'app/probot.ts' && i.from !== '@octokit/webhooks'
    }
    return false
  })
  expect(strangers.map((i) => `${i.file} -> ${i.from}`)).toEqual([])
})

test('crossing a process boundary is written with #', () => {
  const crossings = imports.filter(
    (i) => !i.file.startsWith('app/') && i.target?.startsWith('app/') && !i.from.startsWith('#'),
  )
  expect(crossings.map((i) => `${i.file} -> ${i.from}`)).toEqual([])
})

test('every package that app/ imports is a runtime dependency, and every runtime dependency is imported', () => {
  const bare = imports.filter((i) => i.file.startsWith('app/') && !i.typeOnly && !/^[.#]|^node:/.test(i.from))
  const missing = bare.filter((i) => !Object.keys(pkg.dependencies).some((d) => inside(i.from, d)))
  expect(missing.map((i) => `${i.file} -> ${i.from}`)).toEqual([])
  const unused = Object.keys(pkg.dependencies).filter((d) => !bare.some((i) => inside(i.from, d)))
  expect(unused).toEqual([])
})

test('environment variables are read in one place each of the app, the action and the command line', () => {
  const code = (file: string) => readFileSync(file, 'utf8').replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, '')
  const readers = files.filter((file) => /\bprocess\.env\b/.test(code(file)))
  // The local sandbox looks programs up as a shell would; the sandbox itself inherits nothing.
  const allowed = new Set([
    'app/main.ts',
    'actions/run-agent/src/inputs.ts',
    'cli/deckhand.ts',
    'cli/mcp.ts',
    'cli/setup.ts',
    'app/sandboxes/local-isolation.ts',
  ])
  expect(readers.filter((file) => !allowed.has(file))).toEqual([])
})
