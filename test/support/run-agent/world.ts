/** Everything one test of the executor needs, put together: repository, app, sandboxes, and the job's own outside. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { BindAnswer, DispatchPayload } from '#contracts/executor.ts'

import { agentFor } from '../../../actions/run-agent/src/agents/table.ts'
import { runnerCommands } from '../../../actions/run-agent/src/commands.ts'
import { checkInputs, readEnvironment } from '../../../actions/run-agent/src/inputs.ts'
import { main } from '../../../actions/run-agent/src/main.ts'
import { redactor } from '../../../actions/run-agent/src/redact.ts'
import type { World } from '../../../actions/run-agent/src/stage.ts'
import { defaultTiming } from '../../../actions/run-agent/src/timing.ts'
import { TestApp } from './app.ts'
import { serveRepository } from './repository.ts'
import { TestSandboxes } from './sandboxes.ts'

export const RUN_ID = 'r_8k2f0q7w3z'
export const READ_TOKEN = 'ghs_readonly0123456789'
export const NONCE = 'n0123456789abcdefghijklmnopqrstuvwxyzABCDEF'
export const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

/** The waits of the action, short enough for tests. */
const quick = {
  ...defaultTiming,
  backoffBaseMs: 5,
  backoffMaxMs: 20,
  logFlushMs: 5,
  cancelGraceMs: 200,
  pauseGraceMs: 200,
  recordedMsMax: 1_000,
  flushMsMax: 2_000,
}

export interface TestWorld extends AsyncDisposable {
  app: TestApp
  sandboxes: TestSandboxes
  world: World
  dir: string
  sha: string
  env: Record<string, string>
  run(): Promise<number>
  /** The next `run` is the job that comes after a pause: its bind brings what the last one left. */
  nextJob(over?: Partial<BindAnswer>): void
  /** Asks the job to stop, as the runner does. */
  stopSignal(): void
  printed(): string
  file(name: 'output' | 'state' | 'summary'): string
}

export interface Options {
  instructions?: string
  files?: Record<string, string>
  /** Links of the first commit, and where they lead. */
  links?: Record<string, string>
  answer?: (answer: BindAnswer) => BindAnswer
  timing?: Partial<typeof quick>
}

export async function testWorld(options: Options = {}): Promise<TestWorld> {
  const dir = mkdtempSync(join(tmpdir(), 'run-agent-'))
  const repository = await serveRepository(dir, READ_TOKEN, options.files, options.links)
  const plain = bindAnswer(repository.cloneUrl, repository.sha, options.instructions ?? '')
  let bound = options.answer?.(plain) ?? plain
  const app = await new TestApp(() => bound).start()
  const sandboxes = new TestSandboxes(dir)
  const env = runnerEnvironment(dir, app.url)
  const environment = readEnvironment(env)
  let printed = ''
  let stop = (): void => {}
  const world: World = {
    inputs: await checkInputs(environment, payloadFor(app.url)),
    commands: runnerCommands((text) => (printed += text), environment.files),
    redactor: redactor(),
    timing: { ...quick, ...options.timing },
    providerFor: () => Promise.resolve(sandboxes),
    agentFor,
    onStopSignal: (listener) => {
      stop = listener
      return () => {}
    },
  }
  return {
    app,
    sandboxes,
    world,
    dir,
    sha: repository.sha,
    env,
    run: () => main(world),
    nextJob(over = {}) {
      bound = { ...bound, resume: app.nextJob(sandboxes.paused), ...over }
    },
    stopSignal: () => stop(),
    printed: () => printed,
    file: (name) => readFileSync(join(dir, name), 'utf8'),
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]()
      await repository[Symbol.asyncDispose]()
      await rm(dir, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** The environment that the Actions runner gives to the step, with the event file written. */
export function runnerEnvironment(dir: string, appUrl: string): Record<string, string> {
  const event = join(dir, 'event.json')
  writeFileSync(event, JSON.stringify({ action: 'deckhand.run', client_payload: payloadFor(appUrl) }))
  const paths = { output: join(dir, 'output'), state: join(dir, 'state'), summary: join(dir, 'summary') }
  for (const path of Object.values(paths)) writeFileSync(path, '')
  return {
    PATH: process.env.PATH ?? '',
    RUNNER_TEMP: dir,
    GITHUB_EVENT_NAME: 'repository_dispatch',
    GITHUB_EVENT_PATH: event,
    GITHUB_OUTPUT: paths.output,
    GITHUB_STATE: paths.state,
    GITHUB_STEP_SUMMARY: paths.summary,
    GITHUB_RUN_ID: '7001',
    ACTIONS_ID_TOKEN_REQUEST_URL: `${appUrl}/oidc?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'runner-request-token',
  }
}

export const payloadFor = (appUrl: string): DispatchPayload => ({
  v: 1,
  run_id: RUN_ID,
  attempt: 1,
  dispatch_id: '0d3c2f9e-2b0a-4a51-8f0f-3a2b1c0d9e8f',
  nonce: NONCE,
  callback_url: `${appUrl}/api/runs/${RUN_ID}`,
  traceparent: TRACEPARENT,
})

function bindAnswer(cloneUrl: string, sha: string, instructions: string): BindAnswer {
  return {
    runId: RUN_ID,
    attempt: 1,
    bind: '7001.1.501',
    lastSeq: 0,
    lastDigest: null,
    wanted: 'continue',
    repository: { id: 42, owner: 'acme', name: 'shop', private: true, cloneUrl },
    base: { ref: 'main', sha },
    issue: { number: 101, title: 'Add CSV export', body: 'Please.', url: 'https://x.test/101', digest: 'a'.repeat(64) },
    instructions,
    requestedBy: 'octocat',
    agent: { name: 'stub', timeoutMs: 60_000 },
    sandbox: {
      provider: 'fake',
      isolation: 'none',
      owner: 'deckhand-test',
      attemptId: `${RUN_ID}.1`,
      ttlMs: 120_000,
      acquireTimeoutMs: 10_000,
    },
    limits: {
      heartbeatMs: 5_000,
      heartbeatLostMs: 90_000,
      runDeadlineAt: new Date(Date.now() + 600_000).toISOString(),
      proposalBytesMax: 4 * 1024 * 1024,
    },
    token: { value: READ_TOKEN, expiresAt: new Date(Date.now() + 3_600_000).toISOString() },
  }
}
