/**
 * Proves to the app which job this is, and gets everything that the job needs. The first job to bind has the Run; a
 * second one of a doubled dispatch is told so and leaves without a trace.
 */
import { BindAnswer, actionAbilities } from '#contracts/executor.ts'

import type { Commands } from './commands.ts'
import { isSuccess, isTransient, refusalText } from './http.ts'
import type { Reply, Send } from './http.ts'
import type { Inputs } from './inputs.ts'
import { createSigner } from './signing.ts'
import type { Signer } from './signing.ts'
import { backoffMs, wait } from './timing.ts'
import type { Timing } from './timing.ts'

export type Bound = { outcome: 'bound'; answer: BindAnswer; signer: Signer }
export type Unbound =
  /** Nothing is left to do here: another job has the Run, or it ended meanwhile. */
  | { outcome: 'not_needed'; detail: string }
  | { outcome: 'refused'; detail: string }
  | { outcome: 'unreachable'; detail: string }

export interface BindWorld {
  inputs: Inputs
  send: Send
  timing: Timing
  commands: Commands
  hide: (secret: string) => void
  signal: AbortSignal
}

/** One fetch to the runner's token service, and as many tries at the app as `bindMsMax` allows. */
export async function bindRun(world: BindWorld): Promise<Bound | Unbound> {
  const { inputs, send, timing, hide, signal } = world
  const url = `${inputs.payload.callback_url}/bind`
  const oidc = await idToken(inputs, send, timing)
  if ('failed' in oidc) return { outcome: 'unreachable', detail: oidc.failed }
  hide(oidc.token)
  const signer = await createSigner()
  const giveUpAt = Date.now() + timing.bindMsMax
  let last = 'no answer'
  for (let tries = 1; Date.now() < giveUpAt && !signal.aborted; tries++) {
    const body = JSON.stringify({
      dispatchId: inputs.payload.dispatch_id,
      nonce: inputs.payload.nonce,
      oidc: oidc.token,
      proof: await signer.proof(url, oidc.token),
      abilities: actionAbilities,
    })
    const headers = { 'content-type': 'application/json' }
    const reply = await send({ method: 'POST', url, headers, body, timeoutMs: timing.requestTimeoutMs, signal }).catch(
      (error: Error) => error,
    )
    if (!(reply instanceof Error) && !isTransient(reply)) return judge(reply, signer, inputs)
    last = reply instanceof Error ? reply.message : refusalText(reply)
    const pause = Math.max(backoffMs(timing, tries), reply instanceof Error ? 0 : reply.retryAfterMs)
    await wait(Math.min(pause, giveUpAt - Date.now()), signal)
  }
  return { outcome: 'unreachable', detail: `The app at ${inputs.appUrl} did not answer the bind (${last}).` }
}

function judge(reply: Reply, signer: Signer, inputs: Inputs): Bound | Unbound {
  if (reply.status === 409 || reply.status === 410) return { outcome: 'not_needed', detail: refusalText(reply) }
  if (!isSuccess(reply.status)) return { outcome: 'refused', detail: refusalText(reply) }
  const answer = BindAnswer.safeParse(reply.body)
  if (!answer.success || answer.data.runId !== inputs.payload.run_id) {
    const where = answer.success ? 'runId' : answer.error.issues.map((issue) => issue.path.join('.')).join(', ')
    return {
      outcome: 'refused',
      detail: `The app's answer does not fit this version of the action (${where}). Update the workflow's pin.`,
    }
  }
  return { outcome: 'bound', answer: answer.data, signer }
}

/** GitHub's OIDC token for this job, with the audience that names the app and the Run. */
async function idToken(inputs: Inputs, send: Send, timing: Timing): Promise<{ token: string } | { failed: string }> {
  const audience = `${inputs.appUrl}/runs/${inputs.payload.run_id}`
  const url = `${inputs.oidcUrl}${inputs.oidcUrl.includes('?') ? '&' : '?'}audience=${encodeURIComponent(audience)}`
  const headers = { authorization: `Bearer ${inputs.oidcRequestToken}` }
  const reply = await send({ method: 'GET', url, headers, timeoutMs: timing.requestTimeoutMs }).catch(
    (error: Error) => error,
  )
  if (reply instanceof Error) return { failed: `GitHub's OIDC service did not answer (${reply.message}).` }
  const token = (reply.body as { value?: unknown } | null)?.value
  if (!isSuccess(reply.status) || typeof token !== 'string') {
    return { failed: `GitHub's OIDC service gave no token (HTTP ${reply.status}). Does the job have id-token: write?` }
  }
  return { token }
}
