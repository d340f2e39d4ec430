/** Who did what to a Run is on record, by whichever way they asked: nothing is lost, nothing is told twice. */
import { expect, test } from 'vitest'

import { sweep } from '../loops/sweep.ts'
import { START, binding, request, tellStory } from '../../test/support/story.ts'
import { ACT_LISTED_MS_MAX, defaultClocks } from './policy.ts'
import { SwitchedOff } from './switched-off.ts'

const quiet = { info() {}, warn() {}, error() {} }

test('each act of a person is one line: who, what, to which Run, how, when and why', async () => {
  const story = tellStory()
  await story.request({ ip: '203.0.113.9' })
  await story.submit({ type: 'cancel', by: 'api:ci', reason: 'a mistake', via: 'api', at: 0 })
  story.pass(60_000)
  await story.engine.retry(story.run.id, 'hubot', 2, { via: 'check' })
  await story.submit({ type: 'kill', by: 'monalisa', reason: null, via: 'comment', at: 0 })
  const { id, issue, repository } = story.run
  const of = { target: `run:${id}`, repository: `${repository.owner}/${repository.name}`, issue: issue.number }
  const done = { ...of, outcome: 'allowed', why: null }
  expect(story.acts()).toEqual([
    {
      ...done,
      once: `${id}/1`,
      at: START,
      actor: 'person:octocat',
      action: 'run.assign',
      reason: 'started',
      via: 'comment',
      ip: '203.0.113.9',
    },
    {
      ...done,
      once: `${id}/2`,
      at: START,
      actor: 'token:ci',
      action: 'run.cancel',
      reason: 'requested',
      why: 'a mistake',
      via: 'api',
    },
    {
      ...done,
      once: `${id}/4`,
      at: START + 60_000,
      actor: 'person:hubot',
      action: 'run.retry',
      reason: 'retried',
      via: 'check',
    },
    {
      ...done,
      once: `${id}/5`,
      at: START + 60_000,
      actor: 'person:monalisa',
      action: 'run.kill',
      reason: 'killed',
      via: 'comment',
    },
  ])
  expect(JSON.stringify(story.events)).not.toContain('203.0.113.9')
})

test('a request that is handled again after a crash is no second act', async () => {
  const story = tellStory()
  await story.request()
  await story.request()
  expect(story.acts()).toHaveLength(1)
})

test('a trail that is away fails no act; the line stays owed and is written when the sweep comes', async () => {
  const story = tellStory()
  story.loseTrail(true)
  const { run, created } = await story.request()
  expect([created, story.acts()]).toEqual([true, []])
  await story.submit({ type: 'cancel', by: 'octocat', reason: null, via: 'api', at: 0 })
  expect(story.run.status).toBe('cancelled')
  story.pass(ACT_LISTED_MS_MAX)
  await sweep(story.engine, story.now, quiet)
  expect(story.rows.get(run.id)!.acts).toHaveLength(2)

  story.loseTrail(false)
  await sweep(story.engine, story.now, quiet)
  expect(story.acts().map(({ action }) => action)).toEqual(['run.assign', 'run.cancel'])
  expect(story.rows.get(run.id)).toMatchObject({ acts: [], sweepAt: null })
})

test('a replica that dies right after its write leaves the line to another one', async () => {
  const story = tellStory()
  const { run } = await story.request()
  const other = tellStory({ over: story })
  expect(other.acts()).toEqual([])
  await other.engine.claimEffect(run.id, START)
  expect(story.rows.get(run.id)!.acts, 'an effect carries on what it does not know to be written').toHaveLength(1)
  await sweep(other.engine, START + ACT_LISTED_MS_MAX, quiet)
  expect(other.acts()).toMatchObject([{ action: 'run.assign', once: `${run.id}/1` }])
  expect(story.rows.get(run.id)!.acts).toEqual([])
})

test('where nothing goes wrong the next write of the Run takes the line off it', async () => {
  const story = tellStory()
  const { run } = await story.request()
  expect(story.rows.get(run.id)!.acts).toHaveLength(1)
  await story.engine.claimEffect(run.id, START)
  const { acts, sweepAt } = story.rows.get(run.id)!
  expect(acts).toEqual([])
  expect(sweepAt, 'the Run’s own clock').toBe(story.run.deadlineAt)
})

test('what the app does by itself is nobody’s act', async () => {
  const story = tellStory()
  await story.upTo('agent.started')
  await story.submit({ type: 'cancel', by: 'octocat', reason: null, via: 'comment', at: 0 })
  story.pass(defaultClocks.cancelGraceMs)
  await story.tick()
  expect(story.run.stop?.kind, 'the app has gone over to a kill').toBe('kill')
  expect(story.acts().map(({ action }) => action)).toEqual(['run.assign', 'run.cancel'])
})

test('a cancel in GitHub Actions stands under its job, because only GitHub knows who pressed it', async () => {
  const story = tellStory()
  await story.upTo('agent.started')
  const data = { outcome: 'cancelled', reason: null, detail: 'The job was cancelled.' } as const
  await story.report({ type: 'executor.finished', data })
  expect(story.acts().at(-1)).toMatchObject({
    actor: `executor:${binding.bind}`,
    action: 'run.cancel',
    via: 'actions',
    why: 'The job was cancelled.',
  })
})

test('refusals are on record with their reason, and whoever keeps asking fills nothing', async () => {
  const story = tellStory()
  const { run } = await story.request()
  const trigger = (id: string) => ({ trigger: { via: 'comment', id, commentId: null, url: null } as const })
  for (const id of ['again', 'and again']) await story.request(trigger(id))
  story.flip(true)
  const elsewhere = { ...request, issue: { ...request.issue, number: 7 } }
  for (const id of ['one', 'two']) {
    await expect(story.request({ ...elsewhere, ...trigger(id) })).rejects.toBeInstanceOf(SwitchedOff)
    await story.engine.resume(run.id, 'hubot', 'api')
  }
  story.pass(24 * 3_600_000)
  await story.engine.resume(run.id, 'hubot', 'api')
  const lines = story.acts().map(({ actor, action, target, reason }) => [actor, action, target, reason])
  expect(lines).toEqual([
    ['person:octocat', 'run.assign', `run:${run.id}`, 'started'],
    ['person:octocat', 'run.assign', `run:${run.id}`, 'run_live'],
    ['person:octocat', 'run.assign', 'issue:acme/shop#7', 'switched_off'],
    ['person:hubot', 'run.resume', `run:${run.id}`, 'switched_off'],
    ['person:hubot', 'run.resume', `run:${run.id}`, 'switched_off'],
  ])
})
