#!/usr/bin/env node
/** `deckhand`: the API from a terminal. DECKHAND_URL and DECKHAND_TOKEN say which app and who asks. */
import { parseArgs } from 'node:util'

import { CliError, createClient, exitCodes } from './client.ts'
import { commands } from './commands.ts'

const USAGE = [
  'Usage: deckhand <command> [--json]',
  ...Object.values(commands).map(({ usage, about }) => `  ${usage}\n      ${about}`),
  'DECKHAND_URL is the address of the app, DECKHAND_TOKEN one of its API_TOKENS.',
  'Exit codes: 0 ok, 1 the Run failed, 2 usage, 3 not allowed, 4 unreachable.',
].join('\n')

const write = (line: string): void => void process.stdout.write(`${line}\n`)

/** Answers with the exit code. */
async function main(argv: string[], env: Record<string, string | undefined>): Promise<number> {
  const { values, positionals } = parsed(argv)
  const [name, ...words] = positionals
  if (values.help || name === undefined) {
    write(USAGE)
    return name === undefined && !values.help ? exitCodes.usage : exitCodes.ok
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command)
    throw new CliError(exitCodes.usage, `There is no command ${name}. Known: ${Object.keys(commands).join(', ')}.`)
  if (words.length !== command.words) throw new CliError(exitCodes.usage, `Write: deckhand ${command.usage}`)
  const { DECKHAND_URL: url, DECKHAND_TOKEN: token } = env
  if (!url || !token) throw new CliError(exitCodes.usage, 'Set DECKHAND_URL and DECKHAND_TOKEN.')
  return command.run({ client: createClient({ url, token }), words, options: values, write })
}

function parsed(argv: string[]) {
  const text = { type: 'string' } as const
  try {
    return parseArgs({
      args: argv,
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        follow: { type: 'boolean', short: 'f', default: false },
        help: { type: 'boolean', short: 'h', default: false },
        status: text,
        repository: text,
        agent: text,
        message: text,
        reason: text,
      },
    })
  } catch (error) {
    throw new CliError(exitCodes.usage, (error as Error).message)
  }
}

try {
  process.exitCode = await main(process.argv.slice(2), process.env)
} catch (error) {
  if (!(error instanceof CliError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = error.exitCode
}
