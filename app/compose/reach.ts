/** Whether an address leads to this app, asked from here: what GitHub, people and jobs have to be able to do. */

const REACH_TIMEOUT_MS = 5_000

/** Null: the public address leads here. Otherwise a sentence that says what is wrong and what to do. */
export async function unreachable(publicUrl: string): Promise<string | null> {
  let answer: Response
  try {
    answer = await fetch(`${publicUrl}/livez`, { redirect: 'manual', signal: AbortSignal.timeout(REACH_TIMEOUT_MS) })
  } catch (error) {
    const late = error instanceof Error && error.name === 'TimeoutError'
    const what = late ? `did not answer within ${REACH_TIMEOUT_MS / 1_000} s` : 'could not be reached'
    return `${publicUrl} ${what} from this server. Check its DNS name, certificate, proxy and firewall.`
  }
  const body: unknown = await answer.json().catch(() => null)
  const alive = typeof body === 'object' && body !== null && 'status' in body && body.status === 'alive'
  if (answer.ok && alive) return null
  return `${publicUrl} leads to something else: it answered ${answer.status}. Point it to this app, and set PUBLIC_URL to that address.`
}
