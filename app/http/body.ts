/**
 * Reads request bodies with a hard limit, and answers requests whose body will not be read. The parsers that come with
 * express read an oversized body to its end before they answer; here the connection is closed (trust.md row 6).
 */
import type { IncomingMessage, ServerResponse } from 'node:http'

import { ProblemError } from './problem.ts'

export const BODY_BYTES_DEFAULT_MAX = 64 * 1024
/** An unread body up to this declared size is thrown away, so that the connection can be used again. */
const DISCARD_BYTES_MAX = 64 * 1024
/** How long a sender that is cut off has to read why. */
const LINGER_MS = 500

function declaredLength(req: IncomingMessage): number | null {
  const value = req.headers['content-length']
  return value === undefined ? null : Number(value)
}

export function hasBody(req: IncomingMessage): boolean {
  return req.headers['transfer-encoding'] !== undefined || (declaredLength(req) ?? 0) > 0
}

/** Only bytes as they are: what unpacks to more than it weighs is refused before it is read. */
export function requireIdentityEncoding(req: IncomingMessage): void {
  const encoding = req.headers['content-encoding']
  if (encoding === undefined || encoding.toLowerCase() === 'identity') return
  throw new ProblemError('unsupported_media_type', { detail: 'Send the body without a content encoding.' })
}

/** `application/json; charset=utf-8` → `application/json` */
export function mediaType(req: IncomingMessage): string {
  return (req.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase()
}

export interface ReadOptions {
  bytesMax: number
  /** Takes every chunk instead of the answer; a promise holds the sender back until it resolves. */
  into?: (chunk: Buffer) => Promise<void> | void
  /** Is given what ends the reading from outside. */
  stoppable?: (stop: (reason: Error) => void) => void
}

/**
 * The chunks of a body of at most `bytesMax`. Throws `payload_too_large` without having kept more than that, and
 * `request_timeout` when the sender went away (the server's clock ends a slow one).
 */
export async function readChunks(req: IncomingMessage, options: ReadOptions): Promise<Buffer[]> {
  const { bytesMax, into, stoppable } = options
  if ((declaredLength(req) ?? 0) > bytesMax) throw tooLarge(bytesMax)
  const chunks: Buffer[] = []
  let bytes = 0
  return new Promise((resolve, reject) => {
    const stop = (error: Error | null): void => {
      req.off('data', take)
      req.off('end', end)
      req.off('close', gone)
      req.pause()
      if (error) reject(error)
      else resolve(chunks)
    }
    const take = (chunk: Buffer): void => {
      bytes += chunk.length
      if (bytes > bytesMax) return stop(tooLarge(bytesMax))
      if (into) hold(into, chunk)
      else chunks.push(chunk)
    }
    const hold = (into: NonNullable<ReadOptions['into']>, chunk: Buffer): void => {
      try {
        const held = into(chunk)
        if (!held) return
        req.pause()
        held.then(() => req.resume(), stop)
      } catch (error) {
        stop(error as Error)
      }
    }
    const end = (): void => stop(null)
    const gone = (): void => stop(new ProblemError('request_timeout'))
    stoppable?.(stop)
    req.on('data', take)
    req.once('end', end)
    req.once('close', gone)
    // Without a listener of its own a connection that breaks would be thrown at the process.
    req.once('error', gone)
  })
}

function tooLarge(bytesMax: number): ProblemError {
  return new ProblemError('payload_too_large', { detail: `At most ${bytesMax} bytes are accepted here.` })
}

/** Sends a whole answer; when the request's body is not read and not small, the connection ends with it. */
export function respond(
  req: IncomingMessage,
  res: ServerResponse,
  status: number,
  headers: Record<string, string>,
  data: string | Uint8Array,
): void {
  if (res.headersSent || res.destroyed) {
    res.destroy()
    return
  }
  const bytes = typeof data === 'string' ? Buffer.from(data) : data
  const all = { ...headers, 'content-length': String(bytes.length) }
  const unread = hasBody(req) && !req.readableEnded
  if (!unread) {
    res.writeHead(status, all).end(req.method === 'HEAD' ? undefined : bytes)
    return
  }
  const declared = declaredLength(req)
  if (declared !== null && declared <= DISCARD_BYTES_MAX) {
    req.resume()
    res.writeHead(status, all).end(bytes)
    return
  }
  // The answer is complete for its reader; only then, and not at once, the connection is torn down, because a reset
  // that overtakes the answer would leave the sender without a reason.
  req.pause()
  res.writeHead(status, { ...all, connection: 'close' }).write(bytes)
  setTimeout(() => res.destroy(), LINGER_MS).unref()
}
