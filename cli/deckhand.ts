#!/usr/bin/env node
/** `deckhand`: the API from a terminal. DECKHAND_URL and DECKHAND_TOKEN say which app and who asks. */
import { parseArgs } from 'node:util'

import { visible } from '#domain/render/inert.ts'

import { CliError, clientFrom, exitCodes } from './client.ts'
import { commands } from './commands.ts'
import type { Command } from './commands.ts'

const USAGE = [
  'Usage: deckhand <command> [--json]; deckhand help <command> says more',
  ...Object.values(commands).map(({ usage, about }) => `  ${usage}\n      ${about}`),
  'DECKHAND_URL is the address of the app, DECKHAND_TOKEN one of its API_TOKENS.',
  'Exit codes: 0 ok, 1 the Run failed, 2 usage, 3 not allowed, 4 unreachable.',
].join('\n')

const write = (line: string): void => void process.stdout.write(`${line}\n`)

/** Answers with the exit code. */
async function main(argv: string[], env: Record<string, string | undefined>): Promise<number> {
  const { values, positionals } = parsed(argv)
  const [name, ...words] = positionals
  const about = name === 'help' ? words[0] : values.help ? name : undefined
  if (about !== undefined && Object.hasOwn(commands, about)) {
    write(helpOf(commands[about]!))
    return exitCodes.ok
  }
  if (values.help || name === undefined || name === 'help') {
    write(USAGE)
    return name === undefined && !values.help ? exitCodes.usage : exitCodes.ok
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command)
    throw new CliError(exitCodes.usage, `There is no command ${name}. Known: ${Object.keys(commands).join(', ')}.`)
  if (words.length !== command.words) throw new CliError(exitCodes.usage, `Write: deckhand ${command.usage}`)
  return command.run({ connect: () => clientFrom(env), words, options: values, write })
}

const helpOf = ({ usage, about, more }: Command): string =>
  [`Usage: deckhand ${usage} [--json]`, `${about[0]!.toUpperCase()}${about.slice(1)}.`, ...(more ? [more] : [])].join(
    '\n',
  )

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
        base: text,
        timeout: text,
        draft: { type: 'boolean' },
        'dry-run': { type: 'boolean' },
        priority: text,
        gate: text,
        message: text,
        reason: text,
      },
    })
  } catch (error) {
    throw new CliError(exitCodes.usage, (error as Error).message)
  }
}

// Whoever reads us has enough: `deckhand logs … | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(exitCodes.ok)
})

try {
  process.exitCode = await main(process.argv.slice(2), process.env)
} catch (error) {
  if (!(error instanceof CliError)) throw error
  // It may quote what the app, or a file, says.
  process.stderr.write(`${visible(error.message)}\n`)
  process.exitCode = error.exitCode
}
