/** The last step of set-up: the App opens an issue of its own, and the stub agent's pull request shows that all works. */
import { expect, test } from 'vitest'

import type { TestIssueBody } from '../../app/contracts/checks.ts'
import { openStage } from '../support/scenario.ts'
import { signIn } from '../support/sign-in.ts'
import { REPOSITORY } from '../stack/world.ts'

test('an admin presses the button once and sees a Run from an issue to a pull request', async () => {
  const { world, api, ended } = await openStage()
  const { github } = world
  const order = (repository: string, key = 'once') =>
    api('/api/admin/checks/test-issue', {
      method: 'POST',
      headers: { 'Idempotency-Key': key },
      body: JSON.stringify({ repository }),
    })
  const opened = await order(REPOSITORY)
  expect(opened.status).toBe(201)
  const { issue, run } = (await opened.json()) as TestIssueBody
  expect(run).toMatchObject({ agent: 'stub', issue: { number: issue.number } })
  // A press whose answer was lost opens no second one.
  expect((await (await order(REPOSITORY)).json()) as TestIssueBody).toMatchObject({ issue, run: { id: run.id } })
  expect(await ended(run.id)).toMatchObject({ status: 'succeeded', pullRequest: { number: expect.any(Number) } })
  expect(github.state.pulls).toHaveLength(1)

  expect((await order('acme/nowhere', 'other')).status).toBe(404)
  const before = github.state.issues.length
  // An admin of this Deckhand who may only read there leaves no issue behind on which nobody would work.
  github.setCollaborator({ repository: REPOSITORY, login: 'octocat', role: 'read' })
  const reader = await fetch(`${world.appUrl}/api/admin/checks/test-issue`, {
    method: 'POST',
    headers: {
      cookie: await signIn(world, 'octocat'),
      'content-type': 'application/json',
      'sec-fetch-site': 'same-origin',
    },
    body: JSON.stringify({ repository: REPOSITORY }),
  })
  expect(reader.status).toBe(403)
  expect(await reader.json()).toMatchObject({ detail: 'You can read shop, but starting a run needs write access.' })
  expect(github.state.issues).toHaveLength(before)

  const off = { method: 'PUT', body: JSON.stringify({ on: true, reason: 'a rest' }) }
  expect((await api('/api/admin/kill-switch', off)).status).toBe(200)
  expect((await order(REPOSITORY, 'off')).status).toBe(409)
  expect(github.state.issues).toHaveLength(before)
}, 300_000)
