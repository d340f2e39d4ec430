/**
 * Many Runs at once, for tests and benchmarks of what a large collection costs. One Run is made by the store itself and
 * read back; the others are copies of its document with other ids, people, places and clocks, inserted in bulk.
 */
import { randomUUID } from 'node:crypto'

import type { RepositoryRef } from '#domain/events.ts'

import type { RunStatus } from '../../app/contracts/status.ts'
import { listsOf, placeOf } from '../../app/store/run-lists.ts'
import type { RunDocument } from '../../app/store/run-models.ts'
import type { ConnectOptions } from '../../app/store/connect.ts'
import { runsWorld } from '../stack/api/runs.ts'
import type { RunsWorld } from '../stack/api/runs.ts'

export const SEED_START = Date.parse('2026-01-01T00:00:00.000Z')
export const REPOSITORIES = 20
export const AGENTS = ['stub', 'other']
export const PEOPLE = ['octocat', 'hubot-fan', 'monalisa', 'passer-by', 'spacecat']
const ENDED: RunStatus[] = ['succeeded', 'succeeded', 'succeeded', 'failed', 'cancelled']
const LIVE: RunStatus[] = ['queued', 'running', 'paused']
/** One Run in so many is live, and has something due. */
const LIVE_EVERY = 200
const BATCH_RUNS = 1_000
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

export const seededRepository = (index: number): RepositoryRef => ({
  id: 1_000 + index,
  owner: 'acme',
  name: `shop-${index}`,
  private: false,
  defaultBranch: 'main',
  installationId: 1,
})

/** The id of the Run with this number. */
export function seededId(number: number): string {
  let text = ''
  for (let rest = number, digit = 0; digit < 10; digit++, rest = Math.floor(rest / 32))
    text = ALPHABET[rest % 32] + text
  return `r_${text}`
}

/** `count` Runs over 20 repositories, oldest first, two in each millisecond; one in 200 is live and due. */
export async function seedRuns(uri: string, count: number, observe?: ConnectOptions['observe']): Promise<RunsWorld> {
  const world = await runsWorld(uri, Date.now, observe ? { observe } : {})
  const { connection, store } = world
  const made = await world.request({ repository: seededRepository(0) })
  const runs = connection.collection<RunDocument>('runs')
  const template = (await runs.findOne({ _id: made.id }))!
  await runs.deleteOne({ _id: made.id })
  for (let start = 0; start < count; start += BATCH_RUNS) {
    const length = Math.min(BATCH_RUNS, count - start)
    const documents = Array.from({ length }, (_, i) => documentOf(template, start + i))
    // The copies need not survive a loss of power, and one acknowledgement is quicker than two.
    await runs.insertMany(documents, { ordered: false, writeConcern: { w: 1, j: false } })
  }
  for (let index = 1; index < Math.min(REPOSITORIES, count); index++) {
    const repository = seededRepository(index)
    await connection
      .collection<{ _id: number; repository: RepositoryRef }>('repositories')
      .insertOne({ _id: repository.id, repository })
  }
  await store.repositories()
  return world
}

function documentOf(template: RunDocument, number: number): RunDocument {
  const live = number % LIVE_EVERY === 0
  const id = seededId(number)
  const status = live ? LIVE[(number / LIVE_EVERY) % LIVE.length]! : ENDED[number % ENDED.length]!
  const createdAt = SEED_START + Math.floor(number / 2)
  const run = {
    ...template.run,
    id,
    status,
    repository: seededRepository(number % REPOSITORIES),
    issue: { ...template.run.issue, number: 1 + Math.floor(number / REPOSITORIES / 2) },
    agent: AGENTS[Math.floor(number / 7) % AGENTS.length]!,
    requestedBy: { id: 1 + (number % PEOPLE.length), login: PEOPLE[Math.floor(number / 3) % PEOPLE.length]! },
    createdAt,
  }
  const idle = { ...template }
  for (const field of ['live', 'sweepAt', 'effectAt', 'killAt'] as const) delete idle[field]
  return {
    ...idle,
    _id: id,
    run,
    triggerId: randomUUID(),
    repositoryId: run.repository.id,
    // One live Run an issue: a number of its own for each live one.
    issueNumber: live ? 1_000_000 + number : run.issue.number,
    status,
    agent: run.agent,
    requestedBy: run.requestedBy.login,
    createdAt,
    place: placeOf(run),
    lists: listsOf(run),
    ...(live ? { live: true as const, sweepAt: createdAt, effectAt: createdAt } : {}),
  }
}
