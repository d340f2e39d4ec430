/** What an agent may come back with besides a change: nothing, an error, and changes that nobody may push. */
import { expect, test } from 'vitest'

import { git } from '../support/git.ts'
import { openStage } from '../support/scenario.ts'
import { REPOSITORY } from '../stack/world.ts'

/** From the documentation of the service that it is shaped after; it opens nothing. */
const EXAMPLE_KEY = 'AKIAIOSFODNN7EXAMPLE'

const outcomes: { what: string; instructions: string; status: string; reason: string; says: RegExp }[] = [
  {
    what: 'no change',
    instructions: 'stub: no-change',
    status: 'succeeded',
    reason: 'no_changes',
    says: /^🟢 \*\*stub\*\* finished without changes\. `Nothing had to be changed\.`/,
  },
  {
    what: 'an error',
    instructions: 'stub: fail',
    status: 'failed',
    reason: 'agent_failed',
    says: /^🔴 \*\*stub\*\* failed\. The agent ended with an error: `The instructions told the stub agent to fail`\. /,
  },
  {
    what: 'a workflow file',
    instructions: 'stub: edit .github/workflows/release.yml',
    status: 'failed',
    reason: 'protected_path',
    says: /^🔴 \*\*stub\*\* failed\. The change touches files that an agent may not change.*`\.github\/workflows\/release\.yml`/,
  },
  {
    what: 'a secret in the name of a file',
    instructions: `stub: edit ${EXAMPLE_KEY}.txt`,
    status: 'failed',
    reason: 'secret_in_output',
    says: /^🔴 \*\*stub\*\* failed\. The change contains what looks like a secret, so nothing was pushed: `an AWS access key/,
  },
]

test('no change, an error, a workflow file and a secret: nothing is pushed, and the comment says why', async () => {
  const stage = await openStage()
  const { world, assign, ended, until } = stage
  const { github } = world
  const tell = async ({ instructions, status, reason, says }: (typeof outcomes)[number]) => {
    const { id } = await assign(world.openIssue(), instructions)
    const run = await ended(id)
    expect(run).toMatchObject({ status, reason: { code: reason }, pullRequest: null, branch: null })
    await until(`the last word: ${says}`, () => says.test(stage.statusComments(id)[0] ?? ''))
    expect(stage.statusComments(id)).toHaveLength(1)
    await until('the end of its sandbox', async () => (await stage.run(id)).sandbox?.state === 'gone')
  }
  await Promise.all(outcomes.map(tell))
  await world.runner.idle()
  const { gitDir } = github.repository(REPOSITORY)
  expect(await git(gitDir, 'for-each-ref', '--format=%(refname)', 'refs/heads/')).toBe('refs/heads/main\n')
  expect(github.state.pulls).toEqual([])
  // Not even where it is told of.
  const said = github.state.comments.filter(({ viaApp }) => viaApp === github.app.slug)
  expect(said.map(({ body }) => body).join('\n')).not.toContain(EXAMPLE_KEY)
})

test('a change in a folder of its own becomes a pull request like any other', async () => {
  const { world, assign, ended } = await openStage()
  const { id } = await assign(world.openIssue(), 'stub: edit docs/history/log.md')
  const run = await ended(id)
  expect(run).toMatchObject({ status: 'succeeded', git: { commits: 1, files: 1, additions: 1, deletions: 0 } })
  expect(await world.github.readFile(REPOSITORY, run.branch!.name, 'docs/history/log.md')).toContain(id)
})

test('what a reviewer should look at first stands beside the file, once, however often the check is written', async () => {
  const stage = await openStage()
  const { id } = await stage.assign(stage.world.openIssue(), 'stub: edit AGENTS.md')
  const run = await stage.ended(id)
  expect(run).toMatchObject({ status: 'succeeded' })
  const made = () => stage.world.github.state.checkRuns.filter(({ externalId }) => externalId === id)
  await stage.until('the check to be completed', () => made()[0]?.conclusion === 'success')
  expect(made()).toHaveLength(1)
  expect(made()[0]!.annotations).toEqual([
    {
      path: 'AGENTS.md',
      message: 'This file instructs agents.',
      start_line: 1,
      end_line: 1,
      annotation_level: 'warning',
    },
  ])
  expect(stage.world.github.issue(REPOSITORY, run.pullRequest!.number).body).toContain('`AGENTS.md` instructs agents.')
})
