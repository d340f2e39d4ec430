/** A scenario's stage: the local world, the app in this process, and the few things that stories do with them. */
import { expect, onTestFinished } from 'vitest'
import { pino } from 'pino'
import type { Logger } from 'pino'

import { readConfig } from '../../app/config.ts'
import type { Config } from '../../app/config.ts'
import type { LedgerEventBody, LedgerPage, RunBody, RunList, RunStreamData } from '../../app/contracts/api.ts'
import { startApp } from '../../app/main.ts'
import type { App } from '../../app/main.ts'
import { openRegistry } from '../../app/sandboxes/local-registry.ts'
import { statusMarker } from '../../app/domain/render/markers.ts'
import { watchQueries } from '../catalogue/watch.ts'
import { followRun } from '../stack/demo/follow.ts'
import { databaseUri, dropDatabase } from '../stack/mongo/test-database.ts'
import { asDescribed, expectNoDrift } from '../stack/http/as-described.ts'
import { REPOSITORY, startWorld } from '../stack/world.ts'
import type { World, WorldOptions } from '../stack/world.ts'

const WAIT_MS_MAX = 120_000
const LOOK_EVERY_MS = 25

export interface Stage {
  world: World
  app: App
  /** Comments as octocat and waits for the Run that it starts; `options` stand behind the command. */
  assign: (issue: number, instructions?: string, options?: string) => Promise<RunBody>
  run: (id: string) => Promise<RunBody>
  runsOf: (issue: number) => Promise<RunBody[]>
  ledger: (id: string) => Promise<LedgerEventBody[]>
  /** Resolves with the Run once it has ended; `onEvent` hears its stream on the way. */
  ended: (id: string, onEvent?: (event: RunStreamData) => void) => Promise<RunBody>
  api: (path: string, init?: RequestInit) => Promise<Response>
  /** Ids of the sandboxes of a Run that are alive, wherever they are. */
  sandboxes: (runId: string) => Promise<string[]>
  /** Bodies of the status comments of a Run: one, or none. */
  statusComments: (runId: string) => string[]
  /** Looks until the answer is not null or undefined or false. */
  until: <T>(what: string, look: () => T | Promise<T>) => Promise<NonNullable<T>>
}

export interface StageOptions extends Partial<WorldOptions> {
  /** Folder of the built dashboard, for stories in a browser. */
  webRoot?: string
  /** Where the app's log goes; silent by default. */
  log?: (config: Config) => Logger
  /** Keeps inside GitHub's limits, which other stories have no time for; default false. */
  throttle?: boolean
}

/**
 * Starts a stage and takes it down when the test ends. Whatever the story was, it may not have sent GitHub a request
 * that GitHub's own description does not know, the local GitHub may not have answered what GitHub would not, and the app
 * may not have asked its database what the catalogue of its queries does not hold.
 */
export async function openStage({ webRoot, log, throttle = false, ...options }: StageOptions = {}): Promise<Stage> {
  const mongoUri = databaseUri()
  onTestFinished(() => dropDatabase(mongoUri))
  const world = await startWorld({ mongoUri, ...options })
  onTestFinished(() => world[Symbol.asyncDispose]())
  onTestFinished(() => {
    expectNoDrift()
    expect(world.github.violations()).toEqual([])
    expect(world.github.responseViolations()).toEqual([])
  })
  const queries = watchQueries()
  onTestFinished(() => expect(queries.unknown(), 'Add what issues these to test/catalogue/calls.ts.').toEqual([]))
  const config = readConfig(world.env)
  const app = await startApp(config, {
    log: log ? log(config) : pino({ level: 'silent' }),
    checkAnswer: asDescribed,
    throttle,
    observeStore: queries.observe,
    ...(webRoot === undefined ? {} : { webRoot }),
  })
  onTestFinished(() => app.stop())
  return { ...stageOf(world), app }
}

/** The same without an app, for stories that start and kill it themselves. */
export function stageOf(world: World): Omit<Stage, 'app'> {
  const api = (path: string, init: RequestInit = {}) =>
    fetch(`${world.appUrl}${path}`, {
      ...init,
      headers: {
        authorization: `Bearer ${world.apiToken}`,
        'content-type': 'application/json',
        ...(init.headers as Record<string, string>),
      },
    })
  const json = async <T>(path: string): Promise<T> => {
    const response = await api(path)
    if (!response.ok) throw new Error(`GET ${path} answered ${response.status}: ${await response.text()}`)
    return (await response.json()) as T
  }
  const stage: Omit<Stage, 'app'> = {
    world,
    api,
    run: (id) => json<RunBody>(`/api/runs/${id}`),
    runsOf: async (issue) => (await json<RunList>(`/api/runs?repository=${REPOSITORY}&issue=${issue}`)).runs,
    ledger: async (id) => (await json<LedgerPage>(`/api/runs/${id}/events`)).events,
    sandboxes: async (runId) =>
      world.e2b
        ? world.e2b
            .sandboxes()
            .filter((sandbox) => sandbox.state !== 'gone' && sandbox.metadata['runId'] === runId)
            .map(({ id }) => id)
        : (await openRegistry().all()).filter((record) => record.runId === runId).map(({ id }) => id),
    statusComments: (runId) =>
      world.github.state.comments.map(({ body }) => body).filter((body) => body.includes(statusMarker(runId))),
    async assign(issue, instructions = '', options = '') {
      world.comment(issue, `${`/assign-agent ${options}`.trimEnd()}\n${instructions}`)
      return stage.until(`a Run of issue ${issue}`, async () => (await stage.runsOf(issue))[0])
    },
    ended: (runId, onEvent = () => {}) =>
      followRun({
        appUrl: world.appUrl,
        token: world.apiToken,
        runId,
        signal: AbortSignal.timeout(WAIT_MS_MAX),
        onEvent,
      }),
    async until(what, look) {
      const end = Date.now() + WAIT_MS_MAX
      for (;;) {
        const found = await look()
        if (found) return found
        if (Date.now() > end) throw new Error(`Waited ${WAIT_MS_MAX / 1000} s for ${what}.`)
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
      }
    },
  }
  return stage
}
