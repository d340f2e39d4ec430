/** Ten issues are assigned in one breath: ten Runs side by side, each with its own sandbox, branch and pull request. */
import { expect, test } from 'vitest'

import type { RunBody } from '../../app/contracts/api.ts'
import { REPOSITORY } from '../stack/world.ts'
import { openStage } from '../support/scenario.ts'

const RUNS = 10
/** S002-128. */
const ACQUIRE_MS_MAX = 10_000

test('ten Runs on ten issues at once all succeed, and nothing of one is another one’s (S002-125)', async () => {
  const { world, ended, ledger, runsOf, until } = await openStage()
  const { github } = world
  const issues = Array.from({ length: RUNS }, (_, index) => world.openIssue(`Task ${index + 1}`))
  for (const issue of issues) world.comment(issue, '/assign-agent')
  const runs = await Promise.all(
    issues.map(async (issue) => {
      const { id } = await until(`a Run of issue ${issue}`, async () => (await runsOf(issue))[0])
      return ended(id)
    }),
  )
  expect(runs.map(({ status, reason }) => `${status} ${reason?.code}`)).toEqual(
    Array.from({ length: RUNS }, () => 'succeeded pull_request_opened'),
  )
  expect(Math.max(...runs.map((run) => Date.parse(run.createdAt)))).toBeLessThan(
    Math.min(...runs.map((run) => Date.parse(run.endedAt!))),
  )
  const different = (of: (run: RunBody) => unknown) => new Set(runs.map(of)).size
  expect(different((run) => run.branch!.name)).toBe(RUNS)
  expect(different((run) => run.pullRequest!.number)).toBe(RUNS)
  expect(different((run) => run.sandbox!.id)).toBe(RUNS)

  for (const { id, issue, branch } of runs) {
    const readme = await github.readFile(REPOSITORY, branch!.name, 'README.md')
    expect(readme).toContain(`issue #${issue.number}, Run ${id}`)
    expect(runs.filter((other) => other.id !== id && readme!.includes(other.id))).toEqual([])
    const acquired = (await ledger(id)).find(({ type }) => type === 'sandbox.acquired')
    expect((acquired!.data as { ms: number }).ms).toBeLessThan(ACQUIRE_MS_MAX)
    expect((await runsOf(issue.number)).map((run) => run.id)).toEqual([id])
  }
})
