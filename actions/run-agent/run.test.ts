/** The whole job with a real repository, real signatures and a plain-process sandbox: what the app hears, in order. */
import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'

import { expect, test } from 'vitest'

import { COUNT_MAX } from '#contracts/callbacks.ts'

import { stubLine } from './src/agents/stub.ts'
import { NONCE, READ_TOKEN, RUN_ID, TRACEPARENT, testWorld } from '../../test/support/run-agent/world.ts'

const FULL_STORY = [
  'executor.started',
  'sandbox.requested',
  'sandbox.acquired',
  'workspace.prepared',
  'agent.started',
  ...Array.from({ length: 6 }, () => 'agent.progressed'),
  'agent.returned',
  'agent.finished',
  'proposal.submitted',
  'sandbox.destroyed',
  'executor.finished',
]

test('an issue becomes a proposal of one commit, and every step is told in order', async () => {
  await using t = await testWorld()
  expect(await t.run()).toBe(0)
  expect(t.app.types).toEqual(FULL_STORY)

  const submitted = t.app.events.find((event) => event.type === 'proposal.submitted')
  expect(submitted?.data).toMatchObject({ commits: 1, files: 1, additions: 1, deletions: 0, baseSha: t.sha })
  const [digest, proposal] = [...t.app.proposals][0] ?? []
  expect(submitted?.data).toMatchObject({ digest, latestCommitMessage: 'Append a line to README.md' })
  const [commit] = proposal?.commits ?? []
  expect(commit?.message.split('\n')[0]).toBe('Append a line to README.md')
  const [file] = commit?.files ?? []
  expect(file).toMatchObject({ change: 'put', path: 'README.md', mode: '100644' })
  const content = file?.change === 'put' ? Buffer.from(file.contentBase64, 'base64').toString() : ''
  expect(content).toBe(`# Shop\n${stubLine(101, RUN_ID)}\n`)
  expect(t.app.events.at(-1)?.data).toEqual({ outcome: 'completed', reason: null, detail: null })
})

test('a checkout of more bytes than a report counts of anything else is prepared like a small one', async () => {
  await using t = await testWorld({
    files: { 'README.md': '# Shop\n', 'photo.txt': randomBytes(1_500_000).toString('hex') },
  })
  expect(await t.run()).toBe(0)
  expect(t.app.types).toEqual(FULL_STORY)
  const prepared = t.app.events.find((event) => event.type === 'workspace.prepared')
  expect(prepared?.data.bytes).toBeGreaterThan(COUNT_MAX)
})

test('every request to the app carries the trace context, and the sandbox its owner and attempt', async () => {
  await using t = await testWorld()
  await t.run()
  expect([...t.app.traceparents]).toEqual([TRACEPARENT])
  expect(t.sandboxes.acquired).toMatchObject([{ owner: 'deckhand-test', runId: RUN_ID, attemptId: `${RUN_ID}.1` }])
})

test('nothing is left behind on the runner, and no secret is in the sandbox, the log, the callbacks or the summary', async () => {
  await using t = await testWorld({ instructions: 'stub: edit docs/note.md' })
  let config = ''
  const destroy = t.sandboxes.destroy.bind(t.sandboxes)
  t.sandboxes.destroy = async (id) => {
    const { execFileSync } = await import('node:child_process')
    // Whatever a file of the sandbox holds, the archive with `.git` included, must not hold the token.
    config += execFileSync('sh', ['-c', 'cat "$1"/sandbox-*/repository/.git/config; grep -rl "$2" "$1"/sandbox-* || true', 'sh', t.dir, READ_TOKEN]) // prettier-ignore
    return destroy(id)
  }
  expect(await t.run()).toBe(0)
  expect(config).toContain('[user]')
  expect(config).not.toMatch(/extraheader|remote|sandbox-/)
  expect(readdirSync(t.dir).filter((name) => name.startsWith('deckhand-'))).toEqual([])
  const basic = Buffer.from(`x-access-token:${READ_TOKEN}`).toString('base64')
  const unmasked = t.printed().replaceAll(/^::add-mask::.*$/gm, '')
  const everything = [unmasked, ...t.app.payloads, JSON.stringify(t.app.logs), t.file('summary'), t.file('state')].join(
    '',
  )
  for (const secret of [NONCE, READ_TOKEN, basic]) expect(everything).not.toContain(secret)
  expect(t.printed()).toContain(`::add-mask::${READ_TOKEN}`)
  expect(t.file('summary')).toContain(`[${RUN_ID}](${t.app.url}/r/${RUN_ID})`)
})

test('an agent that changes nothing ends well, without a proposal', async () => {
  await using t = await testWorld({ instructions: 'stub: no-change' })
  expect(await t.run()).toBe(0)
  expect(t.app.types).not.toContain('proposal.submitted')
  expect(t.app.events.find((event) => event.type === 'agent.finished')?.data).toMatchObject({ commits: 0, files: 0 })
  expect(t.app.events.at(-1)?.data).toMatchObject({ outcome: 'completed' })
})

test('an agent that fails is reported with its reason, the sandbox goes, and the exit code is 1', async () => {
  await using t = await testWorld({ instructions: 'stub: fail' })
  expect(await t.run()).toBe(1)
  expect(t.app.types.slice(-3)).toEqual(['agent.failed', 'sandbox.destroyed', 'executor.finished'])
  expect(t.app.events.at(-3)?.data).toMatchObject({ reason: 'agent_failed', exitCode: 1 })
  expect(t.sandboxes.destroyed).toEqual(['sb-1'])
  expect(t.printed()).toContain('::error title=The agent failed')
})

test('an agent that takes too long is ended and reported as timed out', async () => {
  await using t = await testWorld({
    instructions: 'stub: hang',
    answer: (answer) => ({ ...answer, agent: { name: 'stub', timeoutMs: 300 } }),
  })
  expect(await t.run()).toBe(1)
  expect(t.app.events.find((event) => event.type === 'agent.failed')?.data).toMatchObject({ reason: 'agent_timeout' })
})

test('an agent that this version does not have is a failure with a sentence', async () => {
  await using t = await testWorld({ answer: (answer) => ({ ...answer, agent: { name: 'other', timeoutMs: 1_000 } }) })
  expect(await t.run()).toBe(1)
  expect(t.app.events.find((event) => event.type === 'agent.failed')?.data).toMatchObject({
    detail: expect.stringContaining('no agent "other"') as string,
  })
})

test('when no sandbox can be had, the reason is reported and the job says: try again', async () => {
  await using t = await testWorld()
  t.sandboxes.refuse = 'sandbox_rate_limited'
  expect(await t.run()).toBe(75)
  expect(t.app.types).toEqual(['executor.started', 'sandbox.requested', 'sandbox.acquire_failed', 'executor.finished'])
  expect(t.app.events[2]?.data).toMatchObject({ reason: 'sandbox_rate_limited', detail: 'There is no room.' })
})

test('a base commit that is not there fails the executor, in words and without the token', async () => {
  await using t = await testWorld({ answer: (a) => ({ ...a, base: { ref: 'main', sha: 'f'.repeat(40) } }) })
  expect(await t.run()).toBe(75)
  expect(t.app.types.slice(-2)).toEqual(['sandbox.destroyed', 'executor.finished'])
  expect(t.app.events.at(-1)?.data).toMatchObject({ outcome: 'failed', reason: 'executor_failed' })
  expect(t.app.payloads.at(-1)).toContain('git fetch failed')
})

test('a sandbox that does not go at first is destroyed all the same', async () => {
  await using t = await testWorld({ instructions: 'stub: no-change' })
  t.sandboxes.destroyFailures = 2
  expect(await t.run()).toBe(0)
  expect(t.sandboxes.destroyed).toEqual(['sb-1'])
  expect(t.app.types).toContain('sandbox.destroyed')
})
