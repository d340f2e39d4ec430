/**
 * Commands in an E2B sandbox. A command is started detached with its output in files, and the files are followed from
 * an offset that survives a broken connection, because E2B throws output away while nobody listens. Time-out and abort
 * kill the process group, because E2B's own kill reaches one process.
 */
import { randomUUID } from 'node:crypto'

import { goneError, isGone, persist } from './e2b-calls.ts'
import type { E2bContext } from './e2b-calls.ts'
import { CallAborted, REQUEST_TIMEOUT_MS } from './e2b-client.ts'
import { followScript, killScript, launchScript } from './e2b-scripts.ts'
import { exitCodeOf, outputOf } from './output.ts'
import type { Output } from './output.ts'
import { resolveInside } from './paths.ts'
import type { ExecOptions, ExecResult } from './provider.ts'

/** One connection follows at most this long; then the next one goes on, so that a dead line is noticed. */
const FOLLOW_MS_MAX = 300_000
const FOLLOW_FAILURES_MAX = 10
const FOLLOW_BACKOFF_MS = 250
const FOLLOW_BACKOFF_MS_MAX = 5_000
const KILL_TIMEOUT_MS = 20_000
const STDIN_TIMEOUT_MS = 60_000
/** After the kill: how long the rest of the output may take. */
const DRAIN_MS_MAX = 5_000
/** Linux takes no single argument above 128 KiB, and the command travels as one. */
const COMMAND_BYTES_MAX = 100 * 1024

type Limit = 'timedOut' | 'aborted'

export async function execE2b(context: E2bContext, argv: readonly string[], o: ExecOptions): Promise<ExecResult> {
  const { client, where } = context
  const { clock } = client
  const startedAt = clock.now()
  const [out, err] = [outputOf(o.onStdout), outputOf(o.onStderr)]
  const finish = (status: number | null, limit: Limit | null): ExecResult => ({
    exitCode: limit !== null || status === null ? null : exitCodeOf(status),
    stdout: out.end(),
    stderr: err.end(),
    timedOut: limit === 'timedOut',
    aborted: limit === 'aborted',
    durationMs: clock.now() - startedAt,
  })
  if (o.signal?.aborted) return finish(null, 'aborted')

  const id = randomUUID()
  const dir = `${where.tmp}/deckhand-${id}`
  await start(context, id, dir, argv, o)
  const over = new AbortController()
  const following = follow(context, dir, out, err, over.signal)
  // Its failure is read below; until then it must not count as unhandled.
  following.catch(() => {})
  const limited = limitOf(context, o, over.signal)
  try {
    const first = await Promise.race([following, limited])
    if (typeof first === 'number') return finish(first, null)
    const work = (signal: AbortSignal) =>
      context.sandbox.commands.run(killScript(id, dir), { timeoutMs: KILL_TIMEOUT_MS, signal })
    await persist(context, KILL_TIMEOUT_MS, work)
    await Promise.race([following.catch(() => null), clock.delay(DRAIN_MS_MAX, { signal: over.signal })])
    return finish(null, first)
  } finally {
    over.abort()
  }
}

/** Starts the command; starting twice is harmless, so that an unclear answer can be asked again. */
async function start(context: E2bContext, id: string, dir: string, argv: readonly string[], o: ExecOptions) {
  const { sandbox, where } = context
  const script = launchScript(id, dir, resolveInside(where.workdir, o.cwd ?? '.'), argv)
  if (Buffer.byteLength(script) > COMMAND_BYTES_MAX) {
    throw new Error(`A command may have ${COMMAND_BYTES_MAX} bytes; pass long input by stdin or a file.`)
  }
  if (o.stdin !== undefined) {
    const blob = new Blob([typeof o.stdin === 'string' ? o.stdin : new Uint8Array(o.stdin)])
    const limit = { requestTimeoutMs: STDIN_TIMEOUT_MS }
    const write = (signal: AbortSignal) => sandbox.files.write(`${dir}/in`, blob, { ...limit, signal })
    await persist(context, STDIN_TIMEOUT_MS, write)
  }
  const envs = o.env ?? {}
  await persist(context, REQUEST_TIMEOUT_MS, async (signal) => {
    const requestTimeoutMs = REQUEST_TIMEOUT_MS
    const handle = await sandbox.commands.run(script, {
      background: true,
      timeoutMs: 0,
      requestTimeoutMs,
      envs,
      signal,
    })
    await handle.disconnect()
  })
}

/** Resolves when the time limit or the abort comes, and never when the command ends before. */
function limitOf({ client }: E2bContext, o: ExecOptions, over: AbortSignal): Promise<Limit> {
  return new Promise((resolve) => {
    const signal = AbortSignal.any(o.signal ? [over, o.signal] : [over])
    const ends = () => {
      if (o.signal?.aborted && !over.aborted) resolve('aborted')
    }
    signal.addEventListener('abort', ends, { once: true })
    ends()
    if (o.timeoutMs === undefined) return
    const waits = async (timeoutMs: number) => {
      await client.clock.delay(timeoutMs, { signal })
      if (!signal.aborted) resolve('timedOut')
    }
    void waits(o.timeoutMs)
  })
}

/** Follows output and end of a started command. Resolves with its exit status; rejects when the sandbox failed. */
async function follow(context: E2bContext, dir: string, out: Output, err: Output, over: AbortSignal): Promise<number> {
  const { client, sandbox } = context
  const streams = { o: { sink: out, offset: 0 }, e: { sink: err, offset: 0 } }
  let status: number | null = null
  let progress = false
  const onLine = (line: string) => {
    const [kind, first = '', data = ''] = line.split(' ')
    if (kind === 'x' && /^\d+$/.test(first)) status = Number(first)
    if (kind !== 'o' && kind !== 'e') return
    const stream = streams[kind]
    const bytes = Buffer.from(data, 'base64')
    if (Number(first) < stream.offset) return
    stream.sink.push(bytes)
    stream.offset = Number(first) + bytes.length
    progress = true
  }
  for (let failures = 0; ;) {
    const script = followScript(dir, streams.o.offset, streams.e.offset)
    try {
      const onStdout = lines(onLine)
      const run = (signal: AbortSignal) => sandbox.commands.run(script, { timeoutMs: 0, onStdout, signal })
      await client.call(FOLLOW_MS_MAX, (_, signal) => run(signal), over)
      failures = 0
    } catch (error) {
      if (error instanceof CallAborted) throw error
      // Once the end was read, how the connection ended does not matter.
      failures = progress ? 1 : failures + 1
      if (status === null && (await isGone(client, sandbox))) throw goneError(sandbox.sandboxId, error)
      if (status === null && failures >= FOLLOW_FAILURES_MAX) throw error
    }
    if (status !== null) return status
    progress = false
    const waitMs = failures === 0 ? 0 : Math.min(FOLLOW_BACKOFF_MS * 2 ** failures, FOLLOW_BACKOFF_MS_MAX)
    await client.clock.delay(waitMs, { signal: over })
  }
}

function lines(onLine: (line: string) => void): (text: string) => void {
  let rest = ''
  return (text) => {
    const parts = (rest + text).split('\n')
    rest = parts.pop() ?? ''
    for (const line of parts) onLine(line)
  }
}
