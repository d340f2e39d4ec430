/** "Propose the workflow" on the local GitHub: whatever became of what it proposed before. */
import { pino } from 'pino'
import { expect, test } from 'vitest'

import { manifestPermissions } from '../../test/stack/app-manifest.ts'
import { openWorld, portOf } from '../../test/stack/github-world.ts'
import { ROOT } from '../../test/stack/world.ts'
import { CALLER_PATH } from '../domain/caller-workflow.ts'
import { createClients } from '../github/client.ts'
import { inspectionOf } from '../github/inspection.ts'
import { proposeWorkflow } from './onboarding.ts'

const PINNED = ['a'.repeat(40), 'b'.repeat(40)] as const

async function shop() {
  const world = await openWorld()
  const { local } = world
  const permissions = { ...(await manifestPermissions(ROOT)), workflows: 'write' } as const
  local.setInstallationPermissions({ account: 'acme', permissions })
  const { id: appId, privateKeyPem: privateKey } = local.app
  const log = pino({ level: 'silent' })
  const clients = createClients({ appId, privateKey, apiUrl: local.apiUrl, log, budget: null, allowedBots: [] })
  const inspection = inspectionOf(clients)
  // Without tokens from before the permission was given.
  const github = portOf(local)
  const at = { repository: 'acme/shop', by: 'octocat' }
  const propose = async (ref: string = PINNED[0]): Promise<number> => {
    const workflow = { owner: 'acme', name: 'deckhand', file: '.github/workflows/run-agent.yml', ref, pinned: true }
    const config = { executorWorkflows: [workflow] }
    return (await proposeWorkflow({ config, github, inspection }, 'acme/shop', 'octocat'))!.number
  }
  return {
    propose,
    close: (number: number) => local.closePull({ ...at, number }),
    merge: (number: number) => local.mergePull({ ...at, number }),
    push: (files: Record<string, string | null>) => local.push({ ...at, message: 'Go on', files }),
    /** Whether it is open, and the version of the workflow that it brings. */
    shown: async (number: number) => {
      const { headRef } = local.pull('acme/shop', number)
      const file = await local.readFile('acme/shop', `refs/heads/${headRef}`, CALLER_PATH)
      return [local.issue('acme/shop', number).state, /run-agent\.yml@(\w+)/.exec(file ?? '')?.[1]]
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  }
}

test('what stands open is answered, also after the base has moved, and to two who ask at once', async () => {
  await using w = await shop()
  const [first, other] = await Promise.all([w.propose(), w.propose()])
  expect(other).toBe(first)
  await w.push({ 'README.md': 'Hello.\n' })
  expect(await w.propose()).toBe(first)
  expect(await w.shown(first)).toEqual(['open', PINNED[0]])
})

test('one that was closed is proposed anew', async () => {
  await using w = await shop()
  const first = await w.propose()
  w.close(first)
  const second = await w.propose()
  expect(await w.shown(second)).toEqual(['open', PINNED[0]])
  await w.push({ 'README.md': 'Hello.\n' })
  w.close(second)
  const third = await w.propose()
  expect(new Set([first, second, third]).size).toBe(3)
  expect(await w.shown(third)).toEqual(['open', PINNED[0]])
})

test('a file that was merged and removed is proposed anew', async () => {
  await using w = await shop()
  const first = await w.propose()
  await w.merge(first)
  await w.push({ [CALLER_PATH]: null })
  const second = await w.propose()
  expect(second).not.toBe(first)
  expect(await w.shown(second)).toEqual(['open', PINNED[0]])
})

test("what was upgraded since proposes today's file, whatever became of the one before", async () => {
  await using w = await shop()
  const first = await w.propose()
  const second = await w.propose(PINNED[1])
  expect(second).not.toBe(first)
  expect(await w.shown(second)).toEqual(['open', PINNED[1]])
  await w.merge(second)
  w.close(first)
  expect(await w.shown(await w.propose())).toEqual(['open', PINNED[0]])
})
