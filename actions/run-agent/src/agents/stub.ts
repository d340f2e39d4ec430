/**
 * The first agent: it appends one line to README.md and commits it, in steps that people can watch. It calls no model,
 * so that whatever goes wrong with it is the platform's fault. A line `stub: <word>` in the instructions makes it
 * behave in other ways, for tests and for showing what a Run looks like then:
 *
 * | instruction         | what it does                                                       |
 * |---------------------|--------------------------------------------------------------------|
 * | `stub: no-change`   | reads the issue and commits nothing                                |
 * | `stub: fail`        | gives up after the first step                                      |
 * | `stub: hang`        | a command that ignores every polite signal, until it is killed     |
 * | `stub: slow <ms>`   | every step takes this long, at most 10 minutes                     |
 * | `stub: commits <n>` | edits and commits this often, at most 5 times                     |
 * | `stub: edit <path>` | appends the line to this file instead of README.md                 |
 *
 * A message that it gets while it works says the same of the steps that are still to come.
 */
import { AgentError } from './agent.ts'
import type { Agent, AgentContext, AgentExecResult, AgentOutcome } from './agent.ts'

const COMMAND_TIMEOUT_MS = 60_000
const SLOW_MS_MAX = 600_000
const COMMITS_MAX = 5
const DEFAULT_FILE = 'README.md'

export interface StubOrders {
  noChange: boolean
  fail: boolean
  hang: boolean
  slowMs: number
  commits: number
  file: string
}

/** Reads the stub's vocabulary out of the instructions; every other text means nothing to it. */
export function stubOrders(instructions: string): StubOrders {
  const orders: StubOrders = { noChange: false, fail: false, hang: false, slowMs: 0, commits: 1, file: DEFAULT_FILE }
  obey(orders, instructions)
  return orders
}

function obey(orders: StubOrders, text: string): void {
  for (const line of text.split('\n')) {
    const [, word, value] = /^\s*stub: (no-change|fail|hang|slow|commits|edit)(?: (\S{1,200}))?\s*$/.exec(line) ?? []
    if (word === 'no-change') orders.noChange = true
    if (word === 'fail') orders.fail = true
    if (word === 'hang') orders.hang = true
    if (word === 'slow' && /^\d{1,7}$/.test(value ?? '')) orders.slowMs = Math.min(Number(value), SLOW_MS_MAX)
    if (word === 'commits' && /^[1-9]$/.test(value ?? '')) orders.commits = Math.min(Number(value), COMMITS_MAX)
    if (word === 'edit' && value) orders.file = value
  }
}

/** The line that is appended: the same for the same Run, whenever it runs. */
export function stubLine(issueNumber: number, runId: string, part = 1, of = 1): string {
  const which = of === 1 ? '' : `, part ${part} of ${of}`
  return `- Worked on by the stub agent: issue #${issueNumber}, Run ${runId}${which}.`
}

export const stub: Agent = {
  name: 'stub',
  async run(context) {
    const orders = stubOrders(context.instructions)
    for (const { text } of context.told) obey(orders, text)
    const { issue } = context
    for (const { ref, kind, version, bytes } of context.readings) {
      const which = version === null ? '' : `, version ${version}`
      context.log('info', `Given to read: ${ref}${which} (${kind}, ${bytes} bytes)`)
    }
    listen(context, orders)
    await step(context, 1, 'Read the issue', orders, async () => {
      context.log('info', `Issue #${issue.number}: ${issue.title}`)
      await must(context, ['git', 'log', '-1', '--oneline'])
    })
    const files = new Set<string>()
    let part = 1
    for (; part <= orders.commits; part++) {
      listen(context, orders)
      if (orders.fail) throw new AgentError('The instructions told the stub agent to fail.', 1)
      if (orders.hang) await hang(context)
      if (orders.noChange) break
      files.add(await edit(context, part, orders))
    }
    return report(context, part - 1, [...files])
  },
}

/** What people say in between counts from here on. */
function listen(context: AgentContext, orders: StubOrders): void {
  for (const { by, text } of context.messages()) {
    context.log('info', `${by} says: ${text}`)
    obey(orders, text)
  }
}

/** Two steps: a line, and its commit. Answers with the file, which a message in between does not change any more. */
async function edit(context: AgentContext, part: number, orders: StubOrders): Promise<string> {
  const { file } = orders
  const line = stubLine(context.issue.number, context.runId, part, orders.commits)
  await step(context, 2 * part, `Edit ${file}`, orders, () => appendLine(context, file, line))
  listen(context, orders)
  await step(context, 2 * part + 1, 'Commit the change', orders, async () => {
    // After a pause the line may stand in another file than the one that is to be edited now.
    await must(context, ['git', 'add', '--all'])
    await must(context, ['git', 'commit', '--quiet', '--file=-'], message(context, file))
  })
  return file
}

function report(context: AgentContext, lines: number, files: readonly string[]): AgentOutcome {
  if (lines === 0) return outcome(context, 'Nothing had to be changed.', 'Nothing')
  const what = lines === 1 ? 'one line' : `${lines} lines`
  const did = `Appended ${what} to ${files.join(', ')} that ${lines === 1 ? 'names' : 'name'} issue #${context.issue.number} and the Run.`
  return outcome(context, did, did)
}

/** Does nothing where it was done before a pause. */
async function step(
  context: AgentContext,
  number: number,
  name: string,
  orders: StubOrders,
  work: () => Promise<void>,
): Promise<void> {
  if (number <= context.resumedAfter) return
  const progress = { step: number, of: Math.max(number, 1 + 2 * orders.commits), title: name.slice(0, 120) }
  context.progress({ ...progress, state: 'started' })
  try {
    if (orders.slowMs > 0) {
      const seconds = String(orders.slowMs / 1000)
      await context.exec(['sleep', seconds], { signal: context.signal, timeoutMs: orders.slowMs + COMMAND_TIMEOUT_MS })
    }
    await work()
  } catch (error) {
    context.progress({ ...progress, state: 'failed' })
    throw error
  }
  context.progress({ ...progress, state: 'completed' })
}

/** The last line of the file may lack its newline, and there may be no file. */
async function appendLine(context: AgentContext, file: string, line: string): Promise<void> {
  const script = [
    'set -e',
    'case "$1" in */*) mkdir -p -- "$(dirname -- "$1")";; esac',
    'if [ -s "$1" ] && [ -n "$(tail -c 1 -- "$1")" ]; then printf "\\n" >> "$1"; fi',
    'printf "%s\\n" "$2" >> "$1"',
  ].join('\n')
  await must(context, ['sh', '-c', script, 'sh', file, line])
}

/** Leaves no way out but SIGKILL: this is what a kill is tried on. */
async function hang(context: AgentContext): Promise<void> {
  context.log('warn', 'The stub agent hangs now, as it was told to.')
  await context.exec(['sh', '-c', 'trap "" TERM INT HUP; while :; do sleep 1; done'], {})
  throw new AgentError('The command that was to hang has been ended.')
}

async function must(context: AgentContext, argv: readonly string[], stdin?: string): Promise<AgentExecResult> {
  const options = { timeoutMs: COMMAND_TIMEOUT_MS, ...(stdin === undefined ? {} : { stdin }) }
  const result = await context.exec(argv, options)
  if (result.exitCode === 0) return result
  const how = result.timedOut ? 'took too long' : `ended with ${result.exitCode ?? 'a signal'}`
  throw new AgentError(`${argv.slice(0, 2).join(' ')} ${how}: ${result.stderr.trim().slice(-300)}`, result.exitCode)
}

/** Imperative and at most 72 characters; the trailers are the app's. */
function message({ issue }: AgentContext, file: string): string {
  const subject = `Append a line to ${file}`
  return `${subject.length <= 72 ? subject : 'Append a line to a file'}\n\nThe line names issue #${issue.number} and the Run that worked on it.\n`
}

function outcome({ issue }: AgentContext, summary: string, did: string): AgentOutcome {
  const goal = `Issue #${issue.number}: ${issue.title}`.slice(0, 1_000)
  return { summary, risks: [], handoff: { goal, did, forNextAgent: 'The stub agent leaves nothing open.' } }
}
