/**
 * Hands changes to the page once a frame, of each Run the newest only: ten changes between two frames are one picture.
 * Where more comes than anybody can read, every tenth is shown, and always the last (surfaces.md 2.6).
 */
import type { RunStreamData } from '#contracts/api.ts'

import type { World } from './stream.ts'

const HIGH_VOLUME_PER_MINUTE = 2_000
const SHOWN_OF_MANY = 10
const MINUTE_MS = 60_000
/** So long after the last change of a flood it is shown, whichever its number. */
const SETTLE_MS = 1_000

export interface BatchOptions {
  world: Pick<World, 'now' | 'after'>
  /** Calls back when the next frame is drawn. */
  frame: (then: () => void) => void
  hand: (data: RunStreamData) => void
  /** Whether only every tenth change is shown from now on. */
  onFlood: (high: boolean) => void
}

/** Takes a change in; it is handed on with the next frame. */
export function createBatch({ world, frame, hand, onFlood }: BatchOptions): (data: RunStreamData) => void {
  const waiting = new Map<string, RunStreamData>()
  let framed = false
  let cancelSettle = () => {}
  let minute = { startMs: world.now(), count: 0 }
  let high = false
  let number = 0

  const flush = () => {
    framed = false
    cancelSettle()
    const changes = [...waiting.values()]
    waiting.clear()
    for (const data of changes) hand(data)
  }
  const flood = (now: boolean) => {
    if (high !== now) onFlood(now)
    high = now
  }
  const count = () => {
    const nowMs = world.now()
    if (nowMs - minute.startMs >= MINUTE_MS) {
      flood(minute.count > HIGH_VOLUME_PER_MINUTE && nowMs - minute.startMs < 2 * MINUTE_MS)
      minute = { startMs: nowMs, count: 0 }
    }
    minute.count += 1
    if (minute.count > HIGH_VOLUME_PER_MINUTE) flood(true)
  }
  return (data) => {
    count()
    const key = `${data.topic} ${data.run.id}`
    // In the order of the last change.
    waiting.delete(key)
    waiting.set(key, data)
    number += 1
    if (high && number % SHOWN_OF_MANY !== 0) {
      cancelSettle()
      cancelSettle = world.after(SETTLE_MS, flush)
    } else if (!framed) {
      framed = true
      frame(flush)
    }
  }
}
