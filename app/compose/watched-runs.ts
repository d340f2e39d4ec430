/** The store of Runs, which tells about what this replica itself has written: each write is told once, on one replica. */
import type { Change } from '../domain/change.ts'
import { RunsStore } from '../store/runs.ts'

export type Written = Pick<Change, 'run' | 'events'>

export class WatchedRuns extends RunsStore {
  readonly #listeners: ((written: Written) => void)[] = []

  onWritten(listener: (written: Written) => void): void {
    this.#listeners.push(listener)
  }

  override async insert(...args: Parameters<RunsStore['insert']>): Promise<'inserted' | 'conflict'> {
    const answer = await super.insert(...args)
    if (answer === 'inserted') this.#tell(args[0])
    return answer
  }

  override async append(...args: Parameters<RunsStore['append']>): Promise<boolean> {
    const written = await super.append(...args)
    if (written) this.#tell(args[2])
    return written
  }

  #tell(written: Written): void {
    if (written.events.length > 0) for (const listener of this.#listeners) listener(written)
  }
}
