/** Answers that need not be sent twice: every JSON that is read has an ETag, and who has it already gets 304. */
import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

const IF_NONE_MATCH_CHARS_MAX = 1_000

export function etagOf(text: string): string {
  return `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`
}

export function hasAlready(req: IncomingMessage, etag: string): boolean {
  const given = (req.headers['if-none-match'] ?? '').slice(0, IF_NONE_MATCH_CHARS_MAX)
  return given.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag)
}

/** What one reader may see is not for a cache that others share, and has to be asked about before it is shown again. */
export const revalidated = { 'cache-control': 'private, no-cache', vary: 'authorization, cookie, accept' } as const
