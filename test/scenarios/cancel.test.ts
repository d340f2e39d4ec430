/** A Run that somebody cancels ends `cancelled`, whoever asks and by whatever way: no sandbox, no branch, no pull request. */
import { expect, test } from 'vitest'

import { git } from '../support/git.ts'
import { openStage } from '../support/scenario.ts'
import type { Stage } from '../support/scenario.ts'
import { REPOSITORY } from '../stack/world.ts'

const SLOW = 'stub: slow 60000'

test.each(['local', 'e2b'] as const)(
  'in the middle of the agent’s work, in a sandbox of provider %s',
  async (sandbox) => {
    const stage = await openStage({ sandbox })
    const { world, assign, ended, api, until } = stage
    const [byComment, byApi] = await Promise.all([assign(world.openIssue(), SLOW), assign(world.openIssue(), SLOW)])
    const atWork = (id: string) => ended(id, ({ type }) => void (type === 'agent.started' && stop.get(id)!()))
    const stop = new Map([
      [byComment.id, () => world.comment(byComment.issue.number, '/agent cancel')],
      [byApi.id, () => void api(`/api/runs/${byApi.id}/cancel`, { method: 'POST', body: '{"reason":"not needed"}' })],
    ])

    const [first, second] = await Promise.all([atWork(byComment.id), atWork(byApi.id)])
    for (const run of [first, second]) {
      expect(run).toMatchObject({ status: 'cancelled', reason: { code: 'cancelled_by_person' }, pullRequest: null })
      expect(run.sandbox).toMatchObject({ provider: sandbox, state: 'gone' })
      expect(await stage.sandboxes(run.id)).toEqual([])
      const by = run === first ? 'octocat' : 'api:local'
      await until('the last word of the status comment', () =>
        stage.statusComments(run.id)[0]?.startsWith(`⚫ **stub** was cancelled by ${by}.`),
      )
    }
    const asked = (await stage.ledger(second.id)).find(({ type }) => type === 'run.cancel_requested')
    expect(asked?.data).toMatchObject({ via: 'api', reason: 'not needed' })
    await expectNothingLeft(stage)
  },
)

test('before a runner was free', async () => {
  const stage = await openStage()
  const { world, assign, ended, runsOf, until } = stage
  const { github, runner } = world
  runner.hold()
  const [commented, labelled] = [world.openIssue(), world.openIssue()]
  github.addLabel({ repository: REPOSITORY, number: labelled, by: 'octocat', label: 'agent' })
  const byComment = await assign(commented)
  const byLabel = await until('the Run of the label', async () => (await runsOf(labelled))[0])
  await until('both jobs in the queue', () => github.state.workflowRuns.length === 2)

  world.comment(commented, '/agent cancel')
  github.removeLabel({ repository: REPOSITORY, number: labelled, by: 'octocat', label: 'agent' })
  expect(await ended(byComment.id)).toMatchObject({ status: 'cancelled', reason: { code: 'cancelled_by_person' } })
  expect(await ended(byLabel.id)).toMatchObject({ status: 'cancelled', reason: { code: 'label_removed' } })
  for (const { id } of [byComment, byLabel]) {
    await until('the last word of the status comment', () => stage.statusComments(id)[0]?.startsWith('⚫ **stub**'))
  }
  // The jobs that wait are cancelled on GitHub, so that nothing starts when a runner is free again.
  await until('the end of both jobs', () => github.state.workflowRuns.every((run) => run.conclusion === 'cancelled'))
  runner.release()
  await expectNothingLeft(stage)
  expect((await stage.run(byComment.id)).sandbox).toBeNull()
})

test('by taking off the label that started it, while it waits for a sandbox', async () => {
  const stage = await openStage({ sandbox: 'e2b' })
  const { world, ended, runsOf, until } = stage
  const { github, e2b } = world
  e2b!.faults.hangCreate(1, { appearAfterMs: 500 })
  const number = world.openIssue()
  github.addLabel({ repository: REPOSITORY, number, by: 'octocat', label: 'agent' })
  const { id } = await until('the Run of the label', async () => (await runsOf(number))[0])
  await e2b!.until(() => e2b!.calls().includes('POST /v2/sandboxes'))
  github.removeLabel({ repository: REPOSITORY, number, by: 'octocat', label: 'agent' })
  const run = await ended(id)
  expect(run).toMatchObject({ status: 'cancelled', reason: { code: 'label_removed' } })
  // The create was never answered, and the sandbox came to life all the same.
  await e2b!.until((all) => all.length === 1 && all[0]!.state === 'gone')
  await expectNothingLeft(stage)
})

test('a Run that a label started takes the label off at its end, so that adding it again means again', async () => {
  const { world, ended, runsOf, until } = await openStage()
  const { github } = world
  const number = world.openIssue()
  const labels = () => github.issue(REPOSITORY, number).labelIds
  github.addLabel({ repository: REPOSITORY, number, by: 'octocat', label: 'agent' })
  const { id } = await until('the Run of the label', async () => (await runsOf(number))[0])
  expect(await ended(id)).toMatchObject({ status: 'succeeded', via: 'label' })
  await until('an issue without labels', () => labels().length === 0)
  github.addLabel({ repository: REPOSITORY, number, by: 'octocat', label: 'agent' })
  const again = await until('a second Run', async () => (await runsOf(number)).find((run) => run.id !== id))
  expect(await ended(again.id)).toMatchObject({ status: 'succeeded', via: 'label' })
})

async function expectNothingLeft({ world }: Stage): Promise<void> {
  await world.runner.idle()
  expect(world.github.state.pulls).toEqual([])
  expect(world.github.state.checkRuns.filter((check) => check.externalId?.startsWith('r_'))).toEqual([])
  const { gitDir } = world.github.repository(REPOSITORY)
  expect(await git(gitDir, 'for-each-ref', '--format=%(refname)', 'refs/heads/agent/')).toBe('')
  expect(world.runner.processes()).toEqual([])
}
