/** Leaves what could not be delivered for the workflow's upload step; the app reads the signed callbacks from there. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { UNDELIVERED_ARTIFACT_PREFIX } from '#contracts/executor.ts'

import type { World } from './stage.ts'

/** @param lines one `{jws, payload}` a line, in order; none means that nothing is left to say. */
export function leaveUndelivered({ commands, inputs }: World, lines: readonly string[]): void {
  if (lines.length === 0) return
  const file = join(inputs.environment.tempDir, `${UNDELIVERED_ARTIFACT_PREFIX}${inputs.payload.run_id}.ndjson`)
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''), { mode: 0o600 })
  commands.setOutput('undelivered', file)
  commands.warning(
    'The app could not be reached',
    `${lines.length} signed callbacks are left as an artifact of this workflow run; the app picks them up there.`,
  )
}
