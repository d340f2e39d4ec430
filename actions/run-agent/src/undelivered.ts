/**
 * Leaves what could not be delivered for the workflow's upload step: the signed callbacks, and the proposal that they
 * name when the app could not take it. The app reads both from the artifact once it is back.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { UNDELIVERED_ARTIFACT_PREFIX, UNDELIVERED_PROPOSAL_PREFIX } from '#contracts/executor.ts'

import type { LeftProposal, World } from './stage.ts'

const OWNER_ONLY = 0o600

/** @param lines one `{jws, payload}` a line, in order; none means that nothing is left to say. */
export function leaveUndelivered(
  { commands, inputs }: World,
  lines: readonly string[],
  proposals: readonly LeftProposal[],
): void {
  if (lines.length === 0) return
  const leave = (name: string, content: string | Uint8Array): string => {
    const file = join(inputs.environment.tempDir, name)
    writeFileSync(file, content, { mode: OWNER_ONLY })
    return file
  }
  const events = `${UNDELIVERED_ARTIFACT_PREFIX}${inputs.payload.run_id}.ndjson`
  const files = [
    leave(events, lines.map((line) => `${line}\n`).join('')),
    ...proposals.map(({ digest, body }) => leave(`${UNDELIVERED_PROPOSAL_PREFIX}${digest}.json`, body)),
  ]
  commands.setOutput('undelivered', files.join('\n'))
  commands.warning(
    'The app could not be reached',
    `${lines.length} signed callbacks are left as an artifact of this workflow run; the app picks them up there.`,
  )
}
