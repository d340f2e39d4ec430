/** A world of its own for each test of a file, or one for all of them. */
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'

import { databaseUri, dropDatabase } from '../mongo/test-database.ts'
import { apiWorld } from './world.ts'
import type { ApiWorld } from './world.ts'

/** `begin` is given the world before each test; after it the world is gone with its database. */
export function eachInApiWorld(begin: (world: ApiWorld) => unknown): void {
  let uri: string
  let world: ApiWorld
  beforeEach(async () => {
    uri = databaseUri()
    world = await apiWorld(uri)
    await begin(world)
  })
  afterEach(async () => {
    await world[Symbol.asyncDispose]()
    await dropDatabase(uri)
  })
}

/** The same, once for all tests of a file. */
export function onceInApiWorld(begin: (world: ApiWorld) => unknown): void {
  const uri = databaseUri()
  let world: ApiWorld
  beforeAll(async () => {
    world = await apiWorld(uri)
    await begin(world)
  })
  afterAll(async () => {
    await world[Symbol.asyncDispose]()
    await dropDatabase(uri)
  })
}
