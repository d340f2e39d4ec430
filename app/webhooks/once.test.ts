/** A command works once, and on nothing that was asked for after it was written, however late and often it is delivered. */
import { expect, test } from 'vitest'

import { openShopWithHandlers } from '../../test/support/shop-with-handlers.ts'
import { happyReports, pauseReports } from '../../test/support/story.ts'
import type { ShopWithHandlers } from '../../test/support/shop-with-handlers.ts'

/** The shop on a GitHub whose clock goes on with the story's. */
async function open() {
  let aheadMs = 0
  const w = await openShopWithHandlers({ now: () => Date.now() + aheadMs })
  return Object.assign(w, {
    pass: (ms: number): void => {
      aheadMs += ms
      w.story.pass(ms)
    },
    /** A comment whose delivery is lost, or not worked off yet. */
    written: async (body: string, by = 'octocat'): Promise<number> => {
      const { id } = w.local.comment({ repository: 'acme/shop', number: w.issue, by, body })
      await w.newest('issue_comment')
      return id
    },
    reactionIsLost: (): void =>
      w.local.faults.failNext({ method: 'POST', path: /reactions$/, status: 502, apply: 'before' }),
  })
}

const stood = (w: ShopWithHandlers) => w.runs().map(({ attempt, status }) => `${status} in attempt ${attempt}`)
const failed = (w: ShopWithHandlers) => {
  const outcome = { type: 'refused', data: { reason: 'dispatch_failed', detail: null } } as const
  return w.engine.submit(w.runs()[0]!.id, { type: 'outcome', outcome, at: w.story.now })
}

test('a cancel that is worked on again leaves the run alone that was asked for meanwhile', async () => {
  await using w = await open()
  await w.say('/assign-agent')
  const comment = await w.written('/agent cancel')
  w.reactionIsLost()
  await expect(w.again(comment)).rejects.toThrow('502')
  w.pass(5_000)
  await w.say('/assign-agent')
  expect(stood(w)).toEqual(['cancelled in attempt 1', 'queued in attempt 1'])
  expect(await w.again(comment)).toMatchObject({
    outcome: 'processed',
    reason: `${w.runs()[0]!.id} is being cancelled`,
  })
  expect(stood(w)).toEqual(['cancelled in attempt 1', 'queued in attempt 1'])
  expect(w.replies()).toEqual([])
})

test.each([
  ['cancel', 'octocat'],
  ['kill', 'monalisa'],
])('a late %s means the run of its time, not the one after it', async (verb, by) => {
  await using w = await open()
  await w.say('/assign-agent')
  const comment = await w.written(`/agent ${verb}`, by)
  w.pass(5_000)
  await failed(w)
  await w.say('/assign-agent')
  expect(await w.again(comment)).toMatchObject({ outcome: 'processed', reason: 'explained' })
  expect(stood(w)).toEqual(['failed in attempt 1', 'queued in attempt 1'])
  expect(w.replies().at(-1)).toContain(w.runs()[0]!.id)
})

test.each([
  ['without an id', ''],
  ['with the id of the Run', ' $id'],
])('a late kill %s means the attempt of its time, not the next one', async (_, named) => {
  await using w = await open()
  await w.say('/assign-agent')
  const { id } = w.runs()[0]!
  const comment = await w.written(`/agent kill${named.replace('$id', id)}`, 'monalisa')
  w.pass(5_000)
  await failed(w)
  await w.say('/agent retry')
  await w.again(comment)
  expect(stood(w)).toEqual(['queued in attempt 2'])
  expect(w.replies().at(-1)).toContain(
    `This was written before attempt 2 of Run ${id} was asked for, so it changes nothing. Write it again if you mean that one.`,
  )
})

test.each(['cancel', 'pause', 'say', 'retry'])(
  'a late %s that names its Run leaves the next attempt alone; the status is that of now',
  async (verb) => {
    await using w = await open()
    await w.say('/assign-agent')
    const { id } = w.runs()[0]!
    const comment = await w.written(`/agent ${verb} ${id} Not so fast.`)
    const question = await w.written(`/agent status ${id}`)
    w.pass(5_000)
    await failed(w)
    await w.say('/agent retry')
    await w.again(comment)
    expect(stood(w)).toEqual(['queued in attempt 2'])
    expect(w.replies().at(-1)).toContain(`This was written before attempt 2 of Run ${id} was asked for`)
    expect(await w.again(question)).toMatchObject({ reason: 'status' })
  },
)

test('a command that comes before its run was made here still means it, because GitHub tells both times', async () => {
  await using w = await open()
  const assign = await w.written('/assign-agent')
  w.pass(5_000)
  const cancel = await w.written('/agent cancel')
  // Here it is ten minutes later by now.
  w.story.pass(Date.now() + 600_000 - w.story.now)
  await w.again(assign)
  await w.again(cancel)
  expect(stood(w)).toEqual(['cancelled in attempt 1'])
})

test('one retry opens one attempt, whatever became of that one', async () => {
  await using w = await open()
  await w.say('/assign-agent')
  await w.say('/agent cancel')
  const comment = await w.written('/agent retry')
  w.reactionIsLost()
  await expect(w.again(comment)).rejects.toThrow('502')
  expect(stood(w)).toEqual(['queued in attempt 2'])
  expect(await w.again(comment)).toMatchObject({ reason: `${w.runs()[0]!.id} is in attempt 2` })
  await failed(w)
  expect(await w.again(comment)).toMatchObject({ reason: `${w.runs()[0]!.id} is in attempt 2` })
  expect(stood(w)).toEqual(['failed in attempt 2'])
  await w.say('/agent retry')
  expect(stood(w)).toEqual(['queued in attempt 3'])
})

test('a pause that is worked on again does not pause what was resumed since', async () => {
  await using w = await open()
  await w.say('/assign-agent')
  w.story.follow(w.runs()[0]!.id)
  await w.story.dispatched()
  await w.story.bind()
  w.story.newJob()
  for (const event of happyReports.slice(0, 4)) await w.story.report(event)
  const pause = await w.written('/agent pause')
  await w.again(pause)
  for (const event of pauseReports) await w.story.report(event)
  expect(w.story.run.status).toBe('paused')
  const resume = await w.written('/agent resume')
  await w.again(resume)
  await w.again(pause)
  expect(w.story.run).toMatchObject({ status: 'running', pause: null })
  expect(w.replies()).toEqual([])
})

test('taking the label off means the run of its time, not that of a label put on later', async () => {
  await using w = await open()
  const label = { repository: 'acme/shop', number: w.issue, by: 'octocat', label: 'agent' }
  w.local.addLabel(label)
  await w.last('issues')
  w.pass(2_000)
  w.local.removeLabel(label)
  const late = await w.newest('issues')
  await failed(w)
  w.pass(2_000)
  w.local.addLabel(label)
  await w.last('issues')
  expect(await w.receive('issues', late)).toMatchObject({ outcome: 'ignored' })
  expect(stood(w)).toEqual(['failed in attempt 1', 'queued in attempt 1'])
})

test('only taking off the label that started a run cancels it, whatever its case', async () => {
  await using w = await open()
  const label = (name: string) => ({ repository: 'acme/shop', number: w.issue, by: 'octocat', label: name })
  w.local.addLabel(label('Agent:Stub'))
  await w.last('issues')
  expect(w.runs()).toMatchObject([{ agent: 'stub', status: 'queued' }])
  w.local.addLabel(label('agent'))
  await w.last('issues')
  w.local.removeLabel(label('agent'))
  expect(await w.last('issues')).toMatchObject({ reason: 'no run that this label started' })
  expect(stood(w)).toEqual(['queued in attempt 1'])
  w.local.removeLabel(label('Agent:Stub'))
  await w.last('issues')
  expect(stood(w)).toEqual(['cancelled in attempt 1'])
})

test('while all agents are off nobody opens the next attempt, and it is on record who asked', async () => {
  await using w = await open()
  await w.say('/assign-agent')
  await w.say('/agent cancel')
  w.flip(true)
  await w.say('/agent retry')
  expect(stood(w)).toEqual(['cancelled in attempt 1'])
  expect(w.replies().at(-1)).toContain(
    `An admin has switched all agents off, so Run ${w.runs()[0]!.id} has no new attempt.`,
  )
  expect(w.story.acts().at(-1)).toMatchObject({ action: 'run.retry', outcome: 'refused', reason: 'switched_off' })
})
