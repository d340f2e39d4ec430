/** Stores what the agent made with the app, under its digest. What the app cannot take waits in the job's artifact. */
import { isAccepted, isTransient, refusalText } from './http.ts'
import { bearer } from './link.ts'
import { PolicyRefusal } from './stage.ts'
import type { Stage } from './stage.ts'
import { backoffMs, wait } from './timing.ts'

/** An event never names something that the app can have from nowhere. @throws PolicyRefusal, or Stopped. */
export async function handOver(stage: Stage, digest: string, body: Buffer, signal: AbortSignal): Promise<void> {
  const obstacle = await store(stage, digest, body, signal)
  if (obstacle === null) return
  stage.say('warn', `The app could not be reached (${obstacle}); the work is left as an artifact of this workflow run.`)
  stage.leave({ digest, body })
}

/** Null when the app has it; else what came last when the app did not answer for as long as we wait for it. */
async function store(stage: Stage, digest: string, body: Buffer, signal: AbortSignal): Promise<string | null> {
  const { link } = stage
  const giveUpAt = Date.now() + link.patienceMs
  const url = `${link.base}/proposals/${digest}`
  for (let tries = 1; ; tries++) {
    link.steering.obey()
    const reply = await link
      .send({
        method: 'PUT',
        url,
        headers: { 'content-type': 'application/json', ...(await bearer(link, url, digest)) },
        body,
        timeoutMs: link.timing.uploadTimeoutMs,
        signal,
      })
      .catch((error: Error) => error)
    if (!(reply instanceof Error) && isAccepted(reply)) return null
    if (!(reply instanceof Error) && !isTransient(reply)) refuse(stage, reply)
    const pauseMs = Math.max(backoffMs(link.timing, tries), reply instanceof Error ? 0 : reply.retryAfterMs)
    if (Date.now() + pauseMs > giveUpAt) return reply instanceof Error ? reply.message : refusalText(reply)
    await wait(pauseMs, link.steering.soft)
  }
}

function refuse({ link }: Stage, reply: Parameters<typeof refusalText>[0]): never {
  const text = refusalText(reply)
  if ([401, 403, 409, 410].includes(reply.status)) {
    link.steering.ask('refused', `The app does not take the proposal: ${text}.`)
    link.steering.obey()
  }
  throw new PolicyRefusal(`The app does not take the proposal: ${text}.`, 'executor_failed')
}
