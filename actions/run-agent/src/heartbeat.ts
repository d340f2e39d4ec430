/** Says every few seconds that this job lives, hears what the app wants, and lengthens the sandbox's life while it does. */
import { isAccepted, isTransient, refusalText } from './http.ts'
import { envelope, heed } from './link.ts'
import type { Link } from './link.ts'
import { wait } from './timing.ts'

export interface Beat {
  everyMs: number
  /** The phase that people see. */
  phase: () => string
  /** Called after a heartbeat that the app took, when no earlier call is under way. Its failure is told, not thrown. */
  extend: () => Promise<void>
  onProblem: (text: string) => void
}

/** Beats until the signal fires. A heartbeat that gets lost is not repeated: the next one says the same. */
export async function keepBeating(link: Link, beat: Beat, signal: AbortSignal): Promise<void> {
  const url = `${link.base}/heartbeat`
  const extend = oneAtATime(beat, signal)
  while (!signal.aborted) {
    await wait(beat.everyMs, signal)
    if (signal.aborted) return
    try {
      const body = await link.signer.heartbeat({
        ...envelope(link, url),
        at: new Date().toISOString(),
        phase: beat.phase(),
      })
      const headers = { 'content-type': 'application/jose' }
      const timeoutMs = Math.min(link.timing.requestTimeoutMs, Math.max(beat.everyMs, 1_000))
      const reply = await link.send({ method: 'POST', url, headers, body, timeoutMs, signal })
      if (isAccepted(reply)) {
        heed(link, reply)
        extend()
      } else if (!isTransient(reply)) {
        link.steering.ask('refused', `The app takes no more heartbeats of this job: ${refusalText(reply)}.`)
      }
    } catch (error) {
      if (!signal.aborted) beat.onProblem(`A heartbeat did not go through: ${(error as Error).message}`)
    }
  }
}

/**
 * Lengthens the sandbox's life beside the heartbeats: a provider that does not answer takes longer over it than the app
 * waits for the next one, and the job would be taken for lost.
 */
function oneAtATime({ extend, onProblem }: Beat, signal: AbortSignal): () => void {
  let underWay = false
  return () => {
    if (underWay) return
    underWay = true
    extend()
      .catch((error: Error) => {
        if (!signal.aborted) onProblem(`The sandbox's life could not be lengthened: ${error.message}`)
      })
      .finally(() => {
        underWay = false
      })
  }
}
