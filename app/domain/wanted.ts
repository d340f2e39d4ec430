/** What the app wants of an executor, derived from its Run: the answer to every callback, heartbeat and control stream. */
import type { Wanted } from '../contracts/callbacks.ts'
import { isTerminal } from '../contracts/status.ts'
import type { Run } from './run.ts'

/** A Run that has ended wants nothing of its executor but that it cleans up and goes. */
export function wantedOf(run: Pick<Run, 'stop' | 'status' | 'pause'>): Wanted {
  if (run.stop) return run.stop.kind
  if (isTerminal(run.status)) return 'cancel'
  return run.pause ? 'pause' : 'continue'
}
