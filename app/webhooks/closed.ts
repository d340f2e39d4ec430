/**
 * An issue was closed: the Runs that wait for it need not wait for their next look. What the webhook says only hurries
 * them; whether anything still blocks them, GitHub is asked.
 */
import type { ClosedEvent } from '../github/translate.ts'
import { ignored, processed, refused } from './deps.ts'
import type { DeliveryOutcome, Deps } from './deps.ts'

export async function onClosed({ engine }: Deps, event: ClosedEvent | null): Promise<DeliveryOutcome> {
  if (!event) return refused('the payload does not fit an issue that was closed')
  const waiting = await engine.waitingFor(event.repositoryId, event.number)
  if (waiting.length === 0) return ignored('no run waits for this issue')
  for (const runId of waiting) await engine.advance(runId)
  return processed(`${waiting.join(', ')} waited for it`)
}
