/** What the gates of a Run came to. There are none so far, and that is said instead of showing an empty table. */
import type { RunBody } from '#contracts/api.ts'
import { isTerminal } from '#contracts/status.ts'

import { runTabWords } from '../words/run-tabs.ts'

const text = runTabWords.gates

export function gatesOf(run: RunBody): { lead: string; why: string } {
  if (run.gatesOff) return { lead: text.off, why: text.offWhy(run.requestedBy.login) }
  if (!isTerminal(run.status)) return { lead: text.noneSetUp, why: text.about }
  return { lead: text.none, why: `${text.about} ${run.pullRequest ? text.hadNoneSaidSo : text.hadNone}` }
}
