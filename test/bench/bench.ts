/**
 * What the benchmarks share: their rows, medians, and processes that are pinned to a core of their own. Figures of one
 * machine say little, so every goal that can be is a ratio between us and a peer, measured in turns in the same run.
 */
import { fork, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'

import type { Mongo } from '../stack/mongo/start.ts'

export interface Row {
  what: string
  measured: string
  goal: string
  /** Null where nothing is promised. */
  met: boolean | null
  /** Of a ratio to a peer: what it came to, and which way is better. */
  ratio?: { value: number; better: 'more' | 'less' }
}

export interface Context {
  /** The replica set that the benchmarks share. */
  mongo: Mongo
  /** Also what takes minutes. */
  full: boolean
  say: (line: string) => void
}

export interface Bench {
  id: string
  title: string
  /** How it was measured, for the reader of the table. */
  how: string
  run: (context: Context) => Promise<Row[]>
}

export const ROUNDS = 5
const ANSWER_MS_MAX = 120_000

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN

export const percentile = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? Number.NaN

/** The round whose ratio is the median of all, with the two rates that make it. */
export function middleRound(ours: readonly number[], theirs: readonly number[]) {
  const rounds = ours.map((rate, round) => ({ ratio: rate / theirs[round]!, rates: [rate, theirs[round]!] }))
  const { ratio, rates } = rounds.toSorted((a, b) => a.ratio - b.ratio)[rounds.length >> 1]!
  return { ratio, shown: rates.map((rate) => `${digits(rate)}/s`).join(' against ') }
}

/** A row whose goal is a least (`>=`) or a most (`<=`). */
export function row(what: string, value: number, relation: '>=' | '<=', goal: number, unit: string, more = ''): Row {
  const met = relation === '>=' ? value >= goal : value <= goal
  const missed = met ? '' : `, missed by ${digits(Math.abs(value / goal - 1) * 100)} %`
  return {
    what,
    measured: `${digits(value)} ${unit}${more ? ` (${more})` : ''}`,
    goal: `${relation === '>=' ? '≥' : '≤'} ${digits(goal)} ${unit}${missed}`,
    met,
    ...(unit === '×' ? { ratio: { value, better: relation === '>=' ? 'more' : 'less' } } : {}),
  }
}

/** Three significant digits. */
export const digits = (value: number): string =>
  Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)))

const hasTaskset = availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0
export const pinning = hasTaskset ? 'servers on core 0, load on core 1' : 'cores not pinned: there is no taskset'

/** Keeps this process, which makes the load, off the servers' core until the answer is disposed. */
export function pinSelf(): Disposable {
  const pin = (cores: string) => hasTaskset && spawnSync('taskset', ['-acp', cores, String(process.pid)])
  pin('1')
  return { [Symbol.dispose]: () => void pin(`0-${availableParallelism() - 1}`) }
}

export interface Usage {
  cpuMicros: number
  rssBytes: number
  peakRssBytes: number
}

/** A server in a process of its own, on core 0 where nothing else is said (`any` is all of them). It says `{ url }` when it serves, and answers questions over IPC. */
export class Server implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly url: string

  private constructor(child: ChildProcess, url: string) {
    this.#child = child
    this.url = url
  }

  static async start(
    file: string,
    args: readonly string[],
    env: Record<string, string> = {},
    core = '0',
  ): Promise<Server> {
    const path = fileURLToPath(new URL(`servers/${file}`, import.meta.url))
    const child = fork(path, args, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      execArgv: ['--expose-gc'],
      env: { ...process.env, NODE_ENV: 'production', ...env },
    })
    if (hasTaskset && core !== 'any') spawnSync('taskset', ['-acp', core, String(child.pid)])
    const [message] = (await once(child, 'message')) as [{ url: string }]
    return new Server(child, message.url)
  }

  /** Sends a question and resolves with the answer; rejects when there is none in time. */
  async ask<T>(question: object): Promise<T> {
    this.#child.send(question)
    const [answer] = await once(this.#child, 'message', { signal: AbortSignal.timeout(ANSWER_MS_MAX) })
    return answer as T
  }

  /** CPU since the start, over all threads, and memory, from the kernel. */
  usage(): Usage {
    const stat = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8')
    const kib = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) * 1024
    // The kernel counts in hundredths of a second; a round lasts many of them.
    return {
      cpuMicros: (Number(fields[11]) + Number(fields[12])) * 10_000,
      rssBytes: kib('VmRSS'),
      peakRssBytes: kib('VmHWM'),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return
    const exit = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exit
  }
}
