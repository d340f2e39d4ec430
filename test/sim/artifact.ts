/**
 * What a job that lost the app leaves in its artifact, and how the app takes it in. The archive is a real one; only the
 * signatures are left out, which are checked on real parts.
 */
import { zipSync } from 'fflate'

import { UNDELIVERED_ARTIFACT_PREFIX } from '../../app/contracts/executor.ts'
import type { Callback, Engine } from '../../app/engine.ts'
import type { Undelivered } from '../../app/perform/perform.ts'

export type LeftCallback = Omit<Callback, 'at' | 'jws'>

export function pack(runId: string, left: readonly LeftCallback[]): Uint8Array {
  const lines = left.map((callback) => JSON.stringify(callback)).join('\n')
  return zipSync({ [`${UNDELIVERED_ARTIFACT_PREFIX}${runId}.ndjson`]: new TextEncoder().encode(lines) }, { level: 0 })
}

/** In their order, up to the first that is refused. Rejects when the store fails, so that the caller comes again. */
export async function takeLeft(engine: Engine, runId: string, { lines }: Undelivered, at: number): Promise<void> {
  for (const line of lines) {
    const callback = JSON.parse(line) as LeftCallback
    if ('refused' in (await engine.acceptCallback(runId, { ...callback, jws: 'jws', at }))) return
  }
}
