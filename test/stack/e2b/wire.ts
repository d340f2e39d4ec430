/** The bytes of E2B's wire: JSON bodies, errors in its shape, and the Connect protocol's streams. */
import type { IncomingMessage, ServerResponse } from 'node:http'

import type { components } from 'e2b'

const BODY_BYTES_MAX = 80 * 1024 * 1024

type ApiError = components['schemas']['Error']

/** Connect's codes with the HTTP status that unary calls carry them by. */
const CONNECT_STATUS = { invalid_argument: 400, unauthenticated: 401, not_found: 404, unavailable: 503 } as const
export type ConnectCode = keyof typeof CONNECT_STATUS

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    length += chunk.length
    if (length > BODY_BYTES_MAX) throw new Error('The body is larger than the stand-in takes.')
  }
  return Buffer.concat(chunks)
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body?: unknown,
  headers: Record<string, string> = {},
) {
  if (body === undefined) return void response.writeHead(status, headers).end()
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

export function sendError(
  response: ServerResponse,
  code: number,
  message: string,
  headers: Record<string, string> = {},
) {
  sendJson(response, code, { code, message } satisfies ApiError, headers)
}

/** A refusal of a unary Connect call. */
export function sendConnectError(response: ServerResponse, code: ConnectCode, message: string) {
  sendJson(response, CONNECT_STATUS[code], { code, message })
}

/** A file in the body of an upload: one part of a form, or the whole body. */
export async function uploadOf(request: IncomingMessage): Promise<{ name: string | null; bytes: Buffer }> {
  const body = await readBody(request)
  const type = request.headers['content-type'] ?? ''
  if (!type.startsWith('multipart/form-data')) return { name: null, bytes: body }
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData()
  const file = form.get('file')
  if (!(file instanceof File)) throw new Error('The form has no part "file".')
  return { name: file.name, bytes: Buffer.from(await file.arrayBuffer()) }
}

/** The one message of a streaming request: flag byte, length, JSON. */
export function firstMessage(body: Buffer): unknown {
  if (body.length < 5 || body[0] !== 0) throw new Error('The stream does not begin with a plain message.')
  return JSON.parse(body.subarray(5, 5 + body.readUInt32BE(1)).toString('utf8'))
}

export interface ConnectStream {
  send(message: unknown): void
  /** Ends the stream, with an error where one is given. */
  end(error?: { code: ConnectCode; message: string }): void
}

export function connectStream(response: ServerResponse): ConnectStream {
  response.writeHead(200, { 'content-type': 'application/connect+json' })
  const frame = (flag: number, message: unknown) => {
    const json = Buffer.from(JSON.stringify(message))
    const head = Buffer.alloc(5)
    head.writeUInt8(flag, 0)
    head.writeUInt32BE(json.length, 1)
    response.write(Buffer.concat([head, json]))
  }
  return {
    send: (message) => frame(0, message),
    end(error) {
      frame(2, error === undefined ? {} : { error })
      response.end()
    },
  }
}
