/** Planted faults of the store: each takes away one guarantee that the design leans on. */
import type { RunStore } from '../../app/domain/run-store.ts'
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
