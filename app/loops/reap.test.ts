/** The reaper against E2B's wire: orphans die within 180 s of their Run (trust.md R5), and nothing stops it for long. */
import { expect, onTestFinished, test } from 'vitest'

import { startE2bStandIn } from '../../test/stack/e2b/stand-in.ts'
import { realTime } from '../../test/stack/e2b/state.ts'
import { tellStory } from '../../test/support/story.ts'
import { e2bProvider } from '../sandboxes/e2b.ts'
import type { Run } from '../domain/run.ts'
import { reap } from './reap.ts'
import type { ReapDeps } from './reap.ts'

const SWEEP_MS = 30_000
const ORPHAN_MS_MAX = 180_000
const ACQUIRE_MS = 60_000
const OWNER = 'deckhand-reaper-test'

/** A story of one Run, sandboxes on E2B's wire, and the reaper's turns on the clock of both. */
async function openYard() {
  const standIn = await startE2bStandIn()
  onTestFinished(() => standIn.dispose())
  const { apiKey: e2bApiKey, apiUrl: e2bApiUrl, sandboxUrl: e2bSandboxUrl } = standIn
  const provider = e2bProvider({ e2bApiKey, e2bApiUrl, e2bSandboxUrl })
  const story = tellStory()
  const began = realTime.now()
  let passed = 0
  const known = new Map<string, () => Promise<Run | null>>()
  const engine: ReapDeps['engine'] = { load: async (id) => (await known.get(id)?.()) ?? null }
  const acquire = async (runId: string, attemptId = 'a1') => {
    const spec = { owner: OWNER, runId, attemptId, ttlMs: 3_600_000, acquireTimeoutMs: ACQUIRE_MS }
    return (await provider.acquire(spec)).id
  }
  const log = { info() {}, warn() {}, error() {} }
  return {
    standIn,
    story,
    known,
    acquire,
    /** The times of the story's clock and of E2B's own, both moved by the same. */
    async turn() {
      passed += SWEEP_MS
      story.pass(SWEEP_MS)
      return reap({ engine, provider, owner: OWNER, log }, began + passed)
    },
    get now() {
      return began + passed
    },
    get passed() {
      return passed
    },
    /** As the executor leaves it at a checkpoint. */
    pause: async (id: string) => (await provider.attach(id))!.pause!(),
    live: () => standIn.sandboxes().filter(({ state }) => state === 'running'),
  }
}

const endedAt = (run: Run, at: number): Run => ({ ...run, status: 'failed', endedAt: at })

test('a sandbox of a Run that ended dies within 180 s; that of a living Run stays', async () => {
  const yard = await openYard()
  await yard.story.upTo('agent.started')
  const { run } = yard.story
  const ended = await yard.acquire('r_ended00000')
  const living = await yard.acquire('r_living0000')
  const end = yard.now
  yard.known.set('r_ended00000', async () => endedAt(run, end))
  yard.known.set('r_living0000', async () => ({ ...run, sandbox: { ...run.sandbox!, id: living } }))
  const dead: string[] = []
  for (let turn = 0; turn < ORPHAN_MS_MAX / SWEEP_MS; turn++) dead.push(...(await yard.turn()))
  expect(dead).toEqual([ended])
  expect(yard.live().map(({ id }) => id)).toEqual([living])
})

test('a sandbox of an unknown Run, and one that lost its race, die within 180 s and not at once', async () => {
  const yard = await openYard()
  await yard.story.upTo('agent.started')
  const { run } = yard.story
  const winner = await yard.acquire('r_living0000', 'a1')
  const loser = await yard.acquire('r_living0000', 'a2')
  const unknown = await yard.acquire('r_unknown000')
  yard.known.set('r_living0000', async () => ({ ...run, sandbox: { ...run.sandbox!, id: winner } }))
  expect(await yard.turn()).toEqual([])
  const dead = new Set<string>()
  while (yard.passed < ORPHAN_MS_MAX) for (const id of await yard.turn()) dead.add(id)
  expect([...dead].toSorted()).toEqual([loser, unknown].toSorted())
  expect(yard.live().map(({ id }) => id)).toEqual([winner])
})

test('a list that fails stops it for one turn, and a store that fails for one Run stops it for that Run', async () => {
  const yard = await openYard()
  await yard.story.upTo('agent.started')
  const { run } = yard.story
  for (const id of ['r_a000000000', 'r_b000000000', 'r_c000000000']) await yard.acquire(id)
  const end = yard.now
  let storeFails = true
  const load = async () => endedAt(run, end)
  yard.known.set('r_a000000000', async () => {
    if (storeFails) throw new Error('no primary')
    return load()
  })
  yard.known.set('r_b000000000', load)
  yard.known.set('r_c000000000', load)
  await yard.turn()
  yard.standIn.faults.unreachable(true)
  await expect(yard.turn()).rejects.toThrow('fetch failed')
  yard.standIn.faults.unreachable(false)
  expect(await yard.turn()).toHaveLength(2)
  storeFails = false
  expect(await yard.turn()).toHaveLength(1)
  expect(yard.live()).toEqual([])
  expect(yard.passed).toBeLessThan(ORPHAN_MS_MAX)
})

test('a paused sandbox stays as long as its Run is paused, and dies with it', async () => {
  const yard = await openYard()
  await yard.story.paused()
  const { run } = yard.story
  const [kept, left] = [await yard.acquire('r_paused0000'), await yard.acquire('r_ended00000')]
  for (const id of [kept, left]) await yard.pause(id)
  const end = yard.now
  yard.known.set('r_paused0000', async () => ({ ...run, sandbox: { ...run.sandbox!, id: kept } }))
  yard.known.set('r_ended00000', async () => endedAt(run, end))
  const dead: string[] = []
  for (let turn = 0; turn < ORPHAN_MS_MAX / SWEEP_MS; turn++) dead.push(...(await yard.turn()))
  expect(dead).toEqual([left])
  yard.known.set('r_paused0000', async () => endedAt(run, end))
  expect(await yard.turn()).toEqual([kept])
  expect(yard.standIn.sandboxes().every(({ state }) => state === 'gone')).toBe(true)
})
