/** The demo's command line: parsed and checked before anything starts. */
import { UsageError, readFlags } from '../flags.ts'

export const failures = ['sandbox', 'agent', 'runner', 'github'] as const
export type Failure = (typeof failures)[number]

export interface DemoArgs {
  once: boolean
  json: boolean
  cancel: boolean
  keep: boolean
  sandbox: 'local' | 'e2b'
  fail: Failure | null
}

export const USAGE = `Usage: npm run demo -- [flags]
  --once               exit after the Run ends: 0 if it ended as the flags ask, else 1
  --json               one JSON object per line
  --sandbox local|e2b  where the agent runs (default local; e2b is a stand-in, or the service when E2B_API_KEY is set)
  --fail sandbox|agent|runner|github
                       show a red path
  --cancel             cancel in mid-run
  --keep               keep the data folder
  --help`

const options = {
  once: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  cancel: { type: 'boolean', default: false },
  keep: { type: 'boolean', default: false },
  sandbox: { type: 'string', default: 'local' },
  fail: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const

/** @throws UsageError */
export function parseDemoArgs(argv: readonly string[]): DemoArgs | 'help' {
  const values = readFlags(argv, options)
  if (values.help) return 'help'
  const { once, json, cancel, keep, sandbox, fail } = values
  if (sandbox !== 'local' && sandbox !== 'e2b')
    throw new UsageError(`--sandbox ${sandbox} is not known: use local or e2b.`)
  if (fail !== undefined && !failures.includes(fail as Failure)) {
    throw new UsageError(`--fail ${fail} is not known: use ${failures.join(', ')}.`)
  }
  if (cancel && fail !== undefined)
    throw new UsageError('--cancel and --fail ask for different ends: give one of them.')
  return { once, json, cancel, keep, sandbox, fail: (fail as Failure | undefined) ?? null }
}

/** How the Run has to end for the demo to be a success. */
export function expectedEnd(args: DemoArgs): {
  status: 'succeeded' | 'failed' | 'cancelled'
  reasons: readonly string[]
} {
  if (args.cancel) return { status: 'cancelled', reasons: ['cancelled_by_person'] }
  switch (args.fail) {
    case 'sandbox':
      return { status: 'failed', reasons: ['sandbox_unauthorized'] }
    case 'agent':
      return { status: 'failed', reasons: ['agent_failed'] }
    case 'runner':
      return { status: 'failed', reasons: ['heartbeat_lost'] }
    case 'github':
      return { status: 'failed', reasons: ['publish_failed'] }
    case null:
      return { status: 'succeeded', reasons: ['pull_request_opened'] }
  }
}
