/** Many readers of one stream in a process of their own: opens them, counts what they hear, and notes when. */
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'

const OPENED_AT_ONCE = 100
const OPEN_MS_MAX = 30_000
/** With a space before it or without: both are allowed. */
const MARK = Buffer.from('change\n')
const url = new URL(process.argv[2] ?? '')
/** Of as many readers; none where anybody may read. */
const tokens = process.argv.slice(3)
const sockets: Socket[] = []
let heard = 0
let lastAt = 0
/** When each reader heard its last event. */
const heardAt: number[] = []

async function open(count: number): Promise<void> {
  for (let opened = 0; opened < count; opened += OPENED_AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(OPENED_AT_ONCE, count - opened) }, one))
  }
}

async function one(): Promise<void> {
  const socket = connect(Number(url.port), url.hostname)
  const place = sockets.push(socket) - 1
  socket.on('error', () => {})
  const token = tokens[place % tokens.length]
  const lines = [`GET ${url.pathname}${url.search} HTTP/1.1`, `host: ${url.host}`, 'accept: text/event-stream']
  if (token) lines.push(`authorization: Bearer ${token}`)
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  await once(socket, 'data', { signal: AbortSignal.timeout(OPEN_MS_MAX) })
  let rest = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    const text = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    let from = 0
    for (let at = text.indexOf(MARK); at !== -1; at = text.indexOf(MARK, from)) {
      heard += 1
      from = at + MARK.length
    }
    lastAt = heardAt[place] = Date.now()
    // A mark may be cut in two.
    rest = Buffer.from(text.subarray(Math.max(from, text.length - MARK.length + 1)))
  })
}

process.on('disconnect', () => process.exit())
process.on('message', (question: { open?: number; stall?: true; times?: true }) => {
  void (async () => {
    if (question.open) await open(question.open)
    if (question.stall) for (const socket of sockets) socket.pause()
    const times = question.times ? heardAt.splice(0).filter(Boolean) : []
    process.send?.({ open: sockets.filter(({ destroyed }) => !destroyed).length, heard, lastAt, times })
  })()
})
process.send?.({ url: url.href })
