/** Keeps other sites from acting with a person's cookie (trust.md row 36). */
import type { IncomingMessage } from 'node:http'

import { mediaType } from './body.ts'
import { ProblemError } from './problem.ts'

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * A request that may change something and speaks with a cookie must come from our own pages and carry JSON, which no
 * form can send. Browsers say where a request comes from in `Sec-Fetch-Site`, older ones in `Origin` only. A request
 * with an `Authorization` header needs no such proof, because no other site can make a browser add one.
 */
export function refuseCrossSite(req: IncomingMessage, publicUrl: string): void {
  if (SAFE.has(req.method ?? '') || req.headers.authorization !== undefined) return
  const site = req.headers['sec-fetch-site']
  const { origin, cookie } = req.headers
  if (cookie === undefined && site === undefined && origin === undefined) return
  const same = site === undefined ? origin === new URL(publicUrl).origin : site === 'same-origin'
  if (!same || mediaType(req) !== 'application/json') throw new ProblemError('cross_site')
}
