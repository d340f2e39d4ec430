/** What a pause saves and a resume brings back: whatever the agent left lying about, it goes on as if nobody had paused. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { CHECKPOINT_REF } from '#contracts/executor.ts'
import type { Checkpoint } from '#contracts/executor.ts'

import type { Agent } from './src/agents/agent.ts'
import { git } from '../../test/support/git.ts'
import { testWorld } from '../../test/support/run-agent/world.ts'
import type { Options, TestWorld } from '../../test/support/run-agent/world.ts'

/** One script a step; what is done before a pause is not done again. */
const scripted = (...scripts: string[]): Agent => ({
  name: 'stub',
  async run(context) {
    for (const [index, script] of scripts.entries()) {
      const step = { step: index + 1, of: scripts.length, title: script.slice(0, 120) }
      if (step.step <= context.resumedAfter) continue
      context.progress({ ...step, state: 'started' })
      const { exitCode, stderr } = await context.exec(['sh', '-ec', script])
      if (exitCode !== 0) throw new Error(stderr)
      // The first step ends with the pause.
      if (step.step === 1 && !context.signal.aborted)
        await new Promise((resolve) => context.signal.addEventListener('abort', resolve, { once: true }))
      context.progress({ ...step, state: 'completed' })
    }
    return { summary: 'Done.', risks: [], handoff: { goal: 'g', did: 'd', forNextAgent: '' } }
  },
})

interface Story extends Options {
  /** The sandbox is kept; else the checkpoint has all. */
  keeps?: boolean
  steps: [first: string, second: string]
}

/** A job that is paused in its first step, which is done. */
async function pausedJob({ steps, keeps = false, ...options }: Story): Promise<TestWorld> {
  const t = await testWorld({ timing: { pauseGraceMs: 60_000 }, ...options })
  t.sandboxes.pauses = keeps
  t.world.agentFor = () => Promise.resolve(scripted(...steps))
  const job = t.run()
  await Promise.all([t.app.until('agent.progressed'), t.app.until('control')])
  t.app.control('pause')
  await job
  return t
}

const outcome = ({ app }: TestWorld): unknown => app.events.at(-1)?.data
const PAUSED = { outcome: 'paused', reason: null, detail: 'The app asked to pause.' }

/** The next job does the second step. The files that are proposed then, commit by commit. */
async function resumed(t: TestWorld): Promise<string[][]> {
  t.nextJob()
  expect(await t.run()).toBe(0)
  expect(t.app.types).toContain('agent.finished')
  return [...t.app.proposals.values()].flatMap(({ commits }) =>
    commits.map(({ files }) => files.map(({ path }) => path)),
  )
}

const said = ({ app }: TestWorld): string => app.logs.map(({ text }) => text).join('\n')

const NESTED = 'git init -q sub; echo work >note'
const FILTERED = [
  'git config filter.gone.clean /nonexistent',
  'git config filter.gone.required true',
  'echo "model.bin filter=gone" >.gitattributes',
  'echo model >model.bin; echo work >note; rm README.md',
].join('\n')

test('a nested repository without a commit does not stand in the way of a pause', async () => {
  await using t = await pausedJob({ steps: [NESTED, 'git add note; git commit -qm note'] })
  expect(outcome(t)).toEqual(PAUSED)
  expect(said(t)).toMatch(/Not everything .* could be saved.*'sub\/' does not have a commit/s)
  expect(await resumed(t)).toEqual([['note']])
})

test('nor where the sandbox is kept', async () => {
  await using t = await pausedJob({
    keeps: true,
    steps: [NESTED, 'test -d sub/.git; git add note; git commit -qm note'],
  })
  expect(outcome(t)).toEqual(PAUSED)
  expect(t.app.types).toContain('sandbox.paused')
  expect(await resumed(t)).toEqual([['note']])
})

test('a file whose filter fails is left out, and every other change is saved', async () => {
  await using t = await pausedJob({ steps: [FILTERED, 'test ! -e model.bin; git add --all; git commit -qm all'] })
  expect(outcome(t)).toEqual(PAUSED)
  expect(said(t)).toContain('Not everything')
  expect(await resumed(t)).toEqual([['.gitattributes', 'README.md', 'note']])
})

test('work that cannot be saved stays in the sandbox that is kept', async () => {
  const steps: Story['steps'] = ['mv .git ../git', 'true']
  await using kept = await pausedJob({ keeps: true, steps })
  expect(outcome(kept)).toEqual(PAUSED)
  expect(kept.app.events.slice(-3)).toMatchObject([
    { type: 'checkpoint.saved', data: { digest: null, bytes: 0, step: 1 } },
    { type: 'sandbox.paused', data: { sandboxId: 'sb-1' } },
    { type: 'executor.finished' },
  ])
  expect(kept.sandboxes.destroyed).toEqual([])
  await using released = await pausedJob({ steps })
  expect(outcome(released)).toMatchObject({ outcome: 'failed', reason: 'executor_failed' })
})

test('what was staged is staged again in another sandbox, and nothing else', async () => {
  const files = { 'README.md': '# Shop\n', '.gitignore': 'dist/\n' }
  const first = 'mkdir dist; echo built >dist/x; git add -f dist/x; echo more >>README.md; echo scratch >notes'
  await using t = await pausedJob({
    files,
    steps: [
      first,
      'git commit -qm build; test "$(git status --porcelain)" = "$(printf " M README.md\\n?? notes")"; git commit -qam more',
    ],
  })
  expect(outcome(t)).toEqual(PAUSED)
  expect(await resumed(t)).toEqual([['dist/x'], ['README.md']])
})

test('locks that a killed command left hinder neither the pause nor the resume', async () => {
  const locks = [
    'touch .git/index.lock .git/HEAD.lock .git/refs/heads/deckhand/work.lock .git/config.lock',
    'touch ../deckhand-checkpoint.bundle.lock ../deckhand-checkpoint.bundle.index.lock; echo work >note',
  ].join('\n')
  await using t = await pausedJob({ keeps: true, steps: [locks, 'git add --all; git commit -qm note'] })
  expect(outcome(t)).toEqual(PAUSED)
  expect(t.app.checkpoints.size).toBe(1)
  expect(await resumed(t)).toEqual([['note']])
  expect(t.app.types).toContain('sandbox.resumed')
})

/** As an earlier action saved it: without what was staged. */
async function saveAsBefore({ app, dir, sha }: TestWorld): Promise<void> {
  const [[digest, checkpoint]] = [...app.checkpoints] as [[string, Checkpoint]]
  const [path, bare] = [join(dir, 'before.bundle'), join(dir, 'acme', 'shop.git')]
  writeFileSync(path, Buffer.from(checkpoint.bundleBase64, 'base64'))
  await git(bare, 'fetch', '--quiet', path, `${CHECKPOINT_REF}:${CHECKPOINT_REF}`)
  const [tree, parent] = [`${CHECKPOINT_REF}^{tree}`, `${CHECKPOINT_REF}^`]
  const identity = ['-c', 'user.name=x', '-c', 'user.email=x@example.com']
  const commit = await git(bare, ...identity, 'commit-tree', tree, '-p', parent, '-m', 'Not committed yet')
  await git(bare, 'update-ref', CHECKPOINT_REF, commit.trim())
  await git(bare, 'bundle', 'create', '--quiet', path, `${sha}..${CHECKPOINT_REF}`)
  app.checkpoints.set(digest, { ...checkpoint, bundleBase64: readFileSync(path, 'base64') })
}

test('a checkpoint of an action that did not know what is staged is restored as it was', async () => {
  await using t = await pausedJob({
    steps: ['echo one >one; git add one; git commit -qm one; echo two >two', 'git add two; git commit -qm two'],
  })
  await saveAsBefore(t)
  expect(await resumed(t)).toEqual([['one'], ['two']])
})
