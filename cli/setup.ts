/** `npm run setup`: the set-up pages in a terminal (surfaces.md 4.3). Secrets come from the environment, never as words. */
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { parseArgs } from 'node:util'

import { setupChoices } from '#contracts/setup.ts'
import type { ConfiguredBody, ManifestForm, ReachBody, SetupBody, SetupChoice, SetupChoices } from '#contracts/setup.ts'

import { CliError, exitCodes } from './client.ts'
import { claim } from './set-up/app.ts'
import type { SetupApp } from './set-up/app.ts'
import { openFormPage } from './set-up/form-page.ts'

const USAGE = `Usage: npm run setup -- [address] [--org acme] [--name "Acme agents"] [--public] [--workflows] [--show-values] [--port 0]
       npm run setup -- [address] --existing
Makes the GitHub App of a Deckhand that has none. The address is what its log names under setup_needed.
  --org          the organization that the App belongs to; without it, your own account
  --name         what the App is called on GitHub
  --public       others may install it too
  --workflows    also ask for workflows: write, to propose the workflow file by a pull request
  --show-values  show once what was stored, for people who keep secrets elsewhere
  --port         of the page on this machine, for terminals whose browser is elsewhere (ssh -L)
  --existing     use an App that is there: APP_ID, PRIVATE_KEY (PEM text or path), WEBHOOK_SECRET, CLIENT_ID and
                 CLIENT_SECRET are read from the environment
${setupChoices.join(', ')} are read from the environment too, where Deckhand asks for them.
Ends with 0 when Deckhand is set up, 2 for a wrong use or a value that does not fit, 3 for a link that does not work, 4 when it cannot be reached.`

type Environment = Record<string, string | undefined>
type Facts = NonNullable<SetupBody['facts']>
type Flags = ReturnType<typeof parsed>['values']

const write = (line: string): void => void process.stdout.write(`${line}\n`)

async function main(argv: readonly string[], env: Environment): Promise<void> {
  const { values: flags, positionals } = parsed(argv)
  if (flags.help) return write(USAGE)
  const port = Number(flags.port)
  if (positionals.length > 1 || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new CliError(exitCodes.usage, USAGE)
  }
  const app = await claim(positionals[0] ?? (await askedLink()))
  const { facts } = await app.get<SetupBody>('')
  if (!facts)
    throw new CliError(exitCodes.notAllowed, 'Deckhand does not take this terminal for the one that sets it up.')
  write(`Deckhand at ${facts.publicUrl}`)
  const { reachable, detail } = await app.post<ReachBody>('/reach', {})
  write(`${reachable ? '✓' : '✗'} ${detail}`)
  const choices = choicesOf(facts, env)
  const configured = flags.existing ? await takeExisting(app, env, choices) : await create(app, facts, flags, choices)
  write(`✓ ${configured.name} is stored: ${configured.appUrl}`)
  for (const [name, value] of Object.entries(configured.values ?? {})) write(`${name}=${value.replaceAll('\n', '\\n')}`)
  write(`Choose repositories: ${configured.installUrl}`)
  write(`Then look at ${facts.publicUrl}/admin/checks, or run npm run doctor.`)
}

function parsed(argv: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        org: { type: 'string' },
        name: { type: 'string' },
        port: { type: 'string', default: '0' },
        public: flag,
        workflows: flag,
        'show-values': flag,
        existing: flag,
        help: { ...flag, short: 'h' },
      },
    })
  } catch (error) {
    throw new CliError(exitCodes.usage, `${(error as Error).message}\n${USAGE}`)
  }
}

async function askedLink(): Promise<string> {
  if (!process.stdin.isTTY) throw new CliError(exitCodes.usage, USAGE)
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  try {
    return (await terminal.question('Address that the log names under setup_needed: ')).trim()
  } finally {
    terminal.close()
  }
}

/** What Deckhand's own environment does not say and this one does. */
function choicesOf({ asks }: Facts, env: Environment): SetupChoices {
  const given = (name: SetupChoice): [SetupChoice, string][] => (env[name] ? [[name, env[name]]] : [])
  return Object.fromEntries(asks.flatMap(given))
}

/** A person presses the button on GitHub; the browser is then led on to the choice of repositories. */
async function create(app: SetupApp, facts: Facts, flags: Flags, choices: SetupChoices): Promise<ConfiguredBody> {
  const form = await app.post<ManifestForm>('/manifest', {
    name: flags.name ?? facts.name,
    organization: flags.org ?? null,
    public: flags.public,
    workflows: flags.workflows,
    showValues: flags['show-values'],
    choices,
  })
  write('The App asks for:')
  for (const { name, level, why } of facts.permissions) write(`  ${name}: ${level}  ${why}`)
  await using page = await openFormPage(form, Number(flags.port))
  write(`Open this page in a browser that is signed in to GitHub, and press its button:\n  ${page.url}`)
  const { code, state, answer } = await page.created
  try {
    const configured = await app.post<ConfiguredBody>('/conversion', { code, state })
    answer({ address: configured.installUrl })
    return configured
  } catch (error) {
    answer({ text: `This did not work: ${(error as Error).message}` })
    throw error
  }
}

async function takeExisting(app: SetupApp, env: Environment, choices: SetupChoices): Promise<ConfiguredBody> {
  const names = ['APP_ID', 'PRIVATE_KEY', 'WEBHOOK_SECRET', 'CLIENT_ID', 'CLIENT_SECRET'] as const
  const missing = names.filter((name) => !env[name])
  if (missing.length > 0) throw new CliError(exitCodes.usage, `Set ${missing.join(', ')} in the environment.`)
  const [appId, key, webhookSecret, clientId, clientSecret] = names.map((name) => env[name]!)
  const privateKey = key!.includes('-----BEGIN') ? key : textOf(key!)
  return app.post<ConfiguredBody>('/existing', { appId, privateKey, webhookSecret, clientId, clientSecret, choices })
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new CliError(exitCodes.usage, `PRIVATE_KEY is neither PEM text nor a file: ${(error as Error).message}`)
  }
}

try {
  await main(process.argv.slice(2), process.env)
} catch (error) {
  if (!(error instanceof CliError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = error.exitCode
}
