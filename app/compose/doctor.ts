/** `npm run doctor`: the check page's findings in the terminal, before and besides the app; 0 when nothing failed, else 1. */
import { statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { parseArgs } from 'node:util'

import { pino } from 'pino'

import { ConfigError } from '../config.ts'
import type { Config, Environment } from '../config.ts'
import type { CheckBody } from '../contracts/checks.ts'
import { databaseCheck, diskCheck, settingsCheck } from '../domain/render/checks.ts'
import { createClients } from '../github/client.ts'
import { inspectionOf } from '../github/inspection.ts'
import { connect, ping } from '../store/connect.ts'
import { deliveryStore } from '../store/deliveries.ts'
import { checkInstallation } from './checks.ts'
import { providers } from './core.ts'
import { configOf } from './start.ts'

const USAGE = `Usage: npm run doctor -- [--json]
Checks the settings, the database, the disk, and the GitHub App with its repositories, as the check page does.
  --json  one JSON object
Ends with 0 when nothing failed, 1 when something did, 2 for a wrong use.
`
const EXIT_USAGE = 2
const NO_APP = 'There is no GitHub App yet. Start Deckhand and open the address that its log names under setup_needed.'
const marks: Record<CheckBody['state'], string> = { ok: '✓', failed: '✗', waiting: '…' }

/** Writes what it found and answers with the exit code. */
export async function doctor(
  env: Environment,
  args: readonly string[],
  write: (text: string) => void,
): Promise<number> {
  const flags = flagsOf(args)
  if (typeof flags === 'string') {
    process.stderr.write(`${flags}\n\n${USAGE}`)
    return EXIT_USAGE
  }
  if (flags.help) {
    write(USAGE)
    return 0
  }
  const checks = [...(await examine(env)), diskCheck(await freeBytes(), tmpdir())]
  const ok = checks.every(({ state }) => state !== 'failed')
  if (flags.json) write(`${JSON.stringify({ ok, checks }, null, 2)}\n`)
  else for (const check of checks) write(lineOf(check))
  return ok ? 0 : 1
}

/** The flags, or what is wrong with them. */
function flagsOf(args: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const
  try {
    return parseArgs({ args: [...args], options: { json: flag, help: { ...flag, short: 'h' } } }).values
  } catch (error) {
    return (error as Error).message
  }
}

function lineOf({ state, title, detail, fix }: CheckBody): string {
  return `${marks[state]} ${title}: ${detail}\n${fix ? `    ${fix.label}: ${fix.url}\n` : ''}`
}

async function examine(env: Environment): Promise<CheckBody[]> {
  let config: Config | null
  try {
    config = await configOf(env)
  } catch (error) {
    if (error instanceof ConfigError) return settingsCheck(error.problems)
    return [databaseCheck(false)]
  }
  if (!config) return settingsCheck([NO_APP])
  return [...settingsCheck([]), ...(await examineApp(config))]
}

async function examineApp(config: Config): Promise<CheckBody[]> {
  const { appId, privateKey, githubApiUrl: apiUrl } = config
  const clients = createClients({ appId, privateKey, apiUrl, log: pino({ level: 'silent' }), budget: null })
  const connection = await connect(config.mongodbUri).catch(() => null)
  try {
    return await checkInstallation({
      config,
      inspection: inspectionOf(clients),
      provider: () => providers(config)(config.sandbox.provider),
      pingStore: () => (connection ? ping(connection) : Promise.reject(new Error('MongoDB does not answer.'))),
      knownDeliveries: async (guids) => (connection ? deliveryStore(connection).knownDeliveries(guids) : new Set()),
      now: () => Date.now(),
    })
  } finally {
    await connection?.close()
  }
}

async function freeBytes(): Promise<number> {
  const { bavail, bsize } = await statfs(tmpdir())
  return bavail * bsize
}
