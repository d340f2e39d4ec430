/**
 * Requests that never become one: too slow, too large in their headers, ambiguous about their own length. Node tells
 * of them apart from every route, and they get a problem body like all others (trust.md rows 7 and 41).
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

import { newReference } from './dispatch.ts'
import type { DispatchDeps } from './dispatch.ts'
import { PROBLEM_TYPE, ProblemError, problemBody } from './problem.ts'

export function answerBrokenRequests(
  server: Server,
  deps: Pick<DispatchDeps, 'publicUrl' | 'log' | 'rejections'>,
): void {
  /** The answer that is on its way on a connection; nothing may be written into it. */
  const current = new WeakMap<Duplex, ServerResponse>()
  server.on('request', (req, res) => current.set(req.socket, res))
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const answering = current.get(socket)
    const begun = answering !== undefined && answering.headersSent && !answering.writableFinished
    if (!socket.writable || begun || error.code === 'ECONNRESET') {
      socket.destroy()
      return
    }
    const slow = error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
    const large = error.code === 'HPE_HEADER_OVERFLOW'
    const detail = large ? 'The headers are too large.' : 'The request is not valid HTTP/1.1.'
    const problem = slow ? new ProblemError('request_timeout') : new ProblemError('bad_request', { detail })
    const reference = newReference()
    deps.rejections.reject('api', slow ? 'request_timeout' : 'bad_http')
    deps.log.info({ reference, status: problem.status, reason: error.code }, 'request refused')
    socket.write(rawAnswer(problem, deps.publicUrl, reference))
    // `end` alone would leave the other half open for as long as the sender likes.
    if (socket instanceof Socket) socket.destroySoon()
    else socket.end()
  })
}

/**
 * Whether a transfer encoding hides where the body ends. Node hands such a request over first and calls it broken only
 * then.
 */
export function hasNoKnownEnd(req: IncomingMessage): boolean {
  const encoding = req.headers['transfer-encoding']
  return encoding !== undefined && encoding.trim().toLowerCase() !== 'chunked'
}

function rawAnswer(problem: ProblemError, publicUrl: string, reference: string): string {
  const body = JSON.stringify(problemBody(problem, publicUrl, reference))
  const words = problem.status === 408 ? '408 Request Timeout' : '400 Bad Request'
  const head = [`HTTP/1.1 ${words}`, `content-type: ${PROBLEM_TYPE}`, `content-length: ${Buffer.byteLength(body)}`]
  return [...head, 'cache-control: no-store', 'connection: close', '', body].join('\r\n')
}
