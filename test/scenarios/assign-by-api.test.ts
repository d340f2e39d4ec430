/** A program assigns over HTTP: the same key is the same Run, and a private repository's Run is nobody else's business. */
import { expect, test } from 'vitest'

import { openStage } from '../support/scenario.ts'
import { signIn } from '../support/sign-in.ts'
import { REPOSITORY } from '../stack/world.ts'

test('the same Idempotency-Key twice is one Run; a stranger who is signed in sees that it does not exist', async () => {
  const { world, api, ended, runsOf } = await openStage({ private: true })
  const number = world.openIssue()
  const assign = (key: string, body = '{}') =>
    api(`/api/repos/${REPOSITORY}/issues/${number}/assign-agent`, {
      method: 'POST',
      headers: { 'idempotency-key': key },
      body,
    })
  const both = await Promise.all([assign('once'), assign('once')])
  // The second one came while the first was under way, or after it.
  expect(both.map(({ status }) => status).sort((a, b) => a - b)).toEqual([
    201,
    expect.toSatisfy((it) => it === 201 || it === 409),
  ])
  const { id } = (await both.find(({ status }) => status === 201)!.json()) as { id: string }
  expect((await assign('once', '{"instructions":"something else"}')).status).toBe(422)
  expect(await ended(id)).toMatchObject({ status: 'succeeded', via: 'api' })
  expect((await (await assign('once')).json()) as { id: string }).toMatchObject({ id })
  expect(await runsOf(number)).toHaveLength(1)
  expect(world.github.state.pulls).toHaveLength(1)

  const [stranger, member] = [await signIn(world, 'passer-by'), await signIn(world, 'hubot-fan')]
  const get = (path: string, cookie: string) => fetch(`${world.appUrl}${path}`, { headers: { cookie } })
  for (const path of ['', '/events', '/stream', '/logs']) {
    const [hidden, absent] = await Promise.all(
      [id, 'r_0000000000'].map((run) => get(`/api/runs/${run}${path}`, stranger)),
    )
    expect([hidden!.status, absent!.status]).toEqual([404, 404])
    // The reference is the request's own; nothing else tells the two apart.
    const bodies = await Promise.all(
      [hidden!, absent!].map(async (answer) => ({ ...((await answer.json()) as object), reference: '' })),
    )
    expect(bodies[0]).toEqual(bodies[1])
  }
  expect((await get(`/api/runs/${id}`, member)).status).toBe(200)
})
