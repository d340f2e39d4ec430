/** A store in memory with the semantics of the real one: for tests of pure code around the engine. */
import { isTerminal } from '../../app/contracts/status.ts'
import { IssueTaken } from '../../app/domain/attempts.ts'
import type { CallbackRecord, RunStore } from '../../app/domain/run-store.ts'
import type { Change, StoredRun } from '../../app/domain/change.ts'
import type { RunEvent } from '../../app/domain/events.ts'
import { markOf } from '../../app/domain/ledger.ts'

interface Row extends StoredRun {
  events: RunEvent[]
  effectAt: number | null
  killAt?: number | null
}

/** `copies: false` hands out the stored objects themselves: faster, and right as long as nobody mutates what it was given. */
export function memoryStore({ copies = true }: { copies?: boolean } = {}) {
  const rows = new Map<string, Row>()
  const callbacks = new Map<string, CallbackRecord>()
  const all = () => [...rows.values()]
  const copy = <T>(value: T): T => (copies ? structuredClone(value) : value)
  const row = (change: Change, version: number, before?: Row): Row => ({
    ...copy(change),
    version,
    lastHash: change.events.at(-1)?.hash ?? before?.lastHash ?? null,
    events: [...(before?.events ?? []), ...copy(change.events)],
    heartbeatAt: before?.heartbeatAt ?? null,
  })

  const store: RunStore = {
    async insert(change) {
      const { trigger, repository, issue, id } = change.run
      const taken = all().some(
        ({ run: r }) =>
          r.id === id ||
          r.trigger.id === trigger.id ||
          (!isTerminal(r.status) && r.repository.id === repository.id && r.issue.number === issue.number),
      )
      if (taken) return 'conflict'
      rows.set(id, row(change, 1))
      return 'inserted'
    },
    async load(runId) {
      const found = rows.get(runId)
      if (!found) return null
      const { events: _, ...stored } = found
      return copy(stored)
    },
    byTrigger: async (id) => copy(all().find((r) => r.run.trigger.id === id)?.run ?? null),
    latestRunsOfIssue: async (repositoryId, issue, limit) =>
      copy(
        all()
          .filter((r) => r.run.repository.id === repositoryId && r.run.issue.number === issue)
          .toSorted((a, b) => b.run.createdAt - a.run.createdAt)
          .slice(0, limit)
          .map((r) => r.run),
      ),
    liveRun: async (repositoryId, issue) =>
      copy(
        all().find(
          (r) => !isTerminal(r.run.status) && r.run.repository.id === repositoryId && r.run.issue.number === issue,
        )?.run ?? null,
      ),
    waitingFor: async (repositoryId, issue) =>
      all()
        .filter((r) => r.run.repository.id === repositoryId && (r.run.waits?.issues ?? []).includes(issue))
        .map((r) => r.run.id),
    async append(runId, version, change) {
      const before = rows.get(runId)
      if (!before || before.version !== version) return false
      const { run } = change
      // Only a retry asks for the issue's one live place again.
      const asksAgain = isTerminal(before.run.status) && !isTerminal(run.status)
      const taken = all().some(
        (r) =>
          asksAgain &&
          r.run.id !== runId &&
          !isTerminal(r.run.status) &&
          r.run.repository.id === run.repository.id &&
          r.run.issue.number === run.issue.number,
      )
      if (taken) throw new IssueTaken(runId)
      rows.set(runId, row(change, version + 1, before))
      return true
    },
    async heartbeat(runId, at) {
      const found = rows.get(runId)
      if (found) rows.set(runId, { ...found, heartbeatAt: Math.max(found.heartbeatAt ?? 0, at) })
    },
    async keepCallback(record) {
      const key = `${record.runId} ${record.dispatchId} ${record.seq} ${record.digest}`
      if (!callbacks.has(key)) callbacks.set(key, record)
    },
    foldedDigest: async (runId, seq) =>
      rows
        .get(runId)
        ?.events.map(markOf)
        .findLast((mark) => mark?.seq === seq)?.digest ?? null,
    dueEffects: async (at, limit, lane) =>
      all()
        .filter((r) => ((lane === 'kill' ? r.killAt : r.effectAt) ?? Infinity) <= at)
        .slice(0, limit)
        .map((r) => r.run.id),
    dueSweeps: async (at, limit) =>
      all()
        .filter((r) => r.sweepAt !== null && r.sweepAt <= at)
        .slice(0, limit)
        .map((r) => r.run.id),
  }
  return { store, rows, callbacks }
}
