/** The commands of `deckhand`, each a thin call of the API. */
import { readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'

import type { AssignRequest, KillAllBody, LogPage, RunBody, RunList } from '#contracts/api.ts'
import { isTerminal } from '#contracts/status.ts'
import { oneLine } from '#domain/render/inert.ts'

import { CliError, exitCodes } from './client.ts'
import type { Client } from './client.ts'
import { sentenceOf } from './ledger/sentence.ts'
import { verifyLedger } from './ledger/verify.ts'

export interface Options {
  json: boolean
  follow: boolean
  status?: string | undefined
  repository?: string | undefined
  agent?: string | undefined
  base?: string | undefined
  timeout?: string | undefined
  draft?: boolean | undefined
  'dry-run'?: boolean | undefined
  priority?: string | undefined
  gate?: string | undefined
  message?: string | undefined
  reason?: string | undefined
}

interface Context {
  /** Throws a usage error where nobody said which app and who asks. */
  connect: () => Client
  words: string[]
  options: Options
  write: (line: string) => void
}

export interface Command {
  usage: string
  about: string
  /** What its own help says besides. */
  more?: string
  /** How many words follow the command. */
  words: number
  run(context: Context): Promise<number>
}

const FOLLOW_MS = 1_000
/** A Run has a clock of its own; this only ends a forgotten terminal. */
const FOLLOW_TURNS_MAX = 24 * 3_600
const LOG_LINES_PAGE = 1_000

/** One key a call: what the network makes of one request is done once. */
const once = (): Record<string, string> => ({ 'idempotency-key': crypto.randomUUID() })

const resultOf = (run: RunBody): number => (run.status === 'failed' ? exitCodes.runFailed : exitCodes.ok)

export const commands: Record<string, Command> = {
  runs: {
    usage: 'runs [--status failed,running] [--repository owner/name]',
    about: 'the newest Runs',
    more: '--status takes queued, running, paused, succeeded, failed and cancelled, with commas between them.\n--agent keeps to one agent.',
    words: 0,
    async run({ connect, options, write }) {
      const query = new URLSearchParams()
      if (options.status) query.set('status', options.status)
      if (options.repository) query.set('repository', options.repository)
      if (options.agent) query.set('agent', options.agent)
      const list = await connect().get<RunList>(`/api/runs?${query.toString()}`)
      if (options.json) write(jsonOf(list))
      else for (const run of list.runs) write(lineOf(run))
      return exitCodes.ok
    },
  },
  run: {
    usage: 'run <run id>',
    about: 'one Run; exit code 1 when it failed',
    words: 1,
    async run({ connect, words, options, write }) {
      const run = await connect().get<RunBody>(`/api/runs/${id(words[0]!)}`)
      show(run, options, write)
      return resultOf(run)
    },
  },
  assign: {
    usage:
      'assign <owner/name#issue> [--agent stub] [--base next] [--timeout 30m] [--draft] [--gate none] [--priority high] [--dry-run] [--message "instructions"] [--follow]',
    about: 'give an issue to an agent; with --follow wait for the end',
    more: [
      '--agent names one of the agents of the app, --message goes to it as instructions.',
      '--base is the branch to start from, --timeout a time like 90s, 30m or 2h, --draft opens the pull request as a draft.',
      '--gate none turns the quality gates off, which needs maintain or admin access.',
      '--priority low, normal or high says where it stands in a line; high needs maintain or admin access.',
      '--dry-run does everything but push: the Run ends without a branch and a pull request.',
      'With --follow the exit code is 1 when the Run failed.',
    ].join('\n'),
    words: 1,
    async run({ connect, words, options, write }) {
      const [, owner, name, number] = /^([\w.-]+)\/([\w.-]+)#(\d+)$/.exec(words[0]!) ?? []
      if (!number) throw new CliError(exitCodes.usage, `"${words[0]}" names no issue: write owner/name#number.`)
      const client = connect()
      const path = `/api/repos/${owner}/${name}/issues/${number}/assign-agent`
      const run = await client.post<RunBody>(path, wishOf(options), once())
      if (!options.follow) {
        show(run, options, write)
        return exitCodes.ok
      }
      const end = await ended(client, run.id)
      show(end, options, write)
      return resultOf(end)
    },
  },
  cancel: steering('cancel', 'stop a Run at its next checkpoint', '[--reason text]'),
  pause: steering('pause', 'let a Run stop at its next checkpoint and wait'),
  resume: steering('resume', 'go on with a paused Run'),
  retry: steering('retry', 'the next attempt of a Run that failed or was cancelled'),
  kill: steering('kill', 'end a Run and its sandbox at once; admins of its repository only', '[--reason text]'),
  say: {
    usage: 'say <run id> <text>',
    about: 'tell the agent of a Run something before its next step',
    more: 'Put the text into quotation marks. A paused Run hands it over when it is resumed.',
    words: 2,
    async run({ connect, words, options, write }) {
      const [runId, prompt] = [id(words[0]!), words[1]!]
      show(await connect().post<RunBody>(`/api/runs/${runId}/prompt`, { prompt }, once()), options, write)
      return exitCodes.ok
    },
  },
  logs: {
    usage: 'logs <run id> [-f]',
    about: 'what the agent wrote; -f goes on until the Run ends',
    words: 1,
    run: ({ connect, words, options, write }) => logs(connect(), id(words[0]!), options, write),
  },
  'kill-all': {
    usage: 'kill-all [--repository owner/name] --reason text',
    about: 'stop every Run now, and with all repositories their intake too; administrators only',
    words: 0,
    async run({ connect, options, write }) {
      if (!options.reason) throw new CliError(exitCodes.usage, 'Give a --reason: it goes into the audit trail.')
      const scope = options.repository ? { repository: options.repository } : 'all'
      const body = { scope, reason: options.reason }
      const answer = await connect().post<KillAllBody>('/api/runs/kill-all', body, once())
      if (options.json) write(jsonOf(answer))
      else for (const run of answer.runs) write(lineOf(run))
      if (answer.failed.length === 0) return exitCodes.ok
      throw new CliError(exitCodes.runFailed, `Not killed, try again: ${answer.failed.join(', ')}.`)
    },
  },
  verify: {
    usage: 'verify <run id | ledger.json>',
    about: 'prove the ledger of a Run, from the app or from a file; exit code 1 when it was changed',
    more: 'A file is proved without the app. It is what GET /api/runs/{id}/ledger answers, whole.',
    words: 1,
    async run({ connect, words, options, write }) {
      const word = words[0]!
      const json = RUN_ID.test(word) ? await connect().get(`/api/runs/${word}/ledger`) : fileOf(word)
      const verdict = verifyLedger(json)
      if (!verdict) throw new CliError(exitCodes.usage, `${word} is not a ledger.`)
      write(options.json ? jsonOf(verdict) : sentenceOf(verdict))
      return verdict.ok ? exitCodes.ok : exitCodes.runFailed
    },
  },
}

/** What the app is asked for; an option with an empty text, such as that of an unset variable, is none. */
function wishOf({ agent, base, timeout, draft, 'dry-run': dryRun, gate, priority, message }: Options): AssignRequest {
  return {
    agent: agent || undefined,
    instructions: message || undefined,
    base: base || undefined,
    timeout: timeout || undefined,
    gate: gate || undefined,
    priority: priority || undefined,
    draft,
    dryRun,
  }
}

/** What is asked of one Run and answered with it. */
function steering(verb: string, about: string, flags = ''): Command {
  return {
    usage: `${verb} <run id> ${flags}`.trim(),
    about,
    words: 1,
    async run({ connect, words, options, write }) {
      const body = flags && options.reason ? { reason: options.reason } : {}
      show(await connect().post<RunBody>(`/api/runs/${id(words[0]!)}/${verb}`, body, once()), options, write)
      return exitCodes.ok
    },
  }
}

function fileOf(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    const why = (error as Error).message
    throw new CliError(exitCodes.usage, `"${path}" is neither a Run id nor a file with a ledger: ${why}`)
  }
}

const RUN_ID = /^r_[0-9a-hjkmnp-tv-z]{10}$/

function id(word: string): string {
  if (RUN_ID.test(word)) return word
  throw new CliError(exitCodes.usage, `"${word}" is no Run id: it looks like r_8k2f0q7w3z.`)
}

/** JSON leaves controls as they are that some terminals obey; escaped they mean the same. */
const jsonOf = (value: object): string =>
  JSON.stringify(value).replace(/[\u007f-\u009f]/g, (control) => `\\u00${control.charCodeAt(0).toString(16)}`)

function show(run: RunBody, options: Options, write: (line: string) => void): void {
  if (options.json) return write(jsonOf(run))
  write(lineOf(run))
  if (run.reason && run.status !== 'succeeded') write(`  ${run.reason.cause} ${run.reason.remedy}`)
  if (run.pullRequest) write(`  ${run.pullRequest.url}`)
  write(`  ${run.links.html}`)
}

/** The title is a stranger's: whatever a terminal would obey is taken out (trust.md row 30). */
function lineOf(run: RunBody): string {
  const { owner, name } = run.repository
  const issue = `${owner}/${name}#${run.issue.number}`
  return [run.id, run.view.word.padEnd(10), issue, run.agent, oneLine(run.issue.title)].join('  ')
}

async function ended(client: Client, runId: string): Promise<RunBody> {
  for (let turn = 0; turn < FOLLOW_TURNS_MAX; turn++) {
    const run = await client.get<RunBody>(`/api/runs/${runId}`)
    if (isTerminal(run.status)) return run
    await wait(FOLLOW_MS)
  }
  throw new CliError(exitCodes.runFailed, `Run ${runId} did not end while it was followed.`)
}

/** `after` is the number of the last line that was written; the API tells what comes behind it. */
async function logs(client: Client, runId: string, options: Options, write: (line: string) => void): Promise<number> {
  let after: number | null = null
  for (let turn = 0; turn < FOLLOW_TURNS_MAX; turn++) {
    // Asked before the lines, so that what was written before the end is read after it.
    const run = await client.get<RunBody>(`/api/runs/${runId}`)
    for (;;) {
      const place: string = after === null ? '' : `&after=${after}`
      const { lines, next }: LogPage = await client.get(`/api/runs/${runId}/logs?limit=${LOG_LINES_PAGE}${place}`)
      for (const line of lines) write(options.json ? jsonOf(line) : `${line.at} ${line.source.padEnd(8)} ${line.text}`)
      after = lines.at(-1)?.line ?? after
      if (next === null) break
    }
    if (!options.follow || isTerminal(run.status)) return options.follow ? resultOf(run) : exitCodes.ok
    await wait(FOLLOW_MS)
  }
  return exitCodes.ok
}
