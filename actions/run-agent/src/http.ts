/** Requests to the app: bounded in time and size, never redirected, each with the Run's trace context. */
import { ANSWER_BYTES_MAX } from '#contracts/executor.ts'
import { Problem } from '#contracts/problems.ts'

const RETRY_AFTER_MS_MAX = 60_000

export interface Reply {
  status: number
  /** The parsed JSON body, or null when there was none. */
  body: unknown
  /** RFC 9457 body of a refusal, when it is one. */
  problem: Problem | null
  retryAfterMs: number
}

export interface Call {
  method: 'POST' | 'PUT' | 'GET'
  url: string
  headers: Record<string, string>
  body?: string | Uint8Array
  timeoutMs: number
  signal?: AbortSignal | undefined
}

/** Sends a request. Rejects when no whole answer came: refused, reset, timed out, aborted or too large. */
export type Send = (call: Call) => Promise<Reply>

export function sender(traceparent: string): Send {
  return async ({ method, url, headers, body, timeoutMs, signal }) => {
    const limit = AbortSignal.timeout(timeoutMs)
    const response = await fetch(url, {
      method,
      headers: { accept: 'application/json', traceparent, ...headers },
      body: body ?? null,
      redirect: 'manual',
      signal: signal ? AbortSignal.any([limit, signal]) : limit,
    })
    const parsed = parseJson(await boundedText(response))
    const problem = Problem.safeParse(parsed)
    const retryAfter = Number(response.headers.get('retry-after') ?? 0)
    return {
      status: response.status,
      body: parsed,
      problem: problem.success && !response.ok ? problem.data : null,
      retryAfterMs: Number.isFinite(retryAfter) ? Math.min(Math.max(retryAfter, 0) * 1000, RETRY_AFTER_MS_MAX) : 0,
    }
  }
}

/** The app's own yes, which is always JSON: a page may come with 200 as well. */
export const isAccepted = ({ status, body }: Reply): boolean => isSuccess(status) && body !== null

/**
 * Whether the same request may go well later. The app answers JSON, and a problem body where it refuses: another answer
 * comes from what stands before it while it restarts or moves, such as a proxy's own page, and says nothing about the Run.
 */
export function isTransient(reply: Reply): boolean {
  const { status, problem } = reply
  if (isAccepted(reply)) return false
  return problem === null || status === 408 || status === 425 || status === 429 || status >= 500
}

export const isSuccess = (status: number): boolean => status >= 200 && status < 300

/** A refusal in one line, for people: the app's own words where it gave some. */
export function refusalText({ status, problem }: Reply): string {
  return problem ? `${status} ${problem.title}${problem.detail ? `: ${problem.detail}` : ''}` : `HTTP ${status}`
}

async function boundedText(response: Response): Promise<string> {
  if (!response.body) return ''
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength
    if (size > ANSWER_BYTES_MAX) throw new Error(`the answer is larger than ${ANSWER_BYTES_MAX} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
