/** Says every few seconds that this job lives, hears what the app wants, and lengthens the sandbox's life while it does. */
import { isSuccess, isTransient, refusalText } from './http.ts'
import { envelope, heed } from './link.ts'
import type { Link } from './link.ts'
import { wait } from './timing.ts'

export interface Beat {
  everyMs: number
  /** The phase that people see. */
  phase: () => string
  /** Called after a heartbeat that the app took. Its failure is told, not thrown. */
  extend: () => Promise<void>
  onProblem: (text: string) => void
}

/** Beats until the signal fires. A heartbeat that gets lost is not repeated: the next one says the same. */
export async function keepBeating(link: Link, beat: Beat, signal: AbortSignal): Promise<void> {
  const url = `${link.base}/heartbeat`
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
      if (isSuccess(reply.status)) {
        heed(link, reply)
        await beat.extend()
      } else if (!isTransient(reply.status)) {
        link.steering.ask('refused', `The app takes no more heartbeats of this job: ${refusalText(reply)}.`)
      }
    } catch (error) {
      if (!signal.aborted) beat.onProblem(`A heartbeat did not go through: ${(error as Error).message}`)
    }
  }
}
