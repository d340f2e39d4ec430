/** Pause and resume in the core: what is refused, which clocks stand still, what is owed, and that nothing is lost. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { happyReports, pauseReports, published, tellStory } from '../../test/support/story.ts'
import { isTerminal } from '../contracts/status.ts'
import type { Input } from './inputs.ts'
import { PAUSE_GRACE_MS, defaultClocks } from './policy.ts'
import { foldAll } from './run.ts'

const pause: Input = { type: 'pause', by: 'hubot', via: 'comment', at: 0 }
const cancel: Input = { type: 'cancel', by: 'octocat', reason: null, via: 'comment', at: 0 }
const kill: Input = { type: 'kill', by: 'admin', reason: null, at: 0 }
const [saved, put, finished] = pauseReports as [(typeof pauseReports)[0], ...typeof pauseReports]
const resumed = { type: 'sandbox.resumed', data: { sandboxId: 'sbx_1', ttlMs: 60_000, ms: 9 } } as const
const reaped: Input = {
  type: 'outcome',
  at: 0,
  outcome: { type: 'sandbox.reaped', data: { sandboxId: 'sbx_1', how: 'destroyed' } },
}

test('a Run pauses at a checkpoint, and goes on from it to its one pull request', async () => {
  const story = tellStory()
  await story.upTo('agent.progressed')
  await story.submit(pause)
  expect(story.run).toMatchObject({ status: 'running', phase: 'executing', pause: { by: 'hubot', at: story.now } })
  for (const event of pauseReports) await story.report(event)
  expect(story.run).toMatchObject({
    status: 'paused',
    phase: null,
    reason: 'paused_by_person',
    pause: { by: 'hubot' },
    checkpoint: { step: 2, workedMs: 60_000 },
    sandbox: { id: 'sbx_1', state: 'paused' },
    git: { commits: 1 },
  })
  expect(story.effects()).not.toContain('destroySandbox')

  const first = story.run.dispatch.id
  await story.resume()
  expect(story.run).toMatchObject({ status: 'running', phase: 'dispatching', attempt: 1, pause: null, reason: null })
  expect(story.run.dispatch.id).not.toBe(first)
  expect(story.effects()).toContain('dispatch')

  await story.sent(1)
  story.newJob()
  await story.bind({ workflowRunId: 78 })
  await story.report(happyReports[0]!)
  await story.report(resumed)
  expect(story.run).toMatchObject({ phase: 'preparing', sandbox: { id: 'sbx_1', state: 'live' } })
  for (const event of happyReports.slice(3)) await story.report(event)
  for (const outcome of published) await story.submit(outcome)
  expect(story.run).toMatchObject({ status: 'succeeded', pullRequest: { number: 6 }, sandbox: { state: 'gone' } })
  expect(foldAll(story.run.id, story.events)).toEqual(story.run)
})

test('while it is paused its clock stands still, and what is left of it goes on', async () => {
  const story = tellStory()
  await story.upTo('agent.progressed')
  story.pass(600_000)
  await story.heartbeat()
  await story.submit(pause)
  for (const event of pauseReports) await story.report(event)
  expect(story.run).toMatchObject({ runDeadlineAt: null, deadlineAt: story.now + defaultClocks.pauseMs })

  story.pass(3 * defaultClocks.runMs)
  await story.tick()
  expect(story.run.status).toBe('paused')
  await story.resume()
  await story.sent(1)
  await story.bind()
  expect(story.run.runDeadlineAt).toBe(story.now + defaultClocks.runMs - 600_000)
})

test('seven days are the longest pause: then it has failed, and its sandbox is owed', async () => {
  const story = tellStory()
  await story.paused()
  story.pass(defaultClocks.pauseMs - 1)
  await story.tick()
  expect(story.run.status).toBe('paused')
  story.pass(1)
  await story.tick()
  expect(story.run).toMatchObject({ status: 'failed', reason: 'pause_timeout' })
  expect(story.effects()).toEqual(expect.arrayContaining(['destroySandbox', 'notify']))
})

test('a pause that the job does not come to is given up; one that it comes to later all the same counts', async () => {
  const story = tellStory()
  await story.upTo('agent.started')
  const { deadlineAt } = story.run
  await story.submit(pause)
  expect(story.run.deadlineAt).toBe(story.now + PAUSE_GRACE_MS)
  await story.report(happyReports[5]!)
  expect(story.run.deadlineAt).toBe(story.now + PAUSE_GRACE_MS)
  story.pass(PAUSE_GRACE_MS)
  await story.heartbeat()
  await story.tick()
  expect(story.types().at(-1)).toBe('run.pause_given_up')
  expect(story.run).toMatchObject({ status: 'running', phase: 'executing', pause: null, deadlineAt })
  await story.report(saved)
  await story.report(finished!)
  expect(story.run).toMatchObject({ status: 'paused', pause: { by: 'GitHub Actions' } })
})

test('asked for while a sandbox is being acquired, it leaves that clock in force', async () => {
  const story = tellStory()
  await story.upTo('sandbox.requested')
  await story.submit(pause)
  story.pass(75_000)
  await story.heartbeat()
  await story.tick()
  expect(story.run).toMatchObject({ status: 'failed', reason: 'sandbox_acquire_timeout' })
})

test('a change that is handed over first is published: the pause came too late', async () => {
  const story = tellStory()
  await story.upTo('agent.progressed')
  await story.submit(pause)
  for (const event of happyReports.slice(6)) await story.report(event)
  expect(story.run).toMatchObject({ phase: 'publishing', pause: null })
  for (const outcome of published) await story.submit(outcome)
  expect(story.run.status).toBe('succeeded')
})

test('a sandbox that its job could not put away is ended by the app before the Run can go on', async () => {
  const story = tellStory()
  await story.upTo('agent.progressed')
  await story.submit(pause)
  await story.report(saved)
  await story.report(finished!)
  expect(story.run).toMatchObject({ status: 'paused', sandbox: { state: 'live' } })
  expect(story.effects()).toContain('destroySandbox')
  expect(await story.resume()).toMatchObject({
    refused: 'not_allowed_now',
    message: expect.stringMatching(/^The sandbox of Run r_\w{10} is not confirmed gone yet\./),
  })
  await story.submit(reaped)
  await story.resume()
  expect(story.run).toMatchObject({ status: 'running', sandbox: { state: 'gone' } })
})

describe('a paused Run', () => {
  test('that is cancelled ends at once, and owes its sandbox', async () => {
    const story = tellStory()
    await story.paused()
    await story.submit(cancel)
    expect(story.run).toMatchObject({ status: 'cancelled', reason: 'cancelled_by_person', endedBy: 'octocat' })
    expect(story.effects()).toContain('destroySandbox')
    await story.submit(reaped)
    expect(story.run.sandbox?.state).toBe('gone')
  })

  test('that is killed ends when its sandbox is confirmed gone', async () => {
    const story = tellStory()
    await story.paused()
    await story.submit(kill)
    expect(story.run).toMatchObject({ status: 'paused', phase: 'cancelling', stop: { kind: 'kill' } })
    expect(await story.resume()).toMatchObject({ message: expect.stringContaining('is being stopped already') })
    expect(story.effects()).toContain('destroySandbox')
    await story.submit(reaped)
    expect(story.run).toMatchObject({ status: 'cancelled', reason: 'kill', sandbox: { state: 'gone' } })
  })

  test('whose sandbox nobody can confirm dead ends killed in time, and goes on to owe it', async () => {
    const story = tellStory()
    await story.paused()
    await story.submit(kill)
    story.pass(story.run.deadlineAt! - story.now)
    await story.tick()
    expect(story.run).toMatchObject({ status: 'cancelled', reason: 'kill', sandbox: { state: 'paused' } })
    expect(story.effects()).toContain('destroySandbox')
  })

  test('is still the one live Run of its issue', async () => {
    const story = tellStory()
    await story.paused()
    const again = await story.request({ trigger: { via: 'comment', id: 'IC_2', commentId: 12, url: null } })
    expect(again).toMatchObject({ created: false, conflict: 'live', run: { status: 'paused' } })
  })

  test('hears no more of its job but the end of the sandbox, and no job can bind to it', async () => {
    const story = tellStory()
    await story.paused()
    expect(await story.report(happyReports[7]!)).toMatchObject({ refused: 'not_allowed_now' })
    expect(await story.bind({ bind: '79.1.1' })).toMatchObject({ refused: 'already_bound' })
    await story.report(happyReports[8]!)
    expect(story.run).toMatchObject({ status: 'paused', sandbox: { state: 'gone' } })
  })

  test('stays paused while the kill switch is on, and when nobody can tell', async () => {
    const story = tellStory()
    await story.paused()
    story.flip(true)
    expect(await story.resume()).toMatchObject({ message: expect.stringContaining('stays paused') })
    story.flip(null)
    await expect(story.resume()).rejects.toThrow('nobody can tell')
    expect(story.run.status).toBe('paused')
    story.flip(false)
    await story.resume()
    expect(story.run.status).toBe('running')
  })
})

test('a resume that no workflow answers fails like a first dispatch', async () => {
  const story = tellStory()
  await story.paused()
  await story.resume()
  await story.sent(1)
  story.pass(defaultClocks.dispatchMs)
  await story.tick()
  expect(story.types().at(-1)).toBe('dispatch.overdue')
  const absent = { dispatchId: story.run.dispatch.id, state: 'absent' as const, workflowRunId: null, conclusion: null }
  await story.submit({ type: 'outcome', at: 0, outcome: { type: 'workflow.observed', data: absent } })
  expect(story.effects()).toContain('dispatch')
  await story.sent(2)
  await story.submit({ type: 'outcome', at: 0, outcome: { type: 'workflow.observed', data: absent } })
  expect(story.run).toMatchObject({ status: 'failed', reason: 'dispatch_timeout' })
  expect(story.effects()).toContain('destroySandbox')
})

test('what GitHub says of a dispatch after its job is there moves no clock', async () => {
  const story = tellStory()
  await story.upTo('agent.started')
  const { deadlineAt } = story.run
  const seen = { dispatchId: story.run.dispatch.id, state: 'in_progress' as const, workflowRunId: 77, conclusion: null }
  await story.submit({ type: 'outcome', at: 0, outcome: { type: 'workflow.observed', data: seen } })
  expect(story.run.deadlineAt).toBe(deadlineAt)
})

test('who comes at the wrong time is told why', async () => {
  const story = tellStory()
  const told = async (answer: Promise<unknown>) => (await (answer as Promise<{ message: string }>)).message
  await story.request()
  const { id } = story.run
  expect(await told(story.submit(pause))).toBe(`Run ${id} is still queued, so there is nothing to pause.`)
  expect(await told(story.resume())).toBe(`Run ${id} is still queued, so there is nothing to resume.`)
  await story.dispatched()
  await story.bind()
  expect(await told(story.resume())).toBe(`Run ${id} is still running, so there is nothing to resume.`)
  await story.submit(pause)
  expect(await told(story.submit(pause))).toBe(`Run ${id} is being paused already.`)
  expect(await told(story.resume())).toBe(`Run ${id} is still being paused. Resume it when it is paused.`)
  await story.report(finished!)
  expect(await told(story.submit(pause))).toBe(`Run ${id} is paused, so there is nothing to pause.`)
  await story.submit(cancel)
  expect(await told(story.resume())).toBe(`Run ${id} was cancelled already, so there is nothing to resume.`)

  const other = tellStory()
  await other.upTo('executor.finished')
  expect(await told(other.submit(pause))).toBe(
    `Run ${other.run.id} is publishing its change, so there is nothing to pause.`,
  )
  for (const outcome of published) await other.submit(outcome)
  expect(await told(other.submit(pause))).toBe(`Run ${other.run.id} already succeeded, so there is nothing to pause.`)
})

test('in any order and any number, people and clocks leave a Run that can end, and a ledger that folds to it', async () => {
  type Story = ReturnType<typeof tellStory>
  const acts: Record<string, (story: Story) => Promise<unknown>> = {
    pause: (story) => story.submit(pause),
    resume: (story) => story.resume(),
    cancel: (story) => story.submit(cancel),
    kill: (story) => story.submit(kill),
    job: async (story) => {
      await story.sent(1)
      if (story.run.dispatch.binding === null) story.newJob()
      return story.bind()
    },
    work: (story) => story.report(happyReports[5]!),
    save: (story) => story.report(saved),
    put: (story) => story.report(put!),
    back: (story) => story.report(resumed),
    finish: (story) => story.report(finished!),
    reaped: (story) => story.submit(reaped),
    tick: (story) => story.tick(),
    minutes: async (story) => story.pass(120_000),
    days: async (story) => story.pass(8 * 24 * 3_600_000),
  }
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...Object.keys(acts)), { maxLength: 40 }), async (order) => {
      const story = tellStory()
      await story.upTo('agent.started')
      for (const name of order) {
        await acts[name]!(story)
        const { run } = story
        expect(run.deadlineAt === null).toBe(isTerminal(run.status))
        expect(run.status === 'paused' && run.runDeadlineAt !== null).toBe(false)
        const owed = run.sandbox !== null && run.sandbox.state !== 'gone'
        expect(isTerminal(run.status) && owed && !story.effects().includes('destroySandbox')).toBe(false)
      }
      expect(foldAll(story.run.id, story.events)).toEqual(story.run)
      for (let days = 0; days < 5 && !isTerminal(story.run.status); days++) {
        story.pass(8 * 24 * 3_600_000)
        await story.tick()
      }
      expect(isTerminal(story.run.status)).toBe(true)
    }),
    { numRuns: 200 },
  )
})
