/**
 * Lets the clocks of Runs run out. A webhook or callback only hurries a Run; this gets there without them. Any replica
 * may sweep any Run: the engine's compare-and-set lets one of them win.
 */
import type { Engine } from '../engine.ts'
import type { Log } from '../perform/perform.ts'

const SWEEP_BATCH_MAX = 500

/** Ticks every Run whose clock is due. Costs O(due), not O(Runs). Answers how many there were. */
export async function sweep(engine: Pick<Engine, 'dueSweeps' | 'tick'>, now: number, log: Log): Promise<number> {
  const ids = await engine.dueSweeps(now, SWEEP_BATCH_MAX)
  for (const runId of ids) {
    try {
      await engine.tick(runId, now)
    } catch (error) {
      log.error({ runId, err: error }, 'sweep_failed')
    }
  }
  return ids.length
}
