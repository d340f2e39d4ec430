/** Follows a Run the way any client does: by the API's stream of server-sent events, with an API token. */
import { EventSourceParserStream } from 'eventsource-parser/stream'

import { RunStreamData } from '../../../app/contracts/api.ts'

const RECONNECTS_MAX = 100
const RECONNECT_MS = 200
const ENDS = ['run.succeeded', 'run.failed', 'run.cancelled']

export interface FollowOptions {
  appUrl: string
  token: string
  runId: string
  signal: AbortSignal
  onEvent: (data: RunStreamData) => void
  /** Types of the events that this stops at; by default the ends of a Run. */
  until?: readonly string[]
}

/** Resolves with the last state when the Run has ended, or came to what was waited for; survives a restart of the app in between. */
export async function followRun({
  appUrl,
  token,
  runId,
  signal,
  onEvent,
  until = ENDS,
}: FollowOptions): Promise<RunStreamData['run']> {
  let after = 0
  for (let attempt = 0; attempt < RECONNECTS_MAX; attempt++) {
    try {
      const response = await fetch(`${appUrl}/api/runs/${runId}/stream?after=${after}`, {
        headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream' },
        signal,
      })
      if (!response.ok || !response.body) throw new Error(`the stream answered ${response.status}`)
      const events = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream())
      for await (const { data, event } of events) {
        if (!event || !/^(workflow|ci|issue)\./.test(event)) continue
        const message = RunStreamData.parse(JSON.parse(data))
        if (message.seq <= after) continue
        after = message.seq
        onEvent(message)
        if (until.includes(message.type)) return message.run
      }
    } catch (error) {
      if (signal.aborted) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS))
  }
  throw new Error(`The stream of Run ${runId} broke ${RECONNECTS_MAX} times.`)
}
