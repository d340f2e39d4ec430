/**
 * `npm run demo`: the main job on embedded defaults. It starts the local world and the app, opens an issue, comments
 * `/assign-agent` as a person would, shows the Run live, and stays up with the dashboard.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { pino } from 'pino'

import { readConfig } from '../../../app/config.ts'
import { startApp } from '../../../app/main.ts'
import { providerFor } from '../../../app/sandboxes/table.ts'
import { startMongo } from '../mongo/start.ts'
import { ensureWebBuilt } from '../web-build.ts'
import { REPOSITORY, ROOT, startWorld } from '../world.ts'
import { USAGE, expectedEnd, parseDemoArgs } from './args.ts'
import type { DemoArgs } from './args.ts'
import { playRun } from './play.ts'
import { showJson, showText } from './show.ts'
import type { Show } from './show.ts'

const APP_PORT = 4310
const GITHUB_PORT = 4311
/** The red paths that wait for a clock wait less long here, and the demo says which clock it was. */
const SHORT_CLOCKS = { HEARTBEAT_MS: '1000', HEARTBEAT_LOST_MS: '5000', SWEEP_INTERVAL_MS: '1000' }

const write = (line: string): void => void process.stdout.write(`${line}\n`)

async function main(): Promise<number> {
  const startedAt = performance.now()
  const args = parseDemoArgs(process.argv.slice(2))
  if (args === 'help') {
    write(USAGE)
    return 0
  }
  const show = args.json ? showJson(write) : showText(write, () => Date.now())
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  process.once('SIGTERM', () => stop.abort())

  const stack = new AsyncDisposableStack()
  try {
    return await demo({ args, show, stop: stop.signal, stack, startedAt })
  } catch (error) {
    if (stop.signal.aborted) return args.once ? 1 : 0
    throw error
  } finally {
    await stack.disposeAsync()
  }
}

interface Demo {
  args: DemoArgs
  show: Show
  stop: AbortSignal
  stack: AsyncDisposableStack
  startedAt: number
}

async function demo({ args, show, stop, stack, startedAt }: Demo): Promise<number> {
  const data = await mkdtemp(join(tmpdir(), 'deckhand-demo-'))
  if (!args.keep) stack.defer(() => rm(data, { recursive: true, force: true }))
  const webBuilt = ensureWebBuilt(ROOT)
  webBuilt.catch(() => {})
  let mongod = ''
  const mongo = stack.use(await startMongo({ dbPath: data, say: (line) => (mongod = line) }))
  const sandbox = args.fail === 'sandbox' ? 'e2b' : args.sandbox
  const { isolation, words } = await isolationOf(sandbox)
  const world = stack.use(
    await startWorld({
      mongoUri: mongo.uri('deckhand'),
      sandbox,
      isolation,
      appPort: APP_PORT,
      githubPort: GITHUB_PORT,
      checkResponses: false,
      settings: args.fail === 'runner' ? SHORT_CLOCKS : {},
    }),
  )
  const config = readConfig(world.env)
  const webRoot = await webBuilt
  const app = await startApp(config, { log: pino({ level: 'silent' }), webRoot })
  stack.defer(() => app.stop())

  const issue = world.openIssue()
  const next = world.openIssue('Show prices with the right currency', 'Prices have no currency sign.')
  show.banner({
    dashboard: `${world.appUrl}/repos/${REPOSITORY}/issues/${next}`,
    github: world.github.url,
    repository: REPOSITORY,
    issues: world.github.state.issues.length,
    isolation: words,
    mongod,
  })
  const finished = await playRun({ world, args, show, issue, stop, startedAt })
  show.finished(finished)
  const expected = expectedEnd(args)
  const asAsked = finished.status === expected.status && expected.reasons.includes(finished.reason ?? '')
  if (args.once) return asAsked ? 0 : 1
  show.hints(next)
  await new Promise<void>((resolve) => {
    if (stop.aborted) resolve()
    else stop.addEventListener('abort', () => resolve())
  })
  return 0
}

/** The demo opts in to the plain process where no namespaces are to be had, and says so. */
async function isolationOf(sandbox: 'local' | 'e2b'): Promise<{ isolation: 'auto' | 'none'; words: string }> {
  if (sandbox === 'e2b') {
    return { isolation: 'auto', words: 'e2b, the SDK unmodified, against a stand-in on this machine' }
  }
  const checked = await (await providerFor('local', { localIsolation: 'auto' })).check()
  if (checked.ok) return { isolation: 'auto', words: `local, isolation: ${checked.isolation}` }
  return { isolation: 'none', words: `local, isolation: none (a plain process, because: ${checked.detail})` }
}

try {
  process.exitCode = await main()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
