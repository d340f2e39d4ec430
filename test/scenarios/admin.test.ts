/** What an admin sees of a real app at work, and a webhook that is taken in once more without anything happening twice. */
import { expect, test } from 'vitest'

import type { AuditList, DeliveryDetail, DeliveryList, OverviewBody, SandboxList } from '../../app/contracts/admin.ts'
import { openStage } from '../support/scenario.ts'

test('the house is seen as it is; a redelivered webhook starts no second Run, and all of it is on record', async () => {
  const { world, api, assign, ended, runsOf, until } = await openStage()
  const read = async <T>(path: string): Promise<T> => (await (await api(`/api/admin/${path}`)).json()) as T
  const issue = world.openIssue()
  const { id } = await assign(issue, 'stub: slow 600000')

  const overview = await read<OverviewBody>('overview')
  expect(overview.live.queued + overview.live.running).toBe(1)
  expect(overview.house).toMatchObject({
    killSwitch: { on: false, confirmed: true },
    parts: [
      { name: 'database', ok: true },
      { name: 'github', ok: true, detail: 'GitHub answers to the App deckhand.' },
      { name: 'sandboxes', ok: true },
    ],
  })
  const atWork = await until('the sandbox of the Run', async () => {
    const { sandboxes } = await read<SandboxList>('sandboxes')
    return sandboxes.find(({ run }) => run?.id === id)
  })
  expect(['in_use', 'unlisted']).toContain(atWork.state)

  const comment = await until('the webhook of the comment', async () => {
    const { deliveries } = await read<DeliveryList>('deliveries?state=processed')
    return deliveries.find(({ event, reason }) => event === 'issue_comment' && reason === id)
  })
  expect((await read<DeliveryDetail>(`deliveries/${comment.id}`)).payload).toContain('/assign-agent')
  const again = await api(`/api/admin/deliveries/${comment.id}/redeliver`, { method: 'POST', body: '{}' })
  expect(await again.json()).toMatchObject({ redelivered: true, delivery: { state: 'received' } })
  const taken = await until('the same webhook once more', async () => {
    const [found] = (await read<DeliveryList>(`deliveries?id=${comment.id}`)).deliveries
    return found?.state === 'processed' ? found : null
  })
  expect(taken.reason).toBe(`${id} was started by this already`)
  expect((await runsOf(issue)).map((run) => run.id)).toEqual([id])

  const scope = { repository: 'acme/shop' }
  const killed = await api('/api/runs/kill-all', { method: 'POST', body: JSON.stringify({ scope, reason: 'done' }) })
  expect(await killed.json()).toMatchObject({ runs: [{ id }], failed: [], killSwitch: false })
  expect(await ended(id)).toMatchObject({ status: 'cancelled', reason: { code: 'kill' } })
  const { events } = await read<AuditList>('audit?repository=acme/shop')
  expect(events.map(({ action, target }) => `${action} ${target}`)).toEqual(
    expect.arrayContaining(['run.kill_all repository:acme/shop', `run.kill run:${id}`]),
  )
  const exported = await (await api('/api/admin/audit/export')).text()
  expect(exported).toContain('"subject":"delivery:')
})
