/** One server of event streams that sends to all who are connected: `ours`, better-sse, or a plain `res.write`. */
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { createChannel, createSession } from 'better-sse'

import { frame, StreamRegister } from '../../../app/http/sse.ts'

interface Kind {
  open: (req: IncomingMessage, res: ServerResponse) => void
  send: (data: unknown, id: string) => void
  size: () => number
}

function ours(): Kind {
  const register = new StreamRegister()
  const open = new Set<ReturnType<StreamRegister['open']>>()
  return {
    open: (_req, res) => void open.add(register.open(res)),
    send: (data, id) => {
      // Rendered once for all, as the route of the Run's stream does it.
      const text = frame('run', data, id)
      for (const stream of open) stream.sendRaw(text)
    },
    size: () => register.size,
  }
}

function betterSse(): Kind {
  const channel = createChannel()
  return {
    open: (req, res) => void createSession(req, res).then((session) => channel.register(session)),
    send: (data, id) => void channel.broadcast(data, 'run', { eventId: id }),
    size: () => channel.sessionCount,
  }
}

function plain(): Kind {
  const open = new Set<ServerResponse>()
  return {
    open: (_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      res.write('retry: 2000\n\n')
      open.add(res)
    },
    send: (data, id) => {
      const text = frame('run', data, id)
      for (const res of open) res.write(text)
    },
    size: () => open.size,
  }
}

const kinds: Record<string, () => Kind> = { ours, betterSse, plain }
const { open, send, size } = kinds[process.argv[2] ?? '']!()
const server = createServer(open)
await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
process.on('disconnect', () => process.exit())
process.on('message', ({ events }: { events: number }) => {
  if (events === 0) globalThis.gc?.()
  const data = { runId: 'r_0000000001', status: 'running', text: 'x'.repeat(300) }
  for (let n = 0; n < events; n++) setImmediate(send, data, `r_0000000001/${n}`)
  process.send?.({ clients: size() })
})
process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
