/** What every line to the app shares once the job is bound: addresses, the signer, the sender and what the app wants. */
import { CALLBACK_VERSION, Wanted } from '#contracts/callbacks.ts'

import type { Reply, Send } from './http.ts'
import type { Signer } from './signing.ts'
import type { Steering } from './steering.ts'
import type { Timing } from './timing.ts'

export interface Link {
  /** `client_payload.callback_url`: the base of the executor's routes. */
  base: string
  /** Which job this is: goes into every payload. */
  bind: string
  signer: Signer
  send: Send
  steering: Steering
  timing: Timing
  /** Takes in what an answer says to the agent. */
  onMessages: (messages: unknown) => void
  /** Epoch milliseconds; nothing is retried beyond it. */
  deadlineAt: number
  /** How long an app that does not answer is waited for once the work is done. */
  patienceMs: number
}

/** The part of a payload that says who speaks, as what, and to which exact URL. */
export function envelope(
  link: Link,
  url: string,
): { v: typeof CALLBACK_VERSION; iss: string; aud: string; bind: string } {
  return { v: CALLBACK_VERSION, iss: link.signer.thumbprint, aud: url, bind: link.bind }
}

/** The header of a request that is authenticated by a token of its own; `digest` when it carries a proposal. */
export async function bearer(link: Link, url: string, digest?: string): Promise<{ authorization: string }> {
  const token = await link.signer.request({ ...envelope(link, url), ...(digest ? { digest } : {}) })
  return { authorization: `Bearer ${token}` }
}

/** Passes on what the app wants and what people say; an answer that we do not understand changes nothing. */
export function heed(link: Link, { body }: Reply): void {
  const answer = body as { wanted?: unknown; messages?: unknown } | null
  const wanted = Wanted.safeParse(answer?.wanted)
  if (wanted.success) link.steering.wanted(wanted.data)
  if (answer?.messages !== undefined) link.onMessages(answer.messages)
}
