/** What leaves the sandbox: every kind of change as data, and a clear refusal for what breaks a bound. */
import { COUNT_MAX } from '#contracts/callbacks.ts'
import type { Proposal } from '#contracts/executor.ts'
import { expect, test } from 'vitest'

import type { Agent, AgentContext } from './src/agents/agent.ts'
import { testWorld } from '../../test/support/run-agent/world.ts'
import type { TestWorld } from '../../test/support/run-agent/world.ts'

/** An agent that runs a shell script in the checkout. */
const scripted = (script: string): Agent => ({
  name: 'stub',
  async run(context: AgentContext) {
    await context.exec(['sh', '-c', `set -e\n${script}`])
    return { summary: 'Did it.', risks: [], handoff: { goal: 'g', did: 'd', forNextAgent: 'n' } }
  },
})

async function runScript(t: TestWorld, script: string): Promise<{ exitCode: number; proposal: Proposal | undefined }> {
  t.world.agentFor = () => Promise.resolve(scripted(script))
  const exitCode = await t.run()
  return { exitCode, proposal: [...t.app.proposals.values()][0] }
}
const failure = (t: TestWorld) => t.app.events.find((event) => event.type === 'agent.failed')?.data

test('edits, additions, deletions, renames, links and modes over two commits arrive as data', async () => {
  await using t = await testWorld({
    files: { 'README.md': '# Shop\n', 'old name.txt': 'same\n', 'gone.txt': 'x\ny\n' },
  })
  const { exitCode, proposal } = await runScript(
    t,
    `
    printf 'bin\\0ary' > data.bin; ln -s README.md link; printf '#!/bin/sh\\n' > tool.sh; chmod +x tool.sh
    git add -A; git commit -qm 'Add things'
    git mv 'old name.txt' 'neü.txt'; git rm -q gone.txt; git commit -qm 'Move and remove

With a body.'`,
  )
  expect(exitCode).toBe(0)
  expect(proposal?.commits.map((commit) => commit.message)).toEqual(['Add things', 'Move and remove\n\nWith a body.'])
  const brief = proposal?.commits.map((commit) =>
    commit.files.map((file) => (file.change === 'put' ? `${file.mode} ${file.path}` : `- ${file.path}`)),
  )
  expect(brief).toEqual([
    ['100644 data.bin', '120000 link', '100755 tool.sh'],
    ['- gone.txt', '100644 neü.txt', '- old name.txt'],
  ])
  const link = proposal?.commits[0]?.files[1]
  expect(link?.change === 'put' && Buffer.from(link.contentBase64, 'base64').toString()).toBe('README.md')
  const submitted = t.app.events.find((event) => event.type === 'proposal.submitted')
  expect(submitted?.data).toMatchObject({ commits: 2, files: 6, additions: 3, deletions: 3 })
  expect(submitted?.data).toMatchObject({ latestCommitMessage: 'Move and remove' })
})

test('a change of more lines than can be told of is handed over, and told as the most that can be', async () => {
  await using t = await testWorld({ files: { 'data.csv': '\n'.repeat(COUNT_MAX + 1) } })
  const { exitCode } = await runScript(t, "git rm -q data.csv; git commit -qm 'Remove the data'")
  expect(exitCode).toBe(0)
  const counts = { commits: 1, files: 1, additions: 0, deletions: COUNT_MAX }
  for (const type of ['agent.finished', 'proposal.submitted'])
    expect(t.app.events.find((event) => event.type === type)?.data).toMatchObject(counts)
})

test.for([
  [
    'too many files',
    'for i in $(seq 101); do echo $i > f$i; done; git add -A; git commit -qm many',
    'more than 100 files',
  ],
  ['too many commits', 'for i in $(seq 21); do git commit -q --allow-empty -m $i; done', '21 commits; at most 20'],
  [
    'random bytes beyond the limit',
    'head -c 5000000 /dev/urandom > big; git add -A; git commit -qm big',
    'bytes; at most 4194304',
  ],
  [
    'zeros that only unpack beyond it',
    'head -c 50000000 /dev/zero > big; git add -A; git commit -qm big',
    'larger than what is accepted',
  ],
  [
    'a merge',
    'git checkout -qb side; git commit -q --allow-empty -m a; git checkout -q -; git commit -q --allow-empty -m b; git merge -q --no-ff side -m c',
    'a straight line on the base',
  ],
  ['another history', 'git checkout -q --orphan new; git commit -qm new', 'a straight line on the base'],
  ['a path that is no UTF-8', 'touch "$(printf \'a\\377b\')"; git add -A; git commit -qm odd', 'not valid UTF-8'],
] as const)('%s: refused with a sentence and exit code 2', async ([, script, words]) => {
  await using t = await testWorld()
  const { exitCode, proposal } = await runScript(t, script)
  expect(exitCode).toBe(2)
  expect(proposal).toBeUndefined()
  expect(failure(t)).toMatchObject({ reason: 'agent_failed', detail: expect.stringContaining(words) as string })
  expect(t.app.types.slice(-2)).toEqual(['sandbox.destroyed', 'executor.finished'])
})

test('objects that are not sound do not get into the clone', async () => {
  await using t = await testWorld()
  const { exitCode } = await runScript(
    t,
    `blob=$(echo x | git hash-object -w --stdin)
    tree=$(printf '100644 blob %s\\t.git\\n' $blob | git mktree)
    git update-ref HEAD $(git commit-tree -p HEAD -m evil $tree)`,
  )
  expect(exitCode).toBe(2)
  expect(failure(t)).toMatchObject({ detail: expect.stringContaining('not sound') as string })
})

test('what an agent prints is in the log as text: redacted, and no command to the runner', async () => {
  await using t = await testWorld()
  await runScript(
    t,
    `echo '::set-output name=undelivered::/etc/passwd'; printf 'ghs_read'; sleep 0.05; echo 'only0123456789'`,
  )
  expect(t.app.logs.map((line) => line.text)).toContain('::set-output name=undelivered::/etc/passwd')
  expect(JSON.stringify(t.app.logs)).not.toContain('ghs_readonly')
  const log = t.printed()
  const before = log.slice(0, log.indexOf('::set-output'))
  const token = before.slice(before.lastIndexOf('::stop-commands::')).split('\n')[0]?.split('::')[2]
  expect(log.slice(log.indexOf('::set-output'))).toContain(`::${token}::`)
  expect(before.slice(before.lastIndexOf('::stop-commands::'))).not.toContain(`\n::${token}::`)
})
