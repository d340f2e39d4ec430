/** A way to MongoDB that can be cut: what is under way breaks, and nothing new gets through. */
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

import { onTestFinished } from 'vitest'

/** Goes when the test ends. */
export async function startWay(direct: string) {
  const { hostname, port, pathname } = new URL(direct)
  const sockets = new Set<Socket>()
  let closed = false
  const server = createServer((socket) => {
    if (closed) return void socket.destroy()
    const far = connect(Number(port), hostname)
    for (const end of [socket, far]) sockets.add(end.on('error', () => {}).on('close', () => sockets.delete(end)))
    socket.pipe(far).pipe(socket)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => void server.close())
  return {
    uri: `mongodb://127.0.0.1:${(server.address() as AddressInfo).port}${pathname}?directConnection=true`,
    cut() {
      closed = true
      for (const socket of sockets) socket.destroy()
    },
    open() {
      closed = false
    },
  }
}
