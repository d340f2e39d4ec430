/** Runs one script of a JavaScript action: fresh command files, Node as a process of its own, and what it left behind. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { Action } from './action.ts'
import { parseCommandFile } from './commands.ts'
import type { Status } from './expressions.ts'
import type { JobRun } from './job.ts'
import { startProcess } from './processes.ts'

const SUMMARY_BYTES_MAX = 1024 * 1024

export interface Script {
  job: JobRun
  action: Action
  /** Relative to the action's folder. */
  file: string
  env: Record<string, string>
  timeoutMs: number | null
  /** True when the step's condition holds for a cancelled job, too. */
  survivesCancel: () => boolean
}

export interface ScriptResult {
  status: Status
  outputs: Map<string, string>
  state: Map<string, string>
  env: Map<string, string>
  paths: string[]
}

export async function runScript(script: Script): Promise<ScriptResult> {
  const { job } = script
  const files = {
    GITHUB_OUTPUT: await job.machine.file('set_output'),
    GITHUB_STATE: await job.machine.file('save_state'),
    GITHUB_ENV: await job.machine.file('set_env'),
    GITHUB_PATH: await job.machine.file('add_path'),
    GITHUB_STEP_SUMMARY: await job.machine.file('step_summary'),
  }
  const said = { state: new Map<string, string>(), outputs: new Map<string, string>() }
  const status = await runToEnd(script, { ...script.env, ...files }, said)
  const read = async (path: string) => parseCommandFile(await readFile(path, 'utf8').catch(() => ''))
  const [outputs, state, env] = await Promise.all([files.GITHUB_OUTPUT, files.GITHUB_STATE, files.GITHUB_ENV].map(read))
  if (env!.has('NODE_OPTIONS'))
    throw new Error("Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.")
  const summary = await readFile(files.GITHUB_STEP_SUMMARY).catch(() => Buffer.alloc(0))
  if (summary.length > SUMMARY_BYTES_MAX) {
    job.log.error(`$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k, got ${summary.length}.`)
  } else if (summary.length > 0) job.onSummary(job.log.masked(summary.toString()))
  return {
    status,
    outputs: new Map([...said.outputs, ...outputs!]),
    state: new Map([...said.state, ...state!]),
    env: env!,
    paths: (await readFile(files.GITHUB_PATH, 'utf8')).split('\n').filter(Boolean),
  }
}

async function runToEnd(
  script: Script,
  env: Record<string, string>,
  said: { state: Map<string, string>; outputs: Map<string, string> },
): Promise<Status> {
  const { job } = script
  const on = {
    state: (name: string, value: string) => void said.state.set(name, value),
    output: (name: string, value: string) => void said.outputs.set(name, value),
  }
  const child = startProcess([process.execPath, join(script.action.folder, script.file)], {
    cwd: job.machine.workspace,
    env,
    onLine: (line) => job.log.output(line, on),
  })
  job.onProcess(child)
  const ending = { cancelled: false, timedOut: false }
  const cancel = () => {
    if (script.survivesCancel()) return
    ending.cancelled = true
    child.cancel(job.cancelTimes)
  }
  const kill = () => child.signal('SIGKILL')
  const timer =
    script.timeoutMs === null
      ? null
      : setTimeout(() => {
          ending.timedOut = true
          child.cancel(job.cancelTimes)
        }, script.timeoutMs)
  job.cancelled.addEventListener('abort', cancel)
  job.gone.addEventListener('abort', kill)
  if (job.gone.aborted) kill()
  try {
    const code = await child.ended
    if (ending.cancelled) {
      job.log.write('##[error]The operation was canceled.')
      return 'cancelled'
    }
    if (ending.timedOut) {
      job.log.error(
        `The action '${script.action.file.name}' has timed out after ${(script.timeoutMs ?? 0) / 60_000} minutes.`,
      )
    } else if (code !== 0) job.log.error(`Process completed with exit code ${code ?? 'null (killed by a signal)'}.`)
    return code === 0 && !ending.timedOut ? 'success' : 'failure'
  } finally {
    if (timer) clearTimeout(timer)
    job.cancelled.removeEventListener('abort', cancel)
    job.gone.removeEventListener('abort', kill)
    job.onProcess(null)
  }
}
