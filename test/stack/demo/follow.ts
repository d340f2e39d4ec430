/** Follows a Run the way any client does: by the API's stream of server-sent events, with an API token. */
import { EventSourceParserStream } from 'eventsource-parser/stream'

import { RunStreamData } from '../../../app/contracts/api.ts'

const RECONNECTS_MAX = 100
const RECONNECT_MS = 200

export interface FollowOptions {
  appUrl: string
  token: string
  runId: string
  signal: AbortSignal
  onEvent: (data: RunStreamData) => void
}

/** Resolves with the last state when the Run has ended; survives a restart of the app in between. */
export async function followRun({
  appUrl,
  token,
  runId,
  signal,
  onEvent,
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
        if (['run.succeeded', 'run.failed', 'run.cancelled'].includes(message.type)) return message.run
      }
    } catch (error) {
      if (signal.aborted) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS))
  }
  throw new Error(`The stream of Run ${runId} broke ${RECONNECTS_MAX} times.`)
}
