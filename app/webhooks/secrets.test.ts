/** What an agent says of its work stands on GitHub at once: never with a secret of the installation (trust.md row 28). */
import { expect, test } from 'vitest'

import { happyReports } from '../../test/support/story.ts'
import { openShopWithHandlers } from '../../test/support/shop-with-handlers.ts'
import type { ShopWithHandlers } from '../../test/support/shop-with-handlers.ts'

async function working(w: ShopWithHandlers, titles: string[]): Promise<void> {
  await w.say('/assign-agent')
  w.story.follow(w.runs()[0]!.id)
  await w.story.dispatched()
  await w.story.bind()
  for (const event of happyReports.slice(0, 5)) await w.story.report(event)
  for (const [index, title] of titles.entries()) {
    const data = { step: index + 1, of: titles.length, title, state: 'started' } as const
    await w.story.report({ type: 'agent.progressed', data })
  }
  await w.settle()
}

/** All that the App has said anywhere. */
const said = (w: ShopWithHandlers): string =>
  [...w.replies(), ...w.local.state.checkRuns.map(({ output }) => JSON.stringify(output))].join('\n')

test('a secret in the title of a step is in no comment, however it is written, and the other steps are', async () => {
  await using w = await openShopWithHandlers()
  const secret = w.local.app.webhookSecret
  const base64 = Buffer.from(secret).toString('base64')
  await working(w, [`Read WEBHOOK_SECRET=${secret}`, 'Edit README.md', `Write ${base64}`])
  expect(said(w)).toContain('- ⏳ `[secret]`\n- ⏳ `Edit README.md`\n- ⏳ `[secret]`')
  // Whoever asks how it goes has the comment written anew.
  await w.say('/agent status')
  expect(said(w)).not.toContain(secret)
  expect(said(w)).not.toContain(base64.slice(0, 20))
})

test('a secret that is told in two steps is in no comment, nor is one in what ended the run', async () => {
  await using w = await openShopWithHandlers()
  const secret = w.local.app.webhookSecret
  const halves = [secret.slice(0, 20), secret.slice(20)]
  await working(w, halves)
  for (const half of halves) expect(said(w)).not.toContain(half)
  const nonce = w.nonceFor(w.story.run.dispatch.id)
  const data = { reason: 'agent_failed', exitCode: 1, detail: `It printed ${nonce}.`, ms: 5 } as const
  await w.story.report({ type: 'agent.failed', data })
  await w.settle()
  expect(w.story.run.reasonDetail).toContain(nonce)
  expect(said(w)).toContain('the run failed')
  expect(said(w)).not.toContain(nonce)
})

test('the summary of a run without changes is told without a secret', async () => {
  await using w = await openShopWithHandlers()
  const secret = w.local.app.webhookSecret
  await working(w, ['Look around'])
  const counts = { commits: 0, files: 0, additions: 0, deletions: 0 }
  const handoff = { goal: '', did: '', forNextAgent: '' }
  await w.story.report({ type: 'agent.finished', data: { ...counts, summary: `Found ${secret}.`, handoff, ms: 5 } })
  await w.story.report({ type: 'sandbox.destroyed', data: { sandboxId: 'sbx_1', ms: 20 } })
  await w.story.report({ type: 'executor.finished', data: { outcome: 'completed', reason: null, detail: null } })
  await w.settle()
  expect(w.story.run).toMatchObject({ status: 'succeeded', reason: 'no_changes' })
  expect(said(w)).toContain('finished without changes. `[secret]`')
  expect(said(w)).not.toContain(secret)
})
