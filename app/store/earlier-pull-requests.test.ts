/** A second pull request for an issue names those before it, whichever Run was asked for first (surfaces.md 1.9). */
import { afterAll, beforeAll, expect, test } from 'vitest'

import { leaveRun, runsWorld, shop } from '../../test/stack/api/runs.ts'
import type { RunsWorld } from '../../test/stack/api/runs.ts'
import { databaseUri, dropDatabase } from '../../test/stack/mongo/test-database.ts'
import type { Run } from '../domain/run.ts'
import { listsOf } from './run-lists.ts'
import type { RunDocument } from './run-models.ts'

const uri = databaseUri()
let world: RunsWorld
beforeAll(async () => {
  world = await runsWorld(uri)
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
  await dropDatabase(uri)
})

/** A Run of the issue that has ended: with this pull request, or cancelled. */
async function ended(pullRequest: number | null, number = 7): Promise<Run> {
  const run = await world.request({ number })
  await world.cancel(run)
  if (pullRequest !== null) {
    const fields = { status: 'succeeded', pullRequest: { number: pullRequest, url: '' } } as const
    await leaveRun(world, run.id, fields)
    const lists = listsOf({ ...run, ...fields })
    await world.connection.collection<RunDocument>('runs').updateOne({ _id: run.id }, { $set: { lists } })
  }
  return run
}

test('a retry names the pull request of a Run that was asked for after its own, and none of another issue', async () => {
  await ended(3)
  const failed = await ended(null)
  await ended(10)
  await ended(8, 8)
  const other = await ended(12)
  const retried = await world.engine.retry(failed.id, 'octocat')
  expect(retried).toMatchObject({ attempt: 2, repository: shop })
  expect(await world.store.pullRequestsBefore(failed)).toEqual([3, 10, 12])
  // What the Run itself has opened is none before it.
  expect(await world.store.pullRequestsBefore(other)).toEqual([3, 10])
})
