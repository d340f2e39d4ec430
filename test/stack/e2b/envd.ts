/** The daemon inside an E2B sandbox, as far as the SDK's calls that this product makes: health, files and processes. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { basename, dirname } from 'node:path'

import type { MachineProcess, ProcessListener } from './machine.ts'
import type { FaultOp, LiveSandbox, StandInState } from './state.ts'
import { connectStream, firstMessage, readBody, sendConnectError, sendError, sendJson, uploadOf } from './wire.ts'

interface StartRequest {
  process: { cmd: string; args?: string[]; envs?: Record<string, string>; cwd?: string }
  stdin?: boolean
}
interface Selected {
  process?: { pid?: number }
  signal?: string
  input?: { stdin?: string }
}

const NO_TIMEOUT_MS = 0

/** Answers a call to a sandbox's daemon; false when the path is not one of its. */
export async function serveEnvd(state: StandInState, request: IncomingMessage, response: ServerResponse, url: URL) {
  const op = opOf(url.pathname)
  if (op === null) return false
  const sandbox = state.live(String(request.headers['e2b-sandbox-id'] ?? ''))
  // E2B's edge answers for a sandbox that does not run, whatever was asked of it.
  if (sandbox === null || sandbox.state !== 'running')
    return (sendError(response, 502, 'The sandbox was not found'), true)
  if (op !== 'health' && request.headers['x-access-token'] !== sandbox.token) {
    return (sendConnectError(response, 'unauthenticated', 'unauthorized access'), true)
  }
  const fault = state.meet(op)
  if (fault !== null) {
    if (fault.status !== null) sendError(response, fault.status, 'ordered by the test')
    return true
  }
  if (op === 'health') return (sendJson(response, 204), true)
  if (op === 'files') await files(sandbox, request, response, url)
  else await processes(sandbox, request, response, url.pathname)
  return true
}

function opOf(path: string): Extract<FaultOp, 'health' | 'files' | 'exec'> | null {
  if (path === '/health') return 'health'
  if (path === '/files') return 'files'
  return path.startsWith('/process.Process/') ? 'exec' : null
}

async function files({ machine }: LiveSandbox, request: IncomingMessage, response: ServerResponse, url: URL) {
  const given = url.searchParams.get('path') ?? ''
  try {
    if (request.method === 'GET') {
      const bytes = await readFile(machine.path(given))
      response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': bytes.length }).end(bytes)
      return
    }
    const { name, bytes } = await uploadOf(request)
    const path = machine.path(given || (name ?? ''))
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, bytes)
    sendJson(response, 200, [{ path, name: basename(path), type: 'file' }])
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') sendError(response, 404, `path '${given}' does not exist`)
    else sendError(response, 400, message)
  }
}

async function processes(sandbox: LiveSandbox, request: IncomingMessage, response: ServerResponse, path: string) {
  const body = await readBody(request)
  const method = path.slice('/process.Process/'.length)
  if (method === 'Start') return start(sandbox, request, response, firstMessage(body) as StartRequest)
  const streamed = method === 'Connect'
  const message = (streamed ? firstMessage(body) : JSON.parse(body.toString('utf8') || '{}')) as Selected
  if (method === 'List') {
    const running = [...sandbox.machine.processes.values()]
    return sendJson(response, 200, {
      processes: running.map(({ pid, child }) => ({ pid, config: { cmd: child.spawnfile } })),
    })
  }
  const found = sandbox.machine.processes.get(message.process?.pid ?? -1)
  if (streamed) return reconnect(request, response, found)
  if (found === undefined) return sendConnectError(response, 'not_found', 'process not found')
  if (method === 'SendSignal') found.child.kill(message.signal === 'SIGNAL_SIGTERM' ? 'SIGTERM' : 'SIGKILL')
  else if (method === 'SendInput') found.child.stdin?.write(Buffer.from(message.input?.stdin ?? '', 'base64'))
  else if (method === 'CloseStdin') found.child.stdin?.end()
  else return sendConnectError(response, 'invalid_argument', `the stand-in has no ${method}`)
  sendJson(response, 200, {})
}

function start({ machine }: LiveSandbox, request: IncomingMessage, response: ServerResponse, message: StartRequest) {
  const stream = connectStream(response)
  const { cmd, args = [], envs = {}, cwd } = message.process
  try {
    const { listener, detachFrom } = listen(request, response)
    const running = machine.start({ cmd, args, envs, cwd, stdin: message.stdin ?? false }, listener)
    stream.send({ event: { start: { pid: running.pid } } })
    detachFrom(running)
  } catch (error) {
    stream.end({ code: 'invalid_argument', message: (error as Error).message })
  }

  function listen(from: IncomingMessage, to: ServerResponse) {
    const listener = listenerOf(stream)
    return { listener, detachFrom: (running: MachineProcess) => detachOnClose(from, to, running, listener) }
  }
}

function reconnect(request: IncomingMessage, response: ServerResponse, found: MachineProcess | undefined) {
  const stream = connectStream(response)
  if (found === undefined) return stream.end({ code: 'not_found', message: 'process not found' })
  const listener = listenerOf(stream)
  stream.send({ event: { start: { pid: found.pid } } })
  found.listeners.add(listener)
  detachOnClose(request, response, found, listener)
}

function listenerOf(stream: ReturnType<typeof connectStream>): ProcessListener {
  return {
    data: (name, bytes) => stream.send({ event: { data: { [name]: bytes.toString('base64') } } }),
    end(status) {
      stream.send({ event: { end: status } })
      stream.end()
    },
  }
}

/** A client that goes away stops listening; its process goes on. Connect's own time limit kills it, as in envd. */
function detachOnClose(
  request: IncomingMessage,
  response: ServerResponse,
  running: MachineProcess,
  listener: ProcessListener,
) {
  response.once('close', () => running.listeners.delete(listener))
  const timeoutMs = Number(request.headers['connect-timeout-ms'] ?? NO_TIMEOUT_MS)
  if (timeoutMs === NO_TIMEOUT_MS) return
  const timer = setTimeout(() => running.child.kill('SIGKILL'), timeoutMs)
  running.child.once('close', () => clearTimeout(timer))
}
