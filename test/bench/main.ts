/**
 * `npm run bench`: measures us beside peers in the same run, prints the tables and writes docs/performance.md; `--gate`
 * writes nothing, and fails where a ratio to a peer is worse than the recorded one by more than 15 %. `--help` has all.
 */
import { execFileSync } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { cpus, loadavg } from 'node:os'

import { flagsOrExit } from '../stack/flags.ts'
import { ROOT } from '../stack/world.ts'
import { startMongo } from '../stack/mongo/start.ts'
import { digits } from './bench.ts'
import type { Bench, Context, Row } from './bench.ts'
import { actionStart } from './action-start.ts'
import { parseBenchArgs, usageOf } from './args.ts'
import { callbacks } from './callbacks.ts'
import { coldStart } from './cold-start.ts'
import { commands } from './commands.ts'
import { worseThan } from './gate.ts'
import { folding } from './fold.ts'
import { latency } from './latency.ts'
import { lists } from './lists.ts'
import { load } from './load-test.ts'
import { soak } from './soak.ts'
import { streams } from './streams.ts'
import { webhooks } from './webhooks.ts'

const BENCHES: readonly Bench[] = [
  webhooks,
  latency,
  folding,
  streams,
  callbacks,
  actionStart,
  lists,
  coldStart,
  commands,
  load,
  soak,
]
const PAGE = `${ROOT}/docs/performance.md`
const HEAD = `# Performance

Written by \`npm run bench\`. Every goal that can be is a ratio between Deckhand and a peer that is measured beside it, in turns, in the same run, because the figures of one machine say little about another. Medians of five rounds unless a row says otherwise; beside a ratio stand the two rates of its own round. ✓ met, ✗ missed.
`

const names = BENCHES.map(({ id }) => id)
const { only, full, gate } = flagsOrExit(usageOf(names), () => parseBenchArgs(process.argv.slice(2), names))

const sections = new Map<string, string>()
const known = await readFile(PAGE, 'utf8').catch(() => '')
for (const [, id = '', text = ''] of known.matchAll(/<!-- (\w+) -->\n([\s\S]*?)<!-- \/\1 -->/g)) sections.set(id, text)

const worse: string[] = []
await using mongo = await startMongo({})
const context: Context = { mongo, full, say: (line) => console.error(line) }
for (const bench of BENCHES.filter(({ id }) => only.includes(id))) {
  const start = performance.now()
  console.error(`${bench.title} …`)
  const rows = await bench.run(context)
  console.error(`  ${digits((performance.now() - start) / 1000)} s`)
  const text = sectionOf(bench, rows)
  sections.set(bench.id, text)
  console.log(text)
  if (gate) {
    worse.push(...worseThan(known, rows))
    continue
  }
  // After each, so that a bench that breaks does not take the others with it.
  await mkdir(`${ROOT}/docs`, { recursive: true })
  await writeFile(PAGE, pageOf())
}

if (worse.length > 0) {
  console.error(`Worse than ${PAGE} records:\n${worse.map((line) => `  ${line}`).join('\n')}`)
  process.exitCode = 1
}

function pageOf(): string {
  const parts = BENCHES.flatMap(({ id }) =>
    sections.has(id) ? [`<!-- ${id} -->\n${sections.get(id)!}<!-- /${id} -->\n`] : [],
  )
  return `${HEAD}\n${parts.join('\n')}`
}

function sectionOf({ title, how }: Bench, rows: readonly Row[]): string {
  const lines = rows.map(
    ({ what, measured, goal, met }) => `| ${what} | ${measured} | ${goal} | ${met === null ? '' : met ? '✓' : '✗'} |`,
  )
  const table = ['| What | Measured | Goal | |', '| --- | --- | --- | --- |', ...lines].join('\n')
  return `## ${title}\n\n${how}\n\n${table}\n\n${machine()}\n\n`
}

function machine(): string {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim()
  const model = cpus()[0]?.model.trim() ?? 'unknown CPU'
  const busy = digits(loadavg()[0] ?? 0)
  return `<sub>Commit ${commit}, ${new Date().toISOString().slice(0, 10)}; ${cpus().length} × ${model}, Node ${process.versions.node}, mongod ${mongo.binary.version}; load average at the end ${busy}.</sub>`
}
