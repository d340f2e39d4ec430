/** Planted faults: each takes away one guarantee that the design leans on. */
import type { RunStore } from '../../app/domain/run-store.ts'
import type { Engine } from '../../app/engine.ts'
import type { DrainDeps } from '../../app/loops/drain.ts'
import type { PerformTable } from '../../app/perform/perform.ts'
import type { memoryStore } from '../support/memory-store.ts'
import type { Mutant } from './faults.ts'

type Memory = ReturnType<typeof memoryStore>

export function mutate(memory: Memory, mutant: Mutant | null): RunStore {
  const { store, rows } = memory
  switch (mutant) {
    case 'no-unique-key':
      return {
        ...store,
        async insert(change) {
          rows.set(change.run.id, { ...change, version: 1, lastHash: change.events.at(-1)!.hash, heartbeatAt: null })
          return 'inserted'
        },
      }
    case 'no-compare-and-set':
      return {
        ...store,
        append: (runId, _version, change) => store.append(runId, rows.get(runId)?.version ?? 0, change),
      }
    case 'endless-lease':
      return {
        ...store,
        append: (runId, version, change) =>
          store.append(runId, version, {
            ...change,
            effects: change.effects.map((e) =>
              e.lease ? { ...e, lease: { ...e.lease, until: Number.MAX_SAFE_INTEGER } } : e,
            ),
          }),
      }
    default:
      return store
  }
}

/** A branch that is not a pure function of the Run, or one where there may be none. */
export function mutantTable(table: PerformTable, mutant: Mutant | null, chance: () => number): PerformTable {
  if (mutant === 'dry-run-pushes') return { ...table, checkProposal: table.publishBranch }
  if (mutant !== 'random-branch') return table
  const elsewhere = (performance: Parameters<PerformTable['publishBranch']>[1]) => ({
    ...performance,
    run: { ...performance.run, branchName: `${performance.run.branchName}-${Math.floor(chance() * 1e9)}` },
  })
  return {
    ...table,
    publishBranch: (deps, performance) => table.publishBranch(deps, elsewhere(performance)),
    openPullRequest: (deps, performance) => table.openPullRequest(deps, elsewhere(performance)),
  }
}

/** Work that counts as done before it is. */
export function mutantEngine(engine: Engine, mutant: Mutant | null): DrainDeps['engine'] {
  const plain = {
    dueEffects: engine.dueEffects.bind(engine),
    claimEffect: engine.claimEffect.bind(engine),
    finishEffect: engine.finishEffect.bind(engine),
  }
  if (mutant !== 'done-before-effect') return plain
  return {
    ...plain,
    // Records the effect as done when it is taken: whoever dies in between takes it along.
    async claimEffect(runId: string, at: number) {
      const claim = await engine.claimEffect(runId, at)
      if (claim) await engine.finishEffect(claim, { ok: true, outcome: null })
      return claim
    },
    async finishEffect(claim, result) {
      if (result.ok && result.outcome)
        await engine.submit(claim.run.id, { type: 'outcome', outcome: result.outcome, at: claim.run.updatedAt })
      // Whoever drains looks for more himself.
      return { end: 'stale' as const, next: null }
    },
  }
}
