/**
 * What somebody says to an agent while it works changes what it does next; said to a paused Run it waits for the job
 * that goes on. The ledger shows when each message was sent, when the job had it and when the agent read it.
 */
import { expect, test } from 'vitest'

import type { RunStreamData } from '../../app/contracts/api.ts'
import { LedgerDocument } from '../../app/contracts/ledger.ts'
import { verifyLedger } from '../../cli/ledger/verify.ts'
import { openStage } from '../support/scenario.ts'
import type { Stage } from '../support/scenario.ts'
import { REPOSITORY } from '../stack/world.ts'

/** Slow enough that what is said in the first edit is there before the second one on a busy machine, too. */
const TWO_COMMITS = 'stub: slow 3000\nstub: commits 2'

const started = ({ type, data }: RunStreamData, step: number): boolean =>
  type === 'agent.progressed' && data['step'] === step && data['state'] === 'started'

/** What became of messages, in order. */
const messages = async ({ ledger }: Stage, runId: string) =>
  (await ledger(runId)).flatMap(({ type, data }) =>
    type.startsWith('message.') ? [`${type.slice('message.'.length)} ${String(data['id'])}`] : [],
  )
const fileOf = (stage: Stage, branch: string, path: string) => stage.world.github.readFile(REPOSITORY, branch, path)

test('said in the first edit, it changes the second one', async () => {
  const stage = await openStage({ sandbox: 'local' })
  const { world, ended } = stage
  const { id, issue } = await stage.assign(world.openIssue(), TWO_COMMITS)
  let said = false
  const done = await ended(id, (event) => {
    if (said || !started(event, 2)) return
    said = true
    world.comment(issue.number, '/agent say stub: edit docs/b.md')
  })
  expect(done).toMatchObject({ status: 'succeeded', git: { commits: 2, files: 2 } })
  const run = await stage.run(id)
  expect(await fileOf(stage, run.branch!.name, 'README.md')).toContain('part 1 of 2')
  expect(await fileOf(stage, run.branch!.name, 'docs/b.md')).toContain('part 2 of 2')

  const ids = [...new Set((await messages(stage, id)).map((each) => each.split(' ')[1]))]
  expect(ids).toHaveLength(1)
  expect(await messages(stage, id)).toEqual([`sent ${ids[0]}`, `delivered ${ids[0]}`, `seen ${ids[0]}`])
  const { comments, reactions } = world.github.state
  const asked = comments.find(({ body }) => body.startsWith('/agent say'))
  const given = reactions.filter(({ subject, subjectId }) => subject === 'comment' && subjectId === asked!.id)
  expect(given.map(({ content }) => content)).toEqual(['eyes', 'rocket'])
  const document = LedgerDocument.parse(await (await stage.api(`/api/runs/${id}/ledger`)).json())
  expect(verifyLedger(document)).toMatchObject({ ok: true })

  const late = await stage.api(`/api/runs/${id}/prompt`, { method: 'POST', body: '{"prompt":"One more."}' })
  expect([late.status, await late.json()]).toMatchObject([
    409,
    { code: 'run_ended', detail: `Run ${id} already succeeded, so there is nothing to say.` },
  ])
})

test('said while the Run is paused, it is read by the job that goes on', async () => {
  const stage = await openStage({ sandbox: 'local' })
  const { world, ended, until } = stage
  const { id, issue } = await stage.assign(world.openIssue(), TWO_COMMITS)
  let paused = false
  const end = ended(id, (event) => {
    if (paused || !started(event, 2)) return
    paused = true
    world.comment(issue.number, '/agent pause')
  })
  end.catch(() => {})
  await until('the pause', async () => (await stage.run(id)).status === 'paused')
  const prompt = { method: 'POST', body: '{"prompt":"stub: edit docs/b.md"}' }
  expect((await stage.api(`/api/runs/${id}/prompt`, prompt)).status).toBe(202)
  expect((await messages(stage, id)).map((each) => each.split(' ')[0])).toEqual(['sent'])

  world.comment(issue.number, '/agent resume')
  expect(await end).toMatchObject({ status: 'succeeded', git: { commits: 2 } })
  expect((await messages(stage, id)).map((each) => each.split(' ')[0])).toEqual(['sent', 'delivered', 'seen'])
  const run = await stage.run(id)
  expect(await fileOf(stage, run.branch!.name, 'docs/b.md')).toContain('part 2 of 2')
})
