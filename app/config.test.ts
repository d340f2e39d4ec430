/** How Deckhand reads its environment: what it takes, what it refuses, and that the README tells the same. */
import { createHash, generateKeyPairSync } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, describe, expect, test } from 'vitest'

import { releasedWorkflow } from './config/released.ts'
import { settingsMarkdown, settingsTable } from './config/settings.ts'
import { ConfigError, namesNoApp, problemsOfChoices, readConfig, readSetupConfig, withStored } from './config.ts'
import { defaultClocks } from './domain/policy.ts'

const folder = await mkdtemp(join(tmpdir(), 'deckhand-config-'))
afterAll(() => rm(folder, { recursive: true }))

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const sha = 'a'.repeat(40)
const digest = createHash('sha256').update('a token').digest('hex')

const env = {
  APP_ID: '12',
  PRIVATE_KEY: pem,
  WEBHOOK_SECRET: 'w'.repeat(32),
  MONGODB_URI: 'mongodb://127.0.0.1:27017/deckhand?replicaSet=rs0',
  PUBLIC_URL: 'https://agents.example.com',
  EXECUTOR_WORKFLOW: `acme/deckhand/.github/workflows/run-agent.yml@${sha}`,
  CLIENT_ID: 'Iv1.demo',
  CLIENT_SECRET: 'client-secret',
  SECRET_KEY: 'k'.repeat(32),
  E2B_API_KEY: 'e2b_key',
}

function problemsOf(changes: Record<string, string | undefined>): readonly string[] {
  try {
    readConfig({ ...env, ...changes })
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

describe('a complete environment', () => {
  test('gives a typed config with the documented defaults', () => {
    const config = readConfig(env)
    expect(config).toMatchObject({
      appId: 12,
      publicUrl: 'https://agents.example.com',
      host: '0.0.0.0',
      port: 3001,
      githubApiUrl: 'https://api.github.com',
      githubUrl: 'https://github.com',
      oidcIssuer: 'https://token.actions.githubusercontent.com',
      executorRepository: null,
      allowSelfHostedRunners: false,
      admins: [],
      surface: {
        notify: 'needs-me',
        label: 'agent',
        labelRemovalCancels: true,
        commandInIssueBody: false,
        allowedBots: [],
      },
      apiTokens: [],
      logLevel: 'info',
      sweepIntervalMs: 30_000,
      probeIntervalMs: 600_000,
    })
    expect(config.clocks).toEqual(defaultClocks)
    expect(config.executorWorkflows).toEqual([
      { owner: 'acme', name: 'deckhand', file: '.github/workflows/run-agent.yml', ref: sha, pinned: true },
    ])
  })

  test('every clock is a setting of its own', () => {
    const ofTheProcess = new Set([
      'SWEEP_INTERVAL_MS',
      'PROBE_INTERVAL_MS',
      'EFFECT_LEASE_MS',
      'DELIVERY_LEASE_MS',
      'DRAIN_NOTICE_MS',
    ])
    const names = settingsTable().flatMap(({ name }) => (name.endsWith('_MS') && !ofTheProcess.has(name) ? [name] : []))
    const values = Object.fromEntries(names.map((name, index) => [name, String(1_000 + index)]))
    expect(Object.values(readConfig({ ...env, ...values }).clocks).toSorted((a, b) => a - b)).toEqual(
      Object.values(values).map(Number),
    )
  })

  test('an empty string counts as missing', () => {
    expect(readConfig({ ...env, PORT: '', LOG_LEVEL: ' ' })).toMatchObject({ port: 3001, logLevel: 'info' })
    expect(problemsOf({ APP_ID: '' })).toEqual([expect.stringContaining('APP_ID is missing')])
  })

  test('a notice is one short line', () => {
    expect(readConfig(env).notice).toBeNull()
    expect(readConfig({ ...env, NOTICE: 'For trials only.' }).notice).toBe('For trials only.')
    for (const NOTICE of ['x'.repeat(201), 'one\ntwo'])
      expect(problemsOf({ NOTICE })).toEqual([expect.stringMatching(/^NOTICE .*Give one short line\./)])
  })

  test('listens on loopback only when it is reached there only', () => {
    expect(readConfig({ ...env, PUBLIC_URL: 'http://127.0.0.1:4310', PORT: '0' })).toMatchObject({
      host: '127.0.0.1',
      port: 0,
      publicUrl: 'http://127.0.0.1:4310',
    })
  })

  test('takes lists: people, machines and workflows', () => {
    const config = readConfig({
      ...env,
      ADMINS: 'Octocat, ',
      ALLOWED_BOTS: 'Renovate[bot],dependabot[bot]',
      API_TOKENS: `ci:${digest}:acme/*:write,report:${digest}:acme/shop:read`,
      EXECUTOR_WORKFLOW: `${env.EXECUTOR_WORKFLOW}, acme/deckhand/.github/workflows/run-agent.yml@refs/tags/v1`,
      EXECUTOR_REPOSITORY: 'acme/runners',
    })
    expect(config.admins).toEqual(['octocat'])
    expect(config.surface.allowedBots).toEqual(['renovate[bot]', 'dependabot[bot]'])
    expect(config.apiTokens[0]).toEqual({ name: 'ci', digest, repositories: 'acme/*', role: 'write' })
    expect(config.executorWorkflows[1]).toMatchObject({ ref: 'refs/tags/v1', pinned: false })
    expect(config.executorRepository).toEqual({ owner: 'acme', name: 'runners' })
  })

  test('the private key may be one line with \\n, or a file', () => {
    const path = join(folder, 'app.pem')
    writeFileSync(path, pem)
    expect(readConfig({ ...env, PRIVATE_KEY: pem.trim().replaceAll('\n', '\\n') }).privateKey).toBe(pem.trim())
    expect(readConfig({ ...env, PRIVATE_KEY: path }).privateKey).toBe(pem)
  })
})

describe('a wrong environment', () => {
  test.each([
    'foo',
    'http://127.0.0.1/deckhand',
    'mongodb://127.0.0.1:27017',
    'mongodb://127.0.0.1:27017/?a=b',
    'mongodb://h/d b',
  ])('MONGODB_URI=%s is a problem of the settings', (uri) => {
    expect(problemsOf({ MONGODB_URI: uri })).toEqual([
      expect.stringMatching(/^MONGODB_URI is not an address of MongoDB/),
    ])
  })
  test.each(['mongodb://a:1,b:2/deckhand?replicaSet=rs0', 'mongodb+srv://u:p@cluster.example.com/deckhand'])(
    'MONGODB_URI=%s is taken',
    (uri) => expect(readConfig({ ...env, MONGODB_URI: uri }).mongodbUri).toBe(uri),
  )
  test('a client secret of one character would be redacted from every word', () => {
    expect(problemsOf({ CLIENT_SECRET: 'b' })).toEqual([expect.stringMatching(/^CLIENT_SECRET is shorter than 8/)])
  })

  test('is told all at once, with the exit code for a wrong configuration', () => {
    const read = () => readConfig({ PORT: 'many', ADMINS: 'a b,c d' })
    expect(read).toThrow(ConfigError)
    const problems = problemsOf(Object.fromEntries(Object.keys(env).map((name) => [name, undefined])))
    expect(problems.map((p) => p.split(' ')[0])).toEqual([
      'APP_ID',
      'PRIVATE_KEY',
      'WEBHOOK_SECRET',
      'MONGODB_URI',
      'PUBLIC_URL',
      'EXECUTOR_WORKFLOW',
      'CLIENT_ID',
      'CLIENT_SECRET',
      'SECRET_KEY',
      'E2B_API_KEY',
    ])
    expect(new ConfigError(problems)).toMatchObject({
      exitCode: 78,
      message: expect.stringContaining('10 settings need'),
    })
  })

  test('a bot is named as GitHub names it, so that nobody is let in by a name that is a person’s', () => {
    for (const name of ['renovate', '[bot]', 'a b[bot]', 'renovate[bot]s']) {
      expect(problemsOf({ ALLOWED_BOTS: name }), name).toEqual([
        expect.stringMatching(/^ALLOWED_BOTS holds an entry that is not a bot\. Write its login with \[bot\]/),
      ])
    }
  })

  test('every wrong entry of a list is told', () => {
    expect(problemsOf({ ADMINS: 'a b,c d' })).toHaveLength(2)
  })

  test('a wrong login is quoted, the same one once, and what may be a secret in the wrong place never', () => {
    const says = (which: string) => `ADMINS holds an entry that is not a GitHub login: ${which}. Correct it.`
    expect(problemsOf({ ADMINS: 'a b,octocat,!!,,a b' })).toEqual([says('`a b`'), says('`!!`')])
    expect(problemsOf({ ADMINS: `x-${'y'.repeat(62)},a\u001B[31m\u202Eb` })).toEqual([
      says('one of 64 characters'),
      says('`ab`'),
    ])
    const told = problemsOf({ ADMINS: `AKIA${'Q7'.repeat(8)}!,ghp_${'a1'.repeat(18)}` }).join()
    expect(told).not.toMatch(/Q7|a1/)
    const machines = problemsOf({ API_TOKENS: 'machine,machine,other' })
    expect(machines).toEqual([...new Set(machines)])
  })

  test.each([
    ['missing', undefined],
    ['empty', ''],
    ['short', 'w'.repeat(31)],
    ['the public constant', 'development'],
  ])('row 2: a webhook secret that is %s refuses to start', (_, WEBHOOK_SECRET) => {
    expect(problemsOf({ WEBHOOK_SECRET })).toEqual([expect.stringMatching(/^WEBHOOK_SECRET is /)])
  })

  test.each([
    ['PUBLIC_URL', 'http://agents.example.com', 'https'],
    ['PUBLIC_URL', 'https://agents.example.com/deckhand', 'path'],
    ['PUBLIC_URL', 'agents', 'web address'],
    ['PUBLIC_URL', 'https://me:secret@agents.example.com', 'password'],
    ['PRIVATE_KEY', join(folder, 'absent.pem'), 'path'],
    ['PRIVATE_KEY', '-----BEGIN PRIVATE KEY-----\\nMII\\n-----END PRIVATE KEY-----', 'private key'],
    ['PORT', '70000', '65535'],
    ['HEARTBEAT_MS', '1.5', 'whole number'],
    ['HEARTBEAT_MS', '90000', 'heartbeats'],
    ['RUN_TIMEOUT_MS', '21600000', '20700000'],
    ['SECRET_KEY', 'short', '32 bytes'],
    ['EXECUTOR_REPOSITORY', 'acme', 'owner/name'],
    ['GITHUB_URL', 'https://github.example.com', 'another GitHub'],
    ['EXECUTOR_WORKFLOW', 'acme/deckhand@v1', 'run-agent.yml'],
    ['EXECUTOR_WORKFLOW', ',', 'names no workflow'],
    ['SANDBOX_PROVIDER', 'docker', 'e2b, local'],
    ['ALLOW_SELF_HOSTED_RUNNERS', 'yes', 'true'],
    ['API_TOKENS', 'ci:token-in-plain:acme/*:write', 'SHA-256'],
    ['API_TOKENS', `ci:${digest}:everything:write`, 'owner/name'],
    ['API_TOKENS', `ci:${digest}:*/*:root`, 'role'],
    ['API_TOKENS', `ci:${digest}:*/*:read,ci:${digest}:*/*:write`, 'twice'],
  ])('%s=%s is refused', (name, value, why) => {
    const problems = problemsOf({ [name]: value })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(why)
    expect(problems[0]).toMatch(/\.$|openssl rand -hex 32$|sha256sum$/)
  })

  test('no problem repeats what was set, which may be a secret', () => {
    const told = Object.keys(env).flatMap((name) => problemsOf({ [name]: '%%hush%%' }))
    expect(told.length).toBeGreaterThan(3)
    expect(told.join()).not.toContain('%%hush%%')
  })
})

describe('before set-up', () => {
  const { MONGODB_URI, PUBLIC_URL, SECRET_KEY } = env
  const three = { MONGODB_URI, PUBLIC_URL, SECRET_KEY }

  test('three settings are enough, and what else is missing is asked for', () => {
    expect(namesNoApp(three)).toBe(true)
    const config = readSetupConfig({ ...three, PUBLIC_URL: 'http://127.0.0.1:4310' })
    expect(config).toMatchObject({ host: '127.0.0.1', githubUrl: 'https://github.com' })
    expect(config.asks).toEqual(['ADMINS', 'SANDBOX_PROVIDER', 'E2B_API_KEY', 'EXECUTOR_WORKFLOW'])
    const { ADMINS, ...rest } = { ADMINS: 'octocat', SANDBOX_PROVIDER: 'local', E2B_API_KEY: '' }
    expect(readSetupConfig({ ...three, ...rest }).asks).toEqual(['ADMINS', 'EXECUTOR_WORKFLOW'])
    expect(readSetupConfig({ ...env, ADMINS }).asks).toEqual([])
  })

  test('the three are needed, and what is given has to be right', () => {
    const told = (changes: Record<string, string>) => {
      try {
        return readSetupConfig(changes)
      } catch (error) {
        return (error as ConfigError).problems.map((problem) => problem.split(' ')[0])
      }
    }
    expect(told({})).toEqual(['MONGODB_URI', 'PUBLIC_URL', 'SECRET_KEY'])
    expect(told({ ...three, PORT: 'many', E2B_API_URL: 'nowhere' })).toEqual(['PORT', 'E2B_API_URL'])
  })

  test('an App that is half in the environment is no set-up but a mistake', () => {
    expect(namesNoApp({ ...three, APP_ID: ' ' })).toBe(true)
    expect(namesNoApp({ ...three, WEBHOOK_SECRET: env.WEBHOOK_SECRET })).toBe(false)
  })

  test('the choices made there are held to the same rules', () => {
    const choices = { EXECUTOR_WORKFLOW: env.EXECUTOR_WORKFLOW, SANDBOX_PROVIDER: 'local', ADMINS: 'octocat' }
    expect(problemsOfChoices(three, choices)).toEqual([])
    expect(problemsOfChoices(three, { ...choices, SANDBOX_PROVIDER: '', ADMINS: 'a b' })).toEqual([
      { name: 'ADMINS', missing: false, says: expect.stringMatching(/^holds an entry/) },
      { name: 'E2B_API_KEY', missing: true, says: expect.stringMatching(/^is missing/) },
    ])
  })
})

describe('what set-up stored', () => {
  const stored = { APP_ID: '12', PRIVATE_KEY: pem, WEBHOOK_SECRET: 's'.repeat(32), ADMINS: 'octocat' }

  test('fills in what the environment does not say, and loses against what it says', () => {
    const merged = withStored({ ...env, APP_ID: '', ADMINS: 'hubot' }, stored)
    expect(readConfig(merged)).toMatchObject({ appId: 12, admins: ['hubot'], webhookSecret: env.WEBHOOK_SECRET })
    expect(readConfig(withStored({ ...env, WEBHOOK_SECRET: undefined }, stored)).webhookSecret).toBe('s'.repeat(32))
  })

  test('says nothing about another App', () => {
    const merged = withStored({ ...env, APP_ID: '13', WEBHOOK_SECRET: undefined }, stored)
    expect(() => readConfig(merged)).toThrow('WEBHOOK_SECRET is missing')
  })
})

describe('the released workflow', () => {
  test('is the one that the caller file is pinned to; forty zeros are none', () => {
    const file = (pin: string) => `jobs:\n  run:\n    uses: acme/deckhand/.github/workflows/run-agent.yml@${pin}\n`
    expect(releasedWorkflow(file(sha))).toBe(`acme/deckhand/.github/workflows/run-agent.yml@${sha}`)
    expect(releasedWorkflow(file('0'.repeat(40)))).toBeNull()
    expect(releasedWorkflow(null)).toBeNull()
  })
})

describe('the table of settings', () => {
  test('says one sentence for each', () => {
    for (const { about } of settingsTable()) expect(about).toMatch(/^[A-Z].*[.`]$/)
  })

  test('stands in the README word for word', () => {
    const readme = readFileSync('README.md', 'utf8')
    // The formatter pads the columns of tables.
    expect(readme.replace(/ +\|/g, ' |').replace(/-{3,}/g, '---')).toContain(settingsMarkdown())
  })
})
