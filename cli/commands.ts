/** The commands of `deckhand`, each a thin call of the API. */
import { setTimeout as wait } from 'node:timers/promises'

import type { LogPage, RunBody, RunList } from '#contracts/api.ts'
import { isTerminal } from '#contracts/status.ts'

import { CliError, exitCodes } from './client.ts'
import type { Client } from './client.ts'

export interface Options {
  json: boolean
  follow: boolean
  status?: string | undefined
  repository?: string | undefined
  agent?: string | undefined
  message?: string | undefined
  reason?: string | undefined
}

export interface Command {
  usage: string
  about: string
  /** How many words follow the command. */
  words: number
  run(context: { client: Client; words: string[]; options: Options; write: (line: string) => void }): Promise<number>
}

const FOLLOW_MS = 1_000
/** A Run has a clock of its own; this only ends a forgotten terminal. */
const FOLLOW_TURNS_MAX = 24 * 3_600
const LOG_LINES_PAGE = 1_000

const resultOf = (run: RunBody): number => (run.status === 'failed' ? exitCodes.runFailed : exitCodes.ok)

export const commands: Record<string, Command> = {
  runs: {
    usage: 'runs [--status failed,running] [--repository owner/name]',
    about: 'the newest Runs',
    words: 0,
    async run({ client, options, write }) {
      const query = new URLSearchParams()
      if (options.status) query.set('status', options.status)
      if (options.repository) query.set('repository', options.repository)
      if (options.agent) query.set('agent', options.agent)
      const list = await client.get<RunList>(`/api/runs?${query.toString()}`)
      if (options.json) write(JSON.stringify(list))
      else for (const run of list.runs) write(lineOf(run))
      return exitCodes.ok
    },
  },
  run: {
    usage: 'run <run id>',
    about: 'one Run; exit code 1 when it failed',
    words: 1,
    async run({ client, words, options, write }) {
      const run = await client.get<RunBody>(`/api/runs/${id(words[0]!)}`)
      show(run, options, write)
      return resultOf(run)
    },
  },
  assign: {
    usage: 'assign <owner/name#issue> [--agent stub] [--message "instructions"] [--follow]',
    about: 'give an issue to an agent; with --follow wait for the end',
    words: 1,
    async run({ client, words, options, write }) {
      const [, owner, name, number] = /^([\w.-]+)\/([\w.-]+)#(\d+)$/.exec(words[0]!) ?? []
      if (!number) throw new CliError(exitCodes.usage, `"${words[0]}" names no issue: write owner/name#number.`)
      const body = {
        ...(options.agent ? { agent: options.agent } : {}),
        ...(options.message ? { instructions: options.message } : {}),
      }
      // One key a call: a repeated request of the same call is the same Run.
      const headers = { 'idempotency-key': crypto.randomUUID() }
      const run = await client.post<RunBody>(`/api/repos/${owner}/${name}/issues/${number}/assign-agent`, body, headers)
      if (!options.follow) {
        show(run, options, write)
        return exitCodes.ok
      }
      const end = await ended(client, run.id)
      show(end, options, write)
      return resultOf(end)
    },
  },
  cancel: {
    usage: 'cancel <run id> [--reason text]',
    about: 'stop a Run at its next checkpoint',
    words: 1,
    async run({ client, words, options, write }) {
      show(await client.post<RunBody>(`/api/runs/${id(words[0]!)}/cancel`, reasonOf(options)), options, write)
      return exitCodes.ok
    },
  },
  logs: {
    usage: 'logs <run id> [-f]',
    about: 'what the agent wrote; -f goes on until the Run ends',
    words: 1,
    run: ({ client, words, options, write }) => logs(client, id(words[0]!), options, write),
  },
  'kill-all': {
    usage: 'kill-all [--repository owner/name] --reason text',
    about: 'stop every Run now, and with all repositories their intake too; administrators only',
    words: 0,
    async run({ client, options, write }) {
      if (!options.reason) throw new CliError(exitCodes.usage, 'Give a --reason: it goes into the audit trail.')
      const scope = options.repository ? { repository: options.repository } : 'all'
      const answer = await client.post<{ runs: RunBody[] }>('/api/runs/kill-all', { scope, reason: options.reason })
      if (options.json) write(JSON.stringify(answer))
      else for (const run of answer.runs) write(lineOf(run))
      return exitCodes.ok
    },
  },
}

const reasonOf = ({ reason }: Options): object => (reason ? { reason } : {})

function id(word: string): string {
  if (/^r_[0-9a-z]{10}$/.test(word)) return word
  throw new CliError(exitCodes.usage, `"${word}" is no Run id: it looks like r_8k2f0q7w3z.`)
}

function show(run: RunBody, { json }: Options, write: (line: string) => void): void {
  if (json) return write(JSON.stringify(run))
  write(lineOf(run))
  if (run.reason && run.status !== 'succeeded') write(`  ${run.reason.cause} ${run.reason.remedy}`)
  if (run.pullRequest) write(`  ${run.pullRequest.url}`)
  write(`  ${run.links.html}`)
}

function lineOf(run: RunBody): string {
  const { owner, name } = run.repository
  return [run.id, run.view.word.padEnd(10), `${owner}/${name}#${run.issue.number}`, run.agent, run.issue.title].join(
    '  ',
  )
}

async function ended(client: Client, runId: string): Promise<RunBody> {
  for (let turn = 0; turn < FOLLOW_TURNS_MAX; turn++) {
    const run = await client.get<RunBody>(`/api/runs/${runId}`)
    if (isTerminal(run.status)) return run
    await wait(FOLLOW_MS)
  }
  throw new CliError(exitCodes.runFailed, `Run ${runId} did not end while it was followed.`)
}

async function logs(client: Client, runId: string, options: Options, write: (line: string) => void): Promise<number> {
  let after = 0
  for (let turn = 0; turn < FOLLOW_TURNS_MAX; turn++) {
    // Asked before the lines, so that what was written before the end is read after it.
    const run = await client.get<RunBody>(`/api/runs/${runId}`)
    for (;;) {
      const { lines } = await client.get<LogPage>(`/api/runs/${runId}/logs?after=${after}&limit=${LOG_LINES_PAGE}`)
      for (const line of lines)
        write(options.json ? JSON.stringify(line) : `${line.at} ${line.source.padEnd(8)} ${line.text}`)
      after += lines.length
      if (lines.length < LOG_LINES_PAGE) break
    }
    if (!options.follow || isTerminal(run.status)) return options.follow ? resultOf(run) : exitCodes.ok
    await wait(FOLLOW_MS)
  }
  return exitCodes.ok
}
