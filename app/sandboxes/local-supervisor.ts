/**
 * The small process that stands behind each local sandbox: when its pipe to the parent closes (the parent was killed)
 * or the sandbox's time-to-live ends, it kills the sandbox's processes and removes its folder. It is sent to a fresh
 * Node as source text, so that it is the same whether this file runs as TypeScript or inside the action's bundle.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'

import { markerOf } from './local-registry.ts'
import type { LocalRecord, Registry } from './local-registry.ts'
import { KILL_ROUNDS_MAX, killMarked } from './processes.ts'

const READY_TIMEOUT_MS = 10_000
/** A timer in Node holds at most 2^31 - 1 ms; a longer life is looked at again then. */
const TIMER_MS_MAX = 2_000_000_000

type KillMarked = typeof killMarked
type RemoveTree = typeof removeTree

interface SupervisorInput {
  recordPath: string
  dir: string
  marker: string
  roundsMax: number
  timerMsMax: number
}

/** Removes a folder whatever modes its owner left on it; follows no links. Serialised into the supervisor. */
export function removeTree(dir: string): void {
  const fs = process.getBuiltinModule('node:fs')
  const path = process.getBuiltinModule('node:path')
  const options = { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }
  const unlock = (folder: string) => {
    fs.chmodSync(folder, 0o700)
    for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) unlock(path.join(folder, entry.name))
    }
  }
  try {
    fs.rmSync(dir, options)
  } catch {
    // A folder without write permission cannot be emptied by an ordinary user: open the tree up and try once more.
    unlock(dir)
    fs.rmSync(dir, options)
  }
}

/** The supervisor's main function. Runs in a process of its own, with nothing but its arguments. */
function supervise(kill: KillMarked, remove: RemoveTree, input: SupervisorInput): void {
  const fs = process.getBuiltinModule('node:fs')
  let timer: NodeJS.Timeout | undefined
  const end = () => {
    try {
      // First say that it is over, so that whoever sees a command die knows why.
      const record = JSON.parse(fs.readFileSync(input.recordPath, 'utf8'))
      fs.writeFileSync(`${input.recordPath}.end`, JSON.stringify({ ...record, endsAt: 0 }), { mode: 0o600 })
      fs.renameSync(`${input.recordPath}.end`, input.recordPath)
    } catch {
      // The record is gone, which says the same.
    }
    kill(input.marker, [], input.roundsMax)
    try {
      remove(input.dir)
    } finally {
      fs.rmSync(input.recordPath, { force: true })
      process.exit(0)
    }
  }
  const watch = () => {
    clearTimeout(timer)
    let endsAt = 0
    try {
      endsAt = Number(JSON.parse(fs.readFileSync(input.recordPath, 'utf8')).endsAt)
    } catch {
      // Without a record nobody can find or extend this sandbox any more, so it ends.
    }
    const left = endsAt - Date.now()
    if (!(left > 0)) end()
    else timer = setTimeout(watch, Math.min(left, input.timerMsMax))
  }
  process.on('SIGINT', () => {})
  process.on('SIGHUP', () => {})
  process.on('SIGTERM', end)
  process.on('SIGUSR2', watch)
  process.stdin.on('end', end)
  process.stdin.on('error', end)
  process.stdin.resume()
  watch()
  process.stdout.write('ready')
}

/**
 * Starts the supervisor of a sandbox whose record is on disk already. Resolves when it watches; the returned child's
 * stdin is the pipe that must stay open for as long as the sandbox may live. Rejects when it does not come up.
 */
export async function startSupervisor(registry: Registry, record: LocalRecord): Promise<ChildProcess> {
  const input: SupervisorInput = {
    recordPath: registry.recordPath(record.id),
    dir: registry.dirOf(record.id),
    marker: markerOf(record.id),
    roundsMax: KILL_ROUNDS_MAX,
    timerMsMax: TIMER_MS_MAX,
  }
  const [main, kill, remove] = [supervise, killMarked, removeTree].map(String)
  const source = `(${main})(${kill}, ${remove}, ${JSON.stringify(input)})`
  const child = spawn(process.execPath, ['-e', source], {
    cwd: '/',
    env: {},
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  child.stdin.on('error', () => {})
  const ready = await new Promise<string>((resolve) => {
    const timer = setTimeout(() => resolve(`it was not ready within ${READY_TIMEOUT_MS} ms`), READY_TIMEOUT_MS)
    const done = (problem: string) => {
      clearTimeout(timer)
      resolve(problem)
    }
    child.stdout.once('data', () => done(''))
    child.once('error', (error) => done(error.message))
    child.once('exit', (code, signal) => done(`it ended at once (${signal ?? code})`))
  })
  if (ready !== '') {
    child.kill('SIGKILL')
    throw new Error(`The supervisor of a local sandbox did not start: ${ready}.`)
  }
  // The parent may exit while the supervisor lives: closing the pipe is how it learns of that.
  child.unref()
  for (const stream of [child.stdin, child.stdout]) if ('unref' in stream) (stream as { unref(): void }).unref()
  return child
}
