/** The simulation's part in every test run: seeds, replays, boundaries, and that planted faults are found. */
import fc from 'fast-check'
import { expect, test } from 'vitest'

import { SOAK } from '../support/soak.ts'
import { FAULTS, NO_FAULTS, mutants } from './faults.ts'
import type { FaultRates, Mutant } from './faults.ts'
import { simulate } from './simulate.ts'

const WEBHOOKS = 20
const SEEDS = 60 * SOAK
/** Ends what hangs; how long a campaign takes depends on the machine. */
const GUARD_MS = 180_000 * SOAK

/**
 * Seeds that once found a fault of the system; each stays, with what it found. What is simulated has grown since, so
 * that they tell other stories now, and the faults have tests of their own.
 */
const REGRESSIONS: [seed: number, found: string][] = [
  [1, 'a job that binds and ends before the dispatch is recorded left the Run without its base commit'],
  [1119, 'a status comment whose five tries were given up was posted a second time'],
  [1575, 'a stopped Run whose job had bound before its dispatch was on record gave its place away'],
  [58, 'a replica died while it asked GitHub about a silent job, and what the job had left came too late'],
]

test(`${SEEDS} systems with faults come to rest without a violation`, { timeout: GUARD_MS }, async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { violations, runs, refused, statuses } = await simulate({ seed, webhooks: WEBHOOKS, faults: FAULTS })
    expect(violations, `seed ${seed}`).toEqual([])
    // GitHub comes back within the clock, so an accepted proposal always becomes a pull request.
    expect(Object.keys(statuses), `seed ${seed}`).not.toContain('failed:publish_failed')
    expect(runs + refused, `seed ${seed}`).toBe(WEBHOOKS)
  }
})

test.each(REGRESSIONS)('seed %i stays clean: %s', async (seed) => {
  const { violations, statuses } = await simulate({ seed, webhooks: WEBHOOKS, faults: FAULTS })
  expect(violations).toEqual([])
  expect(Object.keys(statuses)).not.toContain('failed:publish_failed')
})

test('when everybody pauses and nothing goes wrong, Runs go on after it or end with their pause', async () => {
  const faults = { ...NO_FAULTS, pause: 1 }
  const { violations, statuses } = await simulate({ seed: 5, webhooks: WEBHOOKS, faults })
  expect(violations).toEqual([])
  expect(Object.keys(statuses).toSorted()).toEqual(['failed:pause_timeout', 'succeeded:pull_request_opened'])
})

test('where there are fewer places than Runs, Runs stand in line, and each of them has its turn', async () => {
  const faults = { ...NO_FAULTS, pause: 1, sandboxHangs: 0.5 }
  const { violations, waited, runs } = await simulate({ seed: 4, webhooks: 3 * WEBHOOKS, faults })
  expect(violations).toEqual([])
  expect(waited).toBeGreaterThan(0)
  expect(runs).toBe(3 * WEBHOOKS)
})

test('when everybody tells the agents something, each message is seen, or its Run had no step left for it', async () => {
  const { violations, statuses } = await simulate({ seed: 6, webhooks: WEBHOOKS, faults: { ...NO_FAULTS, say: 1 } })
  expect(violations).toEqual([])
  expect(statuses).toEqual({ 'succeeded:pull_request_opened': WEBHOOKS })
})

test('GitHub may be away for a quarter of an hour: nothing is done twice, and every Run says how it ended', async () => {
  const faults = { ...FAULTS, githubOutage: 1, githubOutageMsMax: 900_000 }
  for (let seed = 1; seed <= 10; seed++) {
    const { violations } = await simulate({ seed, webhooks: WEBHOOKS, faults })
    expect(violations, `seed ${seed}`).toEqual([])
  }
})

test('while all agents are switched off nothing is dispatched, and every request is answered with a Run or with that', async () => {
  const faults = { ...FAULTS, killSwitch: 1 }
  for (let seed = 1; seed <= 10; seed++) {
    const { violations, runs, refused } = await simulate({ seed, webhooks: WEBHOOKS, faults })
    expect(violations, `seed ${seed}`).toEqual([])
    expect(runs + refused, `seed ${seed}`).toBe(WEBHOOKS)
  }
})

test('what jobs say that have lost the app reaches it by their artifacts', async () => {
  const faults = { ...NO_FAULTS, cutOff: 1 }
  const { violations, statuses } = await simulate({ seed: 2, webhooks: WEBHOOKS, faults })
  expect(violations).toEqual([])
  expect(statuses).toEqual({ 'succeeded:pull_request_opened': WEBHOOKS })
})

test('the same seed gives the same history, another seed another one', async () => {
  const options = { webhooks: WEBHOOKS, faults: FAULTS }
  const [a, b, c] = [
    await simulate({ seed: 7, ...options }),
    await simulate({ seed: 7, ...options }),
    await simulate({ seed: 8, ...options }),
  ]
  expect({ trace: b.trace, steps: b.steps }).toEqual({ trace: a.trace, steps: a.steps })
  expect(c.trace).not.toBe(a.trace)
})

test('without faults every Run succeeds', async () => {
  const { statuses, violations } = await simulate({ seed: 3, webhooks: WEBHOOKS, faults: NO_FAULTS })
  expect(violations).toEqual([])
  expect(statuses).toEqual({ 'succeeded:pull_request_opened': WEBHOOKS })
})

test(
  'a replica that is killed at any boundary of a quiet system leaves nothing undone',
  { timeout: GUARD_MS },
  async () => {
    const quiet = { seed: 1, webhooks: 1, faults: NO_FAULTS }
    const { boundaries } = await simulate(quiet)
    for (let killAt = 1; killAt <= boundaries; killAt++) {
      const { violations, statuses } = await simulate({ ...quiet, killAt })
      expect(violations, `boundary ${killAt}`).toEqual([])
      expect(statuses, `boundary ${killAt}`).toEqual({ 'succeeded:pull_request_opened': 1 })
    }
  },
)

test('any mixture of faults and any load leaves no violation', { timeout: GUARD_MS }, async () => {
  const rate = (max: number) => fc.integer({ min: 0, max: 10 }).map((n) => (n / 10) * max)
  const faults: fc.Arbitrary<FaultRates> = fc.record({
    duplicateDelivery: rate(0.5),
    reorderDelivery: rate(0.5),
    dropDelivery: rate(0.5),
    killAtBoundary: rate(0.005),
    github5xx: rate(0.2),
    github429: rate(0.1),
    mongoAmbiguous: rate(0.1),
    stepdown: fc.boolean(),
    sandboxHangs: rate(0.5),
    sandboxFails: rate(0.5),
    runnerLost: rate(0.5),
    dispatchLost: rate(0.5),
    dispatchTwice: rate(0.5),
    cancel: rate(1),
    pause: rate(1),
    say: rate(1),
    retry: rate(1),
    cutOff: rate(0.5),
    githubOutage: rate(1),
    githubOutageMsMax: fc.integer({ min: 4, max: 15 * 60_000 }),
    killSwitch: rate(1),
    dryRunEvery: fc.integer({ min: 0, max: 4 }),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.integer({ min: 1, max: 8 }),
      faults,
      async (seed, webhooks, rates) => {
        // Where this much goes wrong, the same sweep may fail more than once.
        expect((await simulate({ seed, webhooks, faults: rates, excuseMs: 90_000 })).violations).toEqual([])
      },
    ),
    { numRuns: 40 * SOAK },
  )
})

/** Every replica crashes in circles, and half of the jobs are lost: only the sweep ends their Runs. */
const crashLoop = { crashLoopMs: 20_000, faults: { ...FAULTS, runnerLost: 0.5 } }
/** Of these, one at least has to find each planted fault; `npm run sim -- --mutants` names the first. */
const MUTANT_SEEDS_MAX = 40

async function isFound(mutant: Mutant): Promise<boolean> {
  // A sweeper that sleeps before its first look is harmless until a replica crashes in circles.
  const directed = mutant === 'sleep-first-sweeper' ? crashLoop : { faults: FAULTS }
  for (let seed = 1; seed <= MUTANT_SEEDS_MAX; seed++) {
    const { violations } = await simulate({ seed, webhooks: WEBHOOKS, mutant, ...directed })
    if (violations.length > 0) return true
  }
  return false
}

test.each(mutants)('the planted fault %s is found', async (mutant) => {
  expect(await isFound(mutant)).toBe(true)
})

test('replicas that crash in circles still end every Run and every sandbox in time', async () => {
  for (let seed = 1; seed <= 10; seed++) {
    const { violations } = await simulate({ seed, webhooks: WEBHOOKS, ...crashLoop })
    expect(violations, `seed ${seed}`).toEqual([])
  }
})
