/**
 * `npm run demo`: the main job on embedded defaults. It starts the local world and the app, opens an issue, comments
 * `/assign-agent` as a person would, and shows the Run live. Without `--once` it plays four more issues to other ends and
 * stays up with the dashboard.
 */
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { pino } from 'pino'

import { readConfig } from '../../../app/config.ts'
import { startApp } from '../../../app/main.ts'
import { providerFor } from '../../../app/sandboxes/table.ts'
import { startMongo } from '../mongo/start.ts'
import { ensureWebBuilt } from '../web-build.ts'
import { EXIT_USAGE, UsageError } from '../flags.ts'
import { holdPort } from '../ports.ts'
import { REPOSITORY, ROOT, startWorld } from '../world.ts'
import { USAGE, expectedEnd, parseDemoArgs } from './args.ts'
import type { DemoArgs } from './args.ts'
import { outcomes } from './outcomes.ts'
import { playRun, plotOf } from './play.ts'
import { showJson, showText } from './show.ts'
import type { Show } from './show.ts'

const APP_PORT = 4310
const GITHUB_PORT = 4311
const PORT_RACES_MAX = 5
const NOTICE = { local: 'Demo data, nothing leaves this machine.', service: 'Demo data; sandboxes run at E2B.' }
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
  // Every time: whoever presses it again has to wait for the end of the clean-up all the same.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop.abort())
  show.starting()

  for (let tried = 1; ; tried++) {
    const stack = new AsyncDisposableStack()
    try {
      return await demo({ args, show, stop: stop.signal, stack, startedAt })
    } catch (error) {
      if (stop.signal.aborted) return args.once ? 1 : 0
      // Another demo was a moment faster; the next try finds the port taken and moves on.
      const raced = (error as NodeJS.ErrnoException).code === 'EADDRINUSE' && tried < PORT_RACES_MAX
      if (!raced) throw error
    } finally {
      await stack.disposeAsync()
    }
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
  if (!args.keep) stack.defer(() => rm(data, { recursive: true, force: true, maxRetries: 3 }))
  // Whatever anybody here or in a job calls temporary lies in this one folder.
  const [database, temporary] = [join(data, 'mongodb'), join(data, 'tmp')]
  await Promise.all([mkdir(database), mkdir(temporary)])
  // An isolated sandbox gives up its rights first, and then has to find its own folder below this one.
  await chmod(data, 0o711)
  const before = process.env['TMPDIR']
  stack.defer(() => {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
  })
  process.env['TMPDIR'] = temporary
  const webBuilt = ensureWebBuilt(ROOT)
  webBuilt.catch(() => {})
  let mongod = ''
  const mongo = stack.use(await startMongo({ dbPath: database, say: (line) => (mongod = line) }))
  stop.throwIfAborted()
  const sandbox = args.fail === 'sandbox' ? 'e2b' : args.sandbox
  // The red path of the sandbox needs a service that refuses on order.
  const e2bApiKey = args.fail === 'sandbox' ? undefined : process.env['E2B_API_KEY']
  const { isolation, words } = await isolationOf(sandbox, Boolean(e2bApiKey))
  const held = await holdPort(APP_PORT)
  stack.defer(() => held.release())
  const world = stack.use(
    await startWorld({
      mongoUri: mongo.uri('deckhand'),
      sandbox,
      isolation,
      appPort: held.port,
      githubPort: GITHUB_PORT,
      checkResponses: false,
      ...(e2bApiKey ? { e2bApiKey } : {}),
      settings: { NOTICE: e2bApiKey ? NOTICE.service : NOTICE.local, ...(args.fail === 'runner' ? SHORT_CLOCKS : {}) },
    }),
  )
  const config = readConfig(world.env)
  const webRoot = await webBuilt
  stop.throwIfAborted()
  await held.release()
  const app = await startApp(config, { log: pino({ level: 'silent' }), webRoot })
  stack.defer(() => app.stop())

  const [first, ...others] = outcomes
  const issue = world.openIssue(first.title, first.body)
  const plays = staysUp(args) ? others : []
  const further = plays.map((outcome) => ({ ...outcome, number: world.openIssue(outcome.title, outcome.body) }))
  const another = others.at(-1)!
  const next = further[0]?.number ?? world.openIssue(another.title, another.body)
  const dashboard = plays.length > 0 ? `${world.appUrl}/runs` : `${world.appUrl}/repos/${REPOSITORY}/issues/${next}`
  show.banner({
    dashboard,
    github: world.github.url,
    repository: REPOSITORY,
    issues: world.github.state.issues.length,
    isolation: words,
    mongod,
  })
  const base = { world, args, show, stop, startedAt }
  const { finished, runMs } = await playRun({ ...base, issue, plot: plotOf(args) })
  show.finished(finished, runMs)
  const expected = expectedEnd(args)
  const asAsked = finished.status === expected.status && expected.reasons.includes(finished.reason ?? '')
  if (args.once) return asAsked ? 0 : 1
  let paused: string | null = null
  for (const plot of further) {
    const played = await playRun({ ...base, issue: plot.number, plot })
    show.outcome(plot.number, played.finished, played.runMs)
    if (played.finished.status === 'paused') paused = `${world.appUrl}/runs/${played.finished.runId}`
  }
  show.hints(next, paused)
  await new Promise<void>((resolve) => {
    if (stop.aborted) resolve()
    else stop.addEventListener('abort', () => resolve())
  })
  return 0
}

/** With a flag that asks for one end, that is all there is to see. */
const staysUp = ({ once, cancel, fail }: DemoArgs): boolean => !once && !cancel && fail === null

/** The demo opts in to the plain process where no namespaces are to be had, and says so. */
async function isolationOf(
  sandbox: 'local' | 'e2b',
  service: boolean,
): Promise<{ isolation: 'auto' | 'none'; words: string }> {
  if (sandbox === 'e2b') {
    return { isolation: 'auto', words: service ? 'e2b' : 'e2b (a stand-in on this machine, behind E2B’s own SDK)' }
  }
  const checked = await (await providerFor('local', { localIsolation: 'auto' })).check()
  if (checked.ok) return { isolation: 'auto', words: 'local (bubblewrap)' }
  return {
    isolation: 'none',
    words: `local (plain processes, not isolated: ${checked.detail.split(/[;:]|\(bwrap: /)[0]!.trim()})`,
  }
}

try {
  process.exitCode = await main()
} catch (error) {
  const usage = error instanceof UsageError
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  if (usage) process.stderr.write('npm run demo -- --help shows the flags.\n')
  // Not by `exitCode`: what failed half-way may have left a connection open.
  process.exit(usage ? EXIT_USAGE : 1)
}
