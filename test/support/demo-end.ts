/** How a demo that ends by itself ended, and how it has to, whatever its flags asked for. */
import { expect } from 'vitest'

import { linesOf, startDemo } from './demo-process.ts'

/** From its start to the pull request. */
const DEMO_MS_MAX = 300_000
const address = /^http:\/\/127\.0\.0\.1:\d+\/acme\/shop\/pull\/\d+$/

export interface End {
  flags: string[]
  status: string
  reason: string
  commits: number
}

/** Runs it with `--once --json`. Every line has to be JSON. */
export async function endOf({ flags }: End) {
  const started = await startDemo('--once', '--json', ...flags)
  const { code, out, err } = await started.ended
  const lines = linesOf(out)
  return {
    code,
    err,
    prose: out.split('\n').filter((line) => line !== '' && !line.startsWith('{')),
    last: JSON.stringify(lines.at(-1)),
    finished: lines.at(-1),
    quick: Number(lines.at(-1)?.['ms']) < DEMO_MS_MAX,
    left: await started.left(),
  }
}

/** Exit code 0, because it ended as the flags ask; the last line word for word; nothing left behind. */
export function asAsked({ status, reason, commits }: End) {
  const opened = status === 'succeeded'
  const keys = ['type', 'runId', 'status', 'reason', 'prNumber', 'prUrl', 'commits', 'ms']
  return {
    code: 0,
    err: '',
    prose: [],
    last: expect.stringMatching(new RegExp(`^\\{${keys.map((key) => `"${key}":[^,]+`).join(',')}\\}$`)),
    finished: {
      type: 'demo.finished',
      runId: expect.stringMatching(/^r_[0-9a-z]{10}$/),
      status,
      reason,
      prNumber: opened ? expect.any(Number) : null,
      prUrl: opened ? expect.stringMatching(address) : null,
      commits,
      ms: expect.any(Number),
    },
    quick: true,
    left: [],
  }
}
