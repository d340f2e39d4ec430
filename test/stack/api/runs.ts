/** Runs made the real way, for tests of what reads them: the engine over a database of the test's own. */
import { createHash, randomInt, randomUUID } from 'node:crypto'

import { Engine } from '../../../app/engine.ts'
import type { RunRequest } from '../../../app/domain/change.ts'
import { auditStore } from '../../../app/store/audit.ts'
import { connect } from '../../../app/store/connect.ts'
import type { ConnectOptions, StoreConnection } from '../../../app/store/connect.ts'
import { RunsStore } from '../../../app/store/runs.ts'
import { switchStore } from '../../../app/store/switch.ts'
import { isProgram } from '#domain/people.ts'
import { defaultClocks } from '#domain/policy.ts'
import type { RepositoryRef } from '#domain/events.ts'
import type { Run } from '#domain/run.ts'

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const newRunId = (): string => `r_${Array.from({ length: 10 }, () => ALPHABET[randomInt(32)]).join('')}`

export const octocat = { id: 583_231, login: 'octocat' }
export const shop: RepositoryRef = {
  id: 101,
  owner: 'acme',
  name: 'shop',
  private: false,
  defaultBranch: 'main',
  installationId: 1,
}
export const vault: RepositoryRef = { ...shop, id: 102, name: 'vault', private: true }

export interface RunsWorld extends AsyncDisposable {
  connection: StoreConnection
  store: RunsStore
  engine: Engine
  /** A Run as somebody's request makes it; `via` is `api` for a program. */
  request(changes?: Partial<RunRequest> & { number?: number }): Promise<Run>
  cancel(run: Run): Promise<void>
}

export async function runsWorld(
  uri: string,
  now: () => number = Date.now,
  options: ConnectOptions = {},
): Promise<RunsWorld> {
  const connection = await connect(uri, options)
  const store = new RunsStore(connection)
  await store.ensureIndexes()
  const trail = auditStore(connection)
  const engine = new Engine({
    store,
    now,
    chance: Math.random,
    uuid: randomUUID,
    runId: newRunId,
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
    audit: async (acts) => {
      for (const act of acts) await trail.record(act)
    },
    switchedOff: async () => (await switchStore(connection).readSwitch()).on,
    defaults: { clocks: defaultClocks, sandboxProvider: 'local', executorRepository: null },
  })
  const request = async ({ number = 1, ...changes }: Partial<RunRequest> & { number?: number } = {}) => {
    const repository = changes.repository ?? shop
    const requestedBy = changes.requestedBy ?? octocat
    const url = `https://github.com/${repository.owner}/${repository.name}/issues/${number}`
    const { run } = await engine.request({
      repository,
      issue: { number, title: 'Add CSV export', body: 'As a clerk I want a file.', url },
      trigger: { via: isProgram(requestedBy) ? 'api' : 'comment', id: randomUUID(), commentId: null, url: null },
      requestedBy,
      agent: 'stub',
      instructions: '',
      baseRef: repository.defaultBranch,
      ...changes,
    })
    return run
  }
  return {
    connection,
    store,
    engine,
    request,
    cancel: async (run) => {
      await engine.submit(run.id, { type: 'cancel', by: 'octocat', reason: null, via: 'api', at: now() })
    },
    [Symbol.asyncDispose]: () => connection.close(),
  }
}

/** Leaves a Run's state as a longer story would have left it. */
export async function leaveRun({ connection }: RunsWorld, id: string, fields: Record<string, unknown>): Promise<void> {
  const set = Object.fromEntries(Object.entries(fields).map(([name, value]) => [`run.${name}`, value]))
  await connection.collection<{ _id: string }>('runs').updateOne({ _id: id }, { $set: set })
}
