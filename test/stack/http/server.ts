/** The app's HTTP server with whatever routes a test is about, on a free port, its log kept line by line. */
import { request } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'

import { createServer } from '../../../app/http/server.ts'
import type { HttpServer, ServerDeps } from '../../../app/http/server.ts'
import { expectNoDrift } from './as-described.ts'

export interface LogEntry {
  level: 'info' | 'warn' | 'error'
  message: string
  fields: Record<string, unknown>
}

export interface TestServer extends AsyncDisposable {
  url: string
  server: HttpServer
  lines: LogEntry[]
  /** `<surface>:<reason>` of every refusal. */
  rejections: string[]
}

/** Starts a server; nobody is signed in unless `identify` says so. */
export async function testServer(deps: Partial<ServerDeps> = {}): Promise<TestServer> {
  const lines: LogEntry[] = []
  const rejections: string[] = []
  const say = (level: LogEntry['level']) => (fields: object, message: string) => {
    lines.push({ level, message, fields: { ...fields } })
  }
  const server = createServer({
    publicUrl: 'http://app.test',
    routes: [],
    identify: async () => ({ kind: 'anonymous' }),
    log: { info: say('info'), warn: say('warn'), error: say('error') },
    rejections: { reject: (surface, reason) => void rejections.push(`${surface}:${reason}`) },
    webRoot: '/nowhere',
    pingStore: async () => {},
    now: Date.now,
    ...deps,
  })
  const url = await server.listen(0)
  const end = async (): Promise<void> => {
    await server.close()
    expectNoDrift()
  }
  return { url, server, lines, rejections, [Symbol.asyncDispose]: end }
}

/** Sends bytes as they are over a socket of its own and resolves with everything that came back until it was closed. */
export function rawExchange(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(Number(port), hostname, () => socket.write(bytes))
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => (answer += text))
    socket.on('close', () => resolve(answer))
    socket.on('error', (error) => (answer === '' ? reject(error) : resolve(answer)))
  })
}

export interface Streamed {
  status: number
  headers: IncomingHttpHeaders
  body: string
  /** How many bytes the sender could get rid of before it was cut off. */
  sent: number
}

/** Sends chunks of zeros, without saying how many, until the server has answered and closed or `bytes` are sent. */
export function streamZeros(
  url: string,
  headers: Record<string, string>,
  bytes: number,
  method = 'POST',
): Promise<Streamed> {
  const chunk = Buffer.alloc(64 * 1024)
  return new Promise((resolve, reject) => {
    let sent = 0
    const sending = request(url, { method, headers, agent: false }, (res) => {
      let body = ''
      res.setEncoding('utf8')
      res.on('data', (text: string) => (body += text))
      const done = () => resolve({ status: res.statusCode ?? 0, headers: res.headers, body, sent })
      res.on('close', done)
    })
    sending.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error)
    })
    const pump = (): void => {
      while (sent < bytes && !sending.destroyed) {
        sent += chunk.length
        if (!sending.write(chunk)) {
          sending.once('drain', pump)
          return
        }
      }
      if (!sending.destroyed) sending.end()
    }
    pump()
  })
}
