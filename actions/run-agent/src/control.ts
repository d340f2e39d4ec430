/** Holds the control stream (SSE) open: a cancel, a kill or a message is heard at once and not at the next heartbeat. */
import { createParser } from 'eventsource-parser'

import { AgentMessage, Wanted } from '#contracts/callbacks.ts'

import { bearer } from './link.ts'
import type { Link } from './link.ts'
import { backoffMs, wait } from './timing.ts'

const EVENT_CHARS_MAX = 64 * 1024

/** Listens until the signal fires, reconnecting with a fresh token each time. Rejects never. */
export async function listen(
  link: Link,
  traceparent: string,
  onMessage: (message: AgentMessage) => void,
  signal: AbortSignal,
): Promise<void> {
  for (let tries = 1; !signal.aborted; tries++) {
    const heard = await connect(link, traceparent, onMessage, signal).catch(() => false)
    if (heard) tries = 1
    await wait(backoffMs(link.timing, tries), signal)
  }
}

/** One connection; true when anything was heard on it. */
async function connect(
  link: Link,
  traceparent: string,
  onMessage: (message: AgentMessage) => void,
  signal: AbortSignal,
): Promise<boolean> {
  const url = `${link.base}/control`
  const silent = new AbortController()
  let alarm = setTimeout(() => silent.abort(), link.timing.requestTimeoutMs)
  let heard = false
  const parser = createParser({
    maxBufferSize: EVENT_CHARS_MAX,
    onEvent: ({ event, data }) => {
      heard = true
      const wanted = Wanted.safeParse(event)
      if (wanted.success) link.steering.wanted(wanted.data)
      else if (event === 'message') hear(data, onMessage)
    },
  })
  try {
    const response = await fetch(url, {
      headers: { accept: 'text/event-stream', traceparent, ...(await bearer(link, url)) },
      redirect: 'manual',
      signal: AbortSignal.any([signal, silent.signal]),
    })
    if (!response.ok || !response.body) {
      await response.body?.cancel()
      return false
    }
    for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
      clearTimeout(alarm)
      alarm = setTimeout(() => silent.abort(), link.timing.controlSilenceMs)
      parser.feed(text)
    }
  } catch {
    // A broken stream is nothing to report: the next connection, or the next heartbeat, says what was missed.
  } finally {
    clearTimeout(alarm)
  }
  return heard
}

/** What does not fit is passed over: the answers to heartbeats say it again. */
function hear(data: string, onMessage: (message: AgentMessage) => void): void {
  try {
    const message = AgentMessage.safeParse(JSON.parse(data))
    if (message.success) onMessage(message.data)
  } catch {
    // As above.
  }
}
