/** A tree of issues on real parts: GitHub's sub-issues are read, a Run shows on its issue, and a move reaches GitHub. */
import { expect, test } from 'vitest'

import type { IssueTree, RunIssuesBody } from '../../app/contracts/issues.ts'
import { openStage } from '../support/scenario.ts'
import { REPOSITORY } from '../stack/world.ts'

test('an epic has its parts in order, with the run of one of them; one is moved, and GitHub has the new order', async () => {
  const { world, api, ended } = await openStage()
  const epic = world.openIssue('Orders export')
  const parts = ['CSV writer', 'Endpoint', 'Button'].map((title) => world.openIssue(title))
  const [writer, , button] = parts as [number, number, number]
  const by = { repository: REPOSITORY, by: 'octocat' }
  for (const number of parts) world.github.addSubIssue({ ...by, number: epic, child: { number } })
  const at = (number: number) => `/api/repos/${REPOSITORY}/issues/${number}`
  const assigned = await api(`${at(writer)}/assign-agent`, { method: 'POST', body: '{}' })
  const { id } = (await assigned.json()) as { id: string }
  await ended(id)

  const read = async () => (await (await api(`${at(epic)}/tree`)).json()) as IssueTree
  const tree = await read()
  expect(tree.children.map(({ title }) => title)).toEqual(['CSV writer', 'Endpoint', 'Button'])
  expect(tree.children[0]!.run).toMatchObject({ id, status: 'succeeded', pullRequest: { number: expect.any(Number) } })
  const ofRun = (await (await api(`/api/runs/${id}/issues`)).json()) as RunIssuesBody
  expect(ofRun).toMatchObject({ issues: [{ number: writer, run: { id } }], parent: { number: epic } })

  const move = (body: object) => api(`${at(writer)}/reorder`, { method: 'POST', body: JSON.stringify(body) })
  expect((await move({ after: button })).status).toBe(200)
  expect((await read()).children.map(({ title }) => title)).toEqual(['Endpoint', 'Button', 'CSV writer'])
  expect(world.github.issue(REPOSITORY, epic).subIssueIds.at(-1)).toBe(world.github.issue(REPOSITORY, writer).id)

  // GitHub's own refusal is an answer, and what is gone is not found.
  world.github.faults.failNext({ method: 'PATCH', path: /\/sub_issues\/priority$/, status: 422 })
  const refused = await move({ before: button })
  expect([refused.status, ((await refused.json()) as { detail: string }).detail]).toEqual([
    422,
    expect.stringContaining('GitHub did not move it'),
  ])
  expect((await api(`${at(4_000)}/tree`)).status).toBe(404)
})
