/** Pause and resume of the job: the work goes to the app at a checkpoint, and the next job goes on from there. */
import { expect, test } from 'vitest'

import type { Agent } from './src/agents/agent.ts'
import { stubLine } from './src/agents/stub.ts'
import { RUN_ID, testWorld } from '../../test/support/run-agent/world.ts'
import type { TestWorld } from '../../test/support/run-agent/world.ts'

const SLOW = 'stub: slow 60000\nstub: commits 2'
const QUICK = 'stub: commits 2'

const done = ({ app }: TestWorld): number[] =>
  app.events.flatMap((e) => (e.type === 'agent.progressed' && e.data.state === 'completed' ? [e.data.step] : []))

/** Starts a job whose steps take for ever, and asks for a pause in its first one: that one is finished early. */
async function pauseOneStepOn(t: TestWorld): Promise<void> {
  const job = t.run()
  await Promise.all([t.app.until('agent.progressed'), t.app.until('control')])
  t.app.control('pause')
  expect(await job).toBe(0)
  expect(t.app.events.at(-1)?.data).toEqual({ outcome: 'paused', reason: null, detail: 'The app asked to pause.' })
}

/** The one proposal, its commits with what each appended. */
function proposed({ app }: TestWorld): string[] {
  const [proposal, ...more] = [...app.proposals.values()]
  expect(more).toEqual([])
  return (proposal?.commits ?? []).map(({ files: [file] }) =>
    file?.change === 'put' ? Buffer.from(file.contentBase64, 'base64').toString() : '',
  )
}
const readme = (parts: number): string =>
  ['# Shop', ...Array.from({ length: parts }, (_, i) => stubLine(101, RUN_ID, i + 1, 2)), ''].join('\n')

test('what cannot be kept is released; new sandboxes go on from each checkpoint to one proposal', async () => {
  // Every step comes to its end before the job does.
  await using t = await testWorld({ instructions: SLOW, timing: { pauseGraceMs: 30_000 } })
  const steps: number[][] = []
  // Before an edit, between an edit and its commit, and between two commits.
  for (let job = 0; job < 3; job++) {
    if (job > 0) t.nextJob()
    await pauseOneStepOn(t)
    steps.push(done(t))
    expect(t.app.types.slice(-3)).toEqual(['checkpoint.saved', 'sandbox.destroyed', 'executor.finished'])
  }
  expect(steps).toEqual([[1], [2], [3]])

  t.nextJob({ instructions: QUICK })
  expect(await t.run()).toBe(0)
  expect(done(t)).toEqual([4, 5])
  expect(proposed(t)).toEqual([readme(1), readme(2)])
  expect(t.sandboxes.destroyed).toEqual(['sb-1', 'sb-2', 'sb-3', 'sb-4'])
  expect(t.app.events.find((e) => e.type === 'proposal.submitted')?.data).toMatchObject({ commits: 2, additions: 2 })
})

test('what can be kept is paused and comes back as it was left, with a lifetime of its own', async () => {
  await using t = await testWorld({ instructions: SLOW })
  t.sandboxes.pauses = true
  await pauseOneStepOn(t)
  t.nextJob()
  await pauseOneStepOn(t)
  expect(t.app.types).toEqual(expect.arrayContaining(['sandbox.resumed', 'workspace.prepared', 'sandbox.paused']))
  expect(t.app.types).not.toContain('sandbox.requested')
  expect(t.file('state')).toMatch(/sandbox[^\n]*\n\n?[^{]*$/)

  t.nextJob({ instructions: QUICK })
  expect(await t.run()).toBe(0)
  expect(proposed(t)).toEqual([readme(1), readme(2)])
  expect(t.sandboxes.attached).toEqual([
    ['sb-1', 120_000],
    ['sb-1', 120_000],
  ])
  expect([t.sandboxes.acquired.length, t.sandboxes.destroyed]).toEqual([1, ['sb-1']])
})

test('a paused sandbox that is gone is no loss: a new one goes on from the checkpoint', async () => {
  await using t = await testWorld({ instructions: SLOW })
  t.sandboxes.pauses = true
  await pauseOneStepOn(t)
  t.nextJob({ instructions: QUICK })
  t.sandboxes.destroyed.push('sb-1')
  expect(await t.run()).toBe(0)
  expect(proposed(t)).toEqual([readme(1), readme(2)])
  expect(t.app.types.slice(1, 3)).toEqual(['sandbox.requested', 'sandbox.acquired'])
})

test('a provider that is busy for a moment costs no work, although only the paused sandbox has it', async () => {
  await using t = await testWorld({ instructions: SLOW })
  t.sandboxes.pauses = true
  await pauseOneStepOn(t)
  t.nextJob({ instructions: QUICK, resume: { step: 1, sandboxId: 'sb-1', bundleBase64: null } })
  t.sandboxes.attachFailures = 1
  const ends = t.app.until('proposal.submitted').then(() => [...t.sandboxes.destroyed])
  expect(await t.run()).toBe(0)
  expect(t.app.types).toContain('sandbox.resumed')
  expect(proposed(t)).toEqual([readme(1), readme(2)])
  expect([t.sandboxes.attached.length, await ends, t.sandboxes.destroyed]).toEqual([2, [], ['sb-1']])
})

/** A job that comes after a pause, and a provider that does not bring its sandbox back. */
async function resumeInVain(t: TestWorld, resume = {}): Promise<number> {
  t.sandboxes.pauses = true
  await pauseOneStepOn(t)
  t.nextJob({ instructions: QUICK, ...resume })
  t.sandboxes.attachFailures = Infinity
  const exitCode = await t.run()
  expect(t.sandboxes.attached.length).toBeGreaterThan(2)
  return exitCode
}

test('a sandbox that does not come back and alone has the work is left to the app, and not called gone', async () => {
  await using t = await testWorld({ instructions: SLOW })
  expect(await resumeInVain(t, { resume: { step: 1, sandboxId: 'sb-1', bundleBase64: null } })).toBe(75)
  const detail = expect.stringMatching(/could not be brought back, and only it has .* provider is busy/) as string
  const data = { reason: 'sandbox_provider_error', detail }
  expect(t.app.events.at(-2)).toMatchObject({ type: 'sandbox.acquire_failed', data })
  expect(t.sandboxes.destroyed).toEqual([])
})

test('a sandbox that does not come back is replaced where the checkpoint has the work, within the same time', async () => {
  await using t = await testWorld({ instructions: SLOW })
  expect(await resumeInVain(t)).toBe(0)
  expect(proposed(t)).toEqual([readme(1), readme(2)])
  expect(t.sandboxes.destroyed).toEqual(['sb-1', 'sb-2'])
  expect(t.sandboxes.acquired.at(-1)?.acquireTimeoutMs).toBeLessThan(10_000)
})

test('a cancel while a paused sandbox is brought back ends the job and not the sandbox: that is the app’s to do', async () => {
  await using t = await testWorld({ instructions: SLOW })
  t.sandboxes.pauses = true
  await pauseOneStepOn(t)
  t.nextJob()
  t.sandboxes.attach = async () => {
    await t.app.until('control')
    t.app.control('cancel')
    return new Promise(() => {})
  }
  expect(await t.run()).toBe(0)
  expect(t.app.events.at(-1)?.data).toMatchObject({ outcome: 'cancelled' })
  expect(t.sandboxes.destroyed).toEqual([])
})

test('a sandbox that cannot be paused is released, and the checkpoint has the work', async () => {
  await using t = await testWorld({ instructions: SLOW })
  t.sandboxes.pauses = true
  t.sandboxes.pauseFails = true
  await pauseOneStepOn(t)
  expect(t.app.types.slice(-3)).toEqual(['checkpoint.saved', 'sandbox.destroyed', 'executor.finished'])
})

/** After its one step there are that many bytes of work; then it waits until somebody asks for a pause. */
const bulky = (bytes: number): Agent => ({
  name: 'stub',
  async run(context) {
    await context.exec(['sh', '-c', `head -c ${bytes} /dev/urandom >bulk`])
    context.progress({ step: 1, of: 2, title: 'Write much', state: 'completed' })
    await new Promise((resolve) => context.signal.addEventListener('abort', resolve, { once: true }))
    context.progress({ step: 2, of: 2, title: 'Write more', state: 'started' })
    throw new Error('The second step is never done.')
  },
})
const TOO_LARGE_BYTES = 4_000_000

const ONLY_IN_THE_SANDBOX = 'could not be paused, and only it had the work so far: the provider is down'
const lost = expect.stringContaining(ONLY_IN_THE_SANDBOX) as string

test('work of some megabytes is stored like that of a line', async () => {
  await using t = await testWorld()
  t.world.agentFor = () => Promise.resolve(bulky(2_500_000))
  await pauseOneStepOn(t)
  const saved = t.app.events.find((event) => event.type === 'checkpoint.saved')
  expect(saved?.data.bytes).toBeGreaterThan(2_500_000)
  expect(t.app.checkpoints.size).toBe(1)
})

test('work that only a sandbox has which cannot be paused is not called paused: the job fails and says why', async () => {
  await using t = await testWorld()
  t.sandboxes.pauses = true
  t.sandboxes.pauseFails = true
  t.world.agentFor = () => Promise.resolve(bulky(TOO_LARGE_BYTES))
  const job = t.run()
  await Promise.all([t.app.until('agent.progressed'), t.app.until('control')])
  t.app.control('pause')
  expect(await job).toBe(75)
  expect(t.app.events.slice(-3)).toMatchObject([
    { type: 'checkpoint.saved', data: { digest: null, step: 1 } },
    { type: 'sandbox.destroyed' },
    { type: 'executor.finished', data: { outcome: 'failed', reason: 'executor_failed', detail: lost } },
  ])
})

test('nor is it after a pause that went well, when the next one comes before anything could be prepared', async () => {
  await using t = await testWorld({
    answer: (answer) => ({ ...answer, limits: { ...answer.limits, heartbeatMs: 20 } }),
  })
  t.sandboxes.pauses = true
  t.world.agentFor = () => Promise.resolve(bulky(TOO_LARGE_BYTES))
  await pauseOneStepOn(t)
  expect(t.app.events.at(-3)).toMatchObject({ type: 'checkpoint.saved', data: { digest: null } })

  t.nextJob()
  t.sandboxes.pauseFails = true
  const attach = t.sandboxes.attach.bind(t.sandboxes)
  t.sandboxes.attach = async (...args) => {
    t.app.wanted = 'pause'
    // The second heartbeat is sent when the answer to the first is known.
    for (let beats = 0; beats < 2; beats++) await t.app.until('heartbeat')
    return attach(...args)
  }
  expect(await t.run()).toBe(75)
  expect(t.app.types).not.toContain('workspace.prepared')
  expect(t.app.events.at(-1)?.data).toEqual({ outcome: 'failed', reason: 'executor_failed', detail: lost })
})

test('without its checkpoint and without its sandbox the work is lost, and the job says so', async () => {
  await using t = await testWorld({ instructions: QUICK })
  t.nextJob({ resume: { step: 2, sandboxId: 'sb-9', bundleBase64: null } })
  expect(await t.run()).toBe(75)
  expect(t.app.events.at(-2)).toMatchObject({
    type: 'sandbox.acquire_failed',
    data: { reason: 'sandbox_provider_error', detail: expect.stringContaining('only it had the work so far') },
  })
})

test('a pause before there is a sandbox ends the job without one', async () => {
  await using t = await testWorld({ answer: (answer) => ({ ...answer, wanted: 'pause' }) })
  expect(await t.run()).toBe(0)
  expect(t.app.types).toEqual(['executor.started', 'executor.finished'])
  expect(t.sandboxes.acquired).toEqual([])
})

test('a step that does not come to its end is ended after the grace, and is not done', async () => {
  await using t = await testWorld({ instructions: 'stub: hang' })
  const job = t.run()
  await Promise.all([t.app.until('agent.progressed'), t.app.until('control')])
  await expect.poll(() => done(t)).toEqual([1])
  t.app.control('pause')
  expect(await job).toBe(0)
  expect(t.app.types).not.toContain('agent.failed')
  expect(t.app.events.find((e) => e.type === 'checkpoint.saved')?.data).toMatchObject({ step: 1, commits: 0 })
})

test('a cancel that comes while the work is put away counts, and so does a kill', async () => {
  for (const stop of ['cancel', 'kill'] as const) {
    await using t = await testWorld({ instructions: SLOW })
    t.app.fault = ({ route }) => {
      if (route === 'proposals') t.app.control(stop)
      return undefined
    }
    const job = t.run()
    await Promise.all([t.app.until('agent.progressed'), t.app.until('control')])
    t.app.control('pause')
    expect(await job).toBe(0)
    expect(t.sandboxes.destroyed).toEqual(['sb-1'])
    const outcomes = t.app.events.flatMap((e) => (e.type === 'executor.finished' ? [e.data.outcome] : []))
    expect(outcomes).toEqual(stop === 'cancel' ? ['cancelled'] : [])
  }
})

test('an app that is away finds the checkpoint in the artifact of the job', async () => {
  await using t = await testWorld({ instructions: SLOW, timing: { flushMsMax: 300 } })
  const job = t.run()
  await Promise.all([t.app.until('agent.progressed'), t.app.until('control')])
  t.app.control('pause')
  t.app.fault = () => 503
  expect(await job).toBe(0)
  expect(t.file('output')).toMatch(/deckhand-undelivered-r_\w{10}\.ndjson[\s\S]*deckhand-proposal-[0-9a-f]{64}\.json/)
})
