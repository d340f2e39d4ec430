/** A command is acknowledged at once, and what GitHub delivers again changes nothing, whatever it was. */
import { expect, test } from 'vitest'

import { REPOSITORY } from '../stack/world.ts'
import { openStage } from '../support/scenario.ts'
import type { Stage } from '../support/scenario.ts'

const EYES_MS_MAX = 2_000
const ROCKET_MS_MAX = 5_000

const written = ({ world: { github } }: Stage): number =>
  github.requests.filter(({ contentCreating }) => contentCreating).length

test('(a) a comment gets its eyes within 2 s and its rocket within 5 s', async () => {
  const stage = await openStage()
  const { world, assign, until } = stage
  const rockets = () => world.github.state.reactions.filter(({ content }) => content === 'rocket').length
  // The first one in the life of the local GitHub also waits for it to read GitHub's whole description.
  await assign(world.openIssue())
  await until('the first rocket', () => rockets() === 1)
  await assign(world.openIssue())
  await until('the second rocket', () => rockets() === 2)
  const asked = world.github.state.comments.findLast(({ body }) => body.startsWith('/assign-agent'))!
  const given = world.github.state.reactions.filter(({ subjectId }) => subjectId === asked.id)
  // By GitHub's own clock, as it recorded them.
  const after = (content: string): number => given.find((r) => r.content === content)!.createdAt - asked.createdAt
  expect(given.map(({ content }) => content)).toEqual(['eyes', 'rocket'])
  expect(after('eyes')).toBeLessThan(EYES_MS_MAX)
  expect(after('rocket')).toBeLessThan(ROCKET_MS_MAX)
})

test('(c) every webhook that we subscribe to, delivered again, changes nothing', async () => {
  const stage = await openStage()
  const { world, assign, ended, run: load, runsOf, until } = stage
  const { github } = world
  const issue = world.openIssue()
  const { id } = await assign(issue)
  await ended(id)
  await until('the check to be completed', () => github.state.checkRuns.find((c) => c.externalId === id)?.conclusion)
  github.rerequestCheckRun({ id: github.state.checkRuns.find((c) => c.externalId === id)!.id, by: 'octocat' })
  await until('the refusal above its summary', () =>
    github.state.checkRuns.some(({ output }) => output.summary?.includes('so there is nothing to retry')),
  )

  const other = world.openIssue()
  github.addLabel({ repository: REPOSITORY, number: other, by: 'octocat', label: 'agent' })
  const labelled = await until('the Run of the label', async () => (await runsOf(other))[0])
  github.removeLabel({ repository: REPOSITORY, number: other, by: 'octocat', label: 'agent' })
  await until('its end', async () => (await load(labelled.id)).endedAt)
  world.comment(other, '/agent cancle')
  await until('the help', () => github.state.comments.some(({ body }) => body.startsWith('I do not know')))
  const over = (runId: string) =>
    github.state.comments.some(
      ({ body }) => body.includes(`run=${runId} seq=`) && /`\/(?:assign-agent|agent retry)`/.test(body),
    )
  await until('both status comments to say the end', () => over(id) && over(labelled.id))
  await until('the sandboxes to be gone', async () => {
    const runs = [await load(id), await load(labelled.id)]
    return runs.every(({ sandbox }) => sandbox === null || sandbox.state === 'gone')
  })
  // Its own label first, then that of its agent.
  await until('its labels to be taken off', () =>
    github.requests.some(({ method, path }) => method === 'DELETE' && path.endsWith('/labels/agent%3Astub')),
  )
  await world.runner.idle()
  await github.deliveries.idle()

  const deliveries = [...github.deliveries.list()]
  const names = new Set(deliveries.map(({ event }) => event))
  // GitHub sends every App the news of its installations.
  expect([...names].toSorted()).toEqual(['check_run', 'installation', 'issue_comment', 'issues', 'workflow_run'])
  const before = { written: written(stage), runs: [await load(id), await load(labelled.id)] }
  for (const { id: delivery } of deliveries) {
    expect(await github.deliveries.redeliver(delivery)).toMatchObject({ statusCode: 202 })
  }
  // What would follow from one of them would stand in the inbox now; a new command shows that the inbox was worked off.
  world.comment(other, '/agent status')
  await until('the answer to a command that came after them', () =>
    github.state.comments.some(({ body }) => body.includes('[Status comment]')),
  )
  expect(github.state.comments.filter(({ body }) => body.startsWith('/')).length).toBe(3)
  const afterwards = { runs: [await load(id), await load(labelled.id)] }
  expect(afterwards.runs).toEqual(before.runs)
  expect(github.state.comments.filter(({ body }) => body.startsWith('I do not know'))).toHaveLength(1)
  expect(github.state.pulls).toHaveLength(1)
  // The one reaction and the one answer to that command.
  expect(written(stage) - before.written).toBe(2)
})
