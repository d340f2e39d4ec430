/** Pause and resume over real HTTP and a real store: who may, what is answered, and what stands in the way. */
import { expect, test } from 'vitest'

import { eachInApiWorld } from '../../../test/stack/api/own-world.ts'
import type { ApiWorld, Ask } from '../../../test/stack/api/world.ts'
import { binding } from '../../../test/support/story.ts'

let world: ApiWorld

eachInApiWorld((fresh) => (world = fresh))

const writer = () => ({ headers: world.bearer('writer') })
const post = (path: string, who: Pick<Ask, 'as' | 'headers'>) => world.ask(path, { method: 'POST', body: {}, ...who })

test('a Run that works is asked to pause by who may write, and a paused one goes on', async () => {
  const { id, dispatch } = await world.request()
  world.levels.set('octocat@shop', 'read')
  const as = await world.signIn()
  const pause = `/api/runs/${id}/pause`
  expect(await post(pause, {})).toMatchObject({ status: 401 })
  const refused = await post(pause, { as })
  expect(refused.json.detail).toBe('You can read shop, but pausing this run needs write access.')
  expect(await post(pause, writer())).toMatchObject({
    status: 409,
    json: { code: 'not_allowed_now', detail: `Run ${id} is still queued, so there is nothing to pause.` },
  })

  await world.engine.submit(id, { type: 'bind', dispatchId: dispatch.id, binding, at: Date.now() })
  expect(await post(pause, writer())).toMatchObject({
    status: 202,
    json: { id, status: 'running', pause: { by: 'api:writer' } },
  })
  const resume = `/api/runs/${id}/resume`
  expect(await post(resume, writer())).toMatchObject({ status: 409, json: { code: 'not_allowed_now' } })
  await world.engine.acceptCallback(id, {
    dispatchId: dispatch.id,
    bind: binding.bind,
    jkt: binding.jkt,
    mark: { seq: 1, prev: null, digest: 'a'.repeat(64) },
    event: { type: 'executor.finished', data: { outcome: 'paused', reason: null, detail: null } },
    jws: 'a.b.c',
    at: Date.now(),
  })
  expect((await world.ask(`/api/runs/${id}`, writer())).json).toMatchObject({
    status: 'paused',
    view: { word: 'Paused' },
    reason: { code: 'paused_by_person' },
  })
  expect(await post(resume, writer())).toMatchObject({ status: 202, json: { status: 'running', pause: null } })
})

test('what has ended can be neither paused nor resumed', async () => {
  const run = await world.request()
  await world.cancel(run)
  for (const verb of ['pause', 'resume']) {
    expect(await post(`/api/runs/${run.id}/${verb}`, writer())).toMatchObject({
      status: 409,
      json: { code: 'run_ended', detail: `Run ${run.id} was cancelled already, so there is nothing to ${verb}.` },
    })
  }
})
