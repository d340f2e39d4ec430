/** The proposal that every simulated executor submits. */
import type { Proposal } from '../../app/contracts/executor.ts'

export const simProposal: Proposal = {
  v: 1,
  runId: 'r_0000000000',
  attempt: 1,
  baseSha: 'a'.repeat(40),
  summary: 'Appended a line.',
  risks: [],
  handoff: { goal: '', did: '', forNextAgent: '' },
  commits: [
    {
      message: 'Append a line to README.md',
      files: [{ change: 'put', path: 'README.md', mode: '100644', contentBase64: 'aGVsbG8K' }],
    },
  ],
}
