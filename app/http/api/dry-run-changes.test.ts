/** Many long files of a dry run are compared one after the other, and whoever else waits comes in between. */
import { expect, test } from 'vitest'

import type { Run } from '../../domain/run.ts'
import { dryRunFiles } from './dry-run-changes.ts'

const FILES = 20
const who = { kind: 'anonymous' } as const
const run = {
  id: 'r_8k2f0q7w3z',
  baseSha: 'b'.repeat(40),
  repository: { id: 1, owner: 'acme', name: 'shop', installationId: 1, private: false, defaultBranch: 'main' },
} as unknown as Run
const contentBase64 = Buffer.from('line\n'.repeat(30_000)).toString('base64')
const put = (at: number) => ({ change: 'put', path: `${at}.txt`, mode: '100644', contentBase64 }) as const
const files = Array.from({ length: FILES }, (_, at) => put(at))

test('twenty new files of 150 KB are counted without their patches, with a turn for others after each', async () => {
  let counted = 0
  let turns = 0
  let over = false
  const nothing = { url: 'https://github.com/x', commits: [], files: [] }
  const github = { compare: async () => nothing, fileAt: async () => null }
  const read = dryRunFiles({ github, access: { count: () => void counted++ } })
  const turn = (): void => {
    if (over) return
    turns++
    setImmediate(turn)
  }
  setImmediate(turn)
  const found = await read(who, run, 'd'.repeat(64), files)
  over = true
  expect(found).toHaveLength(FILES)
  expect(found[0]).toMatchObject({ path: '0.txt', status: 'added', additions: 30_000, deletions: 0, patch: null })
  expect(turns).toBeGreaterThanOrEqual(FILES)
  expect(await read(who, run, 'd'.repeat(64), files)).toBe(found)
  expect(counted).toBe(1)
})
