/** An installation attacks itself over its own address, and its metrics say that nothing was let in. */
import { expect, test } from 'vitest'

import { LedgerDocument } from '../../app/contracts/ledger.ts'
import { openStage } from '../support/scenario.ts'

test('negative probes of rows 1, 14 and 17 are refused by what really runs, and change nothing', async () => {
  const { world, api, assign, ended, run, until } = await openStage({ settings: { PROBE_INTERVAL_MS: '500' } })
  const { id } = await assign(world.openIssue())
  await ended(id)
  await until('the farewell of the executor', async () => (await run(id)).sandbox?.state === 'gone')
  await world.runner.idle()
  // The app itself may still have something to note; what a job says is over.
  const heard = async (): Promise<LedgerDocument['callbacks']> =>
    LedgerDocument.parse(await (await api(`/api/runs/${id}/ledger`)).json()).callbacks
  const before = await heard()
  const told = async (): Promise<string[]> =>
    (await (await api('/metrics')).text()).split('\n').filter((line) => line.startsWith('app_negative_probe_total{'))

  const refused = (probe: string): RegExp =>
    new RegExp(`^app_negative_probe_total\\{probe="${probe}",outcome="refused"\\} [1-9]`)
  const probes = ['webhook_forged', 'job_unsigned', 'callback_replayed'].map(refused)
  await until('all three probes', async () => {
    const lines = await told()
    return probes.every((probe) => lines.some((line) => probe.test(line)))
  })

  expect((await told()).join('\n')).not.toContain('let_in')
  expect(before.length).toBeGreaterThan(0)
  expect(await heard()).toEqual(before)
})
