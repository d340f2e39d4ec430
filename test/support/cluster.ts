/**
 * The local world with the app as child processes behind a gate: what the stories about dying processes share. They look
 * into the database instead of asking the app, which may be gone at that moment.
 */
import { mongo } from 'mongoose'
import { expect, onTestFinished } from 'vitest'

import { isTerminal } from '../../app/contracts/status.ts'
import { statusMarker } from '../../app/domain/render/markers.ts'
import type { RunDocument } from '../../app/store/run-models.ts'
import { databaseUri, dropDatabase } from '../stack/mongo/test-database.ts'
import { startWorld } from '../stack/world.ts'
import type { World } from '../stack/world.ts'
import { startAppProcess } from './app-process.ts'
import type { AppProcess } from './app-process.ts'
import { git } from './git.ts'
import { readiness, startGate } from './gate.ts'
import type { Gate } from './gate.ts'

const WAIT_MS_MAX = 120_000
const LOOK_EVERY_MS = 25
const READINESS_MS = 50
const SERVER_SELECTION_MS = 20_000

/** Ends a story that hangs; how long a sound one takes depends on the machine. */
export const STORY_MS_MAX = 300_000

/** A Run as the database has it. */
export type StoredRun = RunDocument

export interface Request {
  /** `owner/name`. */
  repository: string
  issue: number
}

export interface Cluster {
  readonly world: World
  /** In front of the app: what GitHub, jobs and people send. */
  readonly front: Gate
  /** In front of GitHub's API: what the app sends. */
  readonly github: Gate
  readonly db: mongo.Db
  /** The replicas that the gate sends to. */
  readonly replicas: AppProcess[]
  /** Starts one more replica. */
  start(): Promise<AppProcess>
  /** Ends a replica with SIGKILL and takes it out of the list. */
  kill(replica: AppProcess): Promise<void>
  /** Opens an issue and comments `/assign-agent` with these instructions. */
  assign(repository: string, instructions?: string): Request
  runOf(request: Request): Promise<StoredRun | null>
  /** Resolves when the Run has ended and nothing of it is left to do. */
  settled(request: Request): Promise<StoredRun>
  /** Sends again what GitHub could not deliver; people and the reconciler do the same. */
  redeliverFailed(): Promise<number>
  until<T>(what: string, look: () => T | Promise<T>): Promise<NonNullable<T>>
}

export interface ClusterOptions {
  repositories?: readonly string[]
  /** Default: a database of the test run's own mongod. */
  mongoUri?: string
  settings?: Record<string, string>
}

/** Opens the world without any replica; everything ends with the test. */
export async function openCluster({ mongoUri, settings, ...options }: ClusterOptions = {}): Promise<Cluster> {
  const uri = mongoUri ?? databaseUri()
  onTestFinished(() => dropDatabase(uri))
  const world = await startWorld({ mongoUri: uri, sandbox: 'e2b', ...options })
  onTestFinished(() => world[Symbol.asyncDispose]())
  onTestFinished(() => {
    expect(world.github.violations()).toEqual([])
    expect(world.github.responseViolations()).toEqual([])
  })
  const client = await mongo.MongoClient.connect(uri, { serverSelectionTimeoutMS: SERVER_SELECTION_MS })
  onTestFinished(() => client.close())
  const db = client.db()
  const runs = db.collection<StoredRun>('runs')
  const replicas: AppProcess[] = []
  const front = await startGate({
    port: Number(world.env['PORT']),
    targets: readiness(READINESS_MS, () => replicas.map(({ url }) => url)),
  })
  const github = await startGate({ targets: () => [world.github.url] })
  const redelivered = new Set<string>()

  const runOf = async ({ repository, issue }: Request): Promise<StoredRun | null> => {
    const [owner, name] = repository.split('/') as [string, string]
    return runs.findOne({ issueNumber: issue, 'run.repository.owner': owner, 'run.repository.name': name })
  }
  const cluster: Cluster = {
    world,
    front,
    github,
    db,
    replicas,
    async start() {
      // A story that is told twenty times over has more Runs than a day.
      const own = { GITHUB_API_URL: `${github.url}/api/v3`, RUNS_PER_DAY_MAX: '0' }
      const replica = await startAppProcess({ ...world.env, ...own, ...settings })
      replicas.push(replica)
      return replica
    },
    async kill(replica) {
      await replica.kill()
      replicas.splice(replicas.indexOf(replica), 1)
    },
    assign(repository, instructions = '') {
      const by = { repository, by: 'octocat' }
      const { number } = world.github.openIssue({ ...by, title: 'Add CSV export', body: 'As a spreadsheet.' })
      world.github.comment({ ...by, number, body: `/assign-agent\n${instructions}` })
      return { repository, issue: number }
    },
    runOf,
    settled: (request) =>
      cluster.until(`the end of the Run of ${request.repository}#${request.issue}`, async () => {
        const found = await runOf(request)
        return found && isSettled(found) ? found : null
      }),
    async redeliverFailed() {
      const failed = world.github.deliveries.list().filter(({ state, statusCode, guid }) => {
        return state === 'done' && (statusCode < 200 || statusCode > 299) && !redelivered.has(guid)
      })
      for (const { id, guid } of failed) {
        const { statusCode } = await world.github.deliveries.redeliver(id)
        if (statusCode === 202) redelivered.add(guid)
      }
      return failed.length
    },
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
  return cluster
}

/** Ended, its job too, and no effect is owed any more. */
export function isSettled({ run, effects }: StoredRun): boolean {
  return isTerminal(run.status) && run.dispatch.finished !== null && effects.length === 0
}

const once = [
  'run.requested',
  'executor.bound',
  'sandbox.acquired',
  'proposal.submitted',
  'branch.published',
  'pull_request.opened',
  'run.succeeded',
]

/** Whatever died on the way: one of everything that people see, one sandbox at a time, and a whole ledger. */
export async function expectDoneOnce({ world }: Cluster, request: Request, stored: StoredRun): Promise<void> {
  const { github, e2b } = world
  const { run, events } = stored
  expect(run.status, JSON.stringify(run.reason)).toBe('succeeded')
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
  const types = events.map(({ type }) => type as string)
  for (const type of once)
    expect(
      types.filter((each) => each === type),
      type,
    ).toHaveLength(1)

  const repository = github.repository(request.repository)
  const comments = github.state.comments.filter(
    ({ repositoryId, issueNumber }) => repositoryId === repository.id && issueNumber === request.issue,
  )
  const ours = comments.filter(({ viaApp }) => viaApp !== null)
  expect(ours.map(({ body }) => body.includes(statusMarker(run.id)))).toEqual([true])
  const reactions = github.state.reactions.filter(({ subjectId }) => comments.some(({ id }) => id === subjectId))
  expect(reactions.map(({ content }) => content).toSorted()).toEqual(['eyes', 'rocket'])

  const branches = await git(repository.gitDir, 'for-each-ref', '--format=%(refname:lstrip=2)', 'refs/heads/agent/')
  expect(branches.split('\n')).toContain(run.branchName)
  const commits = await git(repository.gitDir, 'rev-list', '--count', `main..${run.branchName}`)
  expect(commits.trim()).toBe('1')
  const pulls = github.state.pulls.filter(({ headRef }) => headRef === run.branchName)
  expect(pulls.map(({ number }) => number)).toEqual([run.pullRequest!.number])
  expect(github.state.checkRuns.filter(({ externalId }) => externalId === run.id)).toHaveLength(1)

  const sandboxes = e2b!.sandboxes().filter(({ metadata }) => metadata['runId'] === run.id)
  expect(sandboxes.map(({ state }) => state)).toEqual(['gone'])
}
