import { expect, test } from 'vitest'

import { REMEMBERED_PROPOSAL_BYTES_MAX, proposalReader } from './proposals.ts'

const bytesOf = (contentBase64: string): Buffer =>
  Buffer.from(
    JSON.stringify({
      v: 1,
      runId: 'r_8k2f0q7w3z',
      attempt: 1,
      baseSha: 'b'.repeat(40),
      summary: 'Made.',
      risks: [],
      handoff: { goal: 'g', did: 'd', forNextAgent: 'n' },
      commits: [{ message: 'Make', files: [{ change: 'put', path: 'a', mode: '100644', contentBase64 }] }],
    }),
  )

test('a small proposal is read once, a large one each time, and one that is not there is asked for again', async () => {
  const stored = new Map([['small', bytesOf('YQ==')]])
  stored.set('large', bytesOf('A'.repeat(REMEMBERED_PROPOSAL_BYTES_MAX)))
  const reads: string[] = []
  const proposal = proposalReader(async (runId, digest) => {
    reads.push(`${runId} ${digest}`)
    return stored.get(digest) ?? null
  })
  const first = await proposal('one', 'small')
  expect(first).toMatchObject({ summary: 'Made.' })
  expect(await proposal('one', 'small')).toEqual(first)
  for (const digest of ['large', 'large', 'late']) await proposal('one', digest)
  stored.set('late', bytesOf('Yg=='))
  expect(await proposal('one', 'late')).not.toBeNull()
  await proposal('two', 'small')
  expect(reads).toEqual(['one small', 'one large', 'one large', 'one late', 'one late', 'two small'])
})
