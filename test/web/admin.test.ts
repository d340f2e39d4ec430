/** What admins do in the browser: kill all with the keyboard alone, redeliver, pause the intake, and who sees the way there. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import * as admin from './admin-states.ts'
import { focusedText, startBrowsing, tabTo, violations, visit } from './browse.ts'
import type { Visit } from './browse.ts'
import * as story from './fixtures.ts'

let browser: Browser
let dist: string
beforeAll(async () => ({ browser, dist } = await startBrowsing()))
afterAll(() => browser.close())

async function adminVisit(answers: Record<string, unknown>): Promise<Visit> {
  const tab = await visit(browser, dist)
  tab.server.world.session = admin.asAdmin
  tab.server.world.answers = answers
  return tab
}

test('kill all with the keyboard: it lists the runs, wants to be typed, and gives the focus back', async () => {
  await using tab = await adminVisit({ '/api/admin/overview': admin.overview() })
  const { page, server } = tab
  server.world.runs = admin.many
  server.world.orders.set('/api/runs/kill-all', () => {
    const runs = server.world.runs.map((run) => story.cancelledRun({ id: run.id, issue: run.issue, seq: run.seq + 1 }))
    server.world.runs = []
    return { runs, failed: [], killSwitch: true }
  })
  await tab.open('/admin')
  // One that is not enabled yet takes no focus.
  await expect.poll(() => page.getByRole('button', { name: 'Kill all…' }).isEnabled()).toBe(true)
  await tabTo(page, 'Kill all…')
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('alertdialog', { name: 'Stop all 2 runs?' })
  await dialog.getByText('Also pauses intake. Type kill all to confirm.').waitFor()
  expect(await dialog.getByRole('list', { name: 'These runs are stopped' }).getByRole('listitem').count()).toBe(2)
  await dialog.getByText(`shop#101 · ${story.RUN_ID}`).waitFor()
  await expect.poll(() => focusedText(page)).toBe('Go back')
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  await expect.poll(() => focusedText(page)).toBe('Kill all…')

  await page.keyboard.press('Enter')
  await dialog.waitFor()
  await page.keyboard.press('Control+Enter')
  await dialog.getByText('Type kill all to confirm.', { exact: true }).waitFor()
  expect(server.world.posts).toEqual([])
  expect(await violations(page)).toEqual([])
  await dialog.getByLabel('Confirmation').focus()
  await page.keyboard.type('kill all')
  await page.keyboard.press('Control+Enter')
  await dialog.waitFor({ state: 'detached' })
  expect(server.world.posts).toMatchObject([{ path: '/api/runs/kill-all', body: { scope: 'all' } }])
  await page.getByRole('status').getByText('2 runs are being killed.').waitFor({ state: 'attached' })
  await page.getByText('There is no live run to kill.').waitFor()
  expect(tab.wrongs).toEqual([])
})

test('one run is not called all of them', async () => {
  await using tab = await adminVisit({})
  const { page, server } = tab
  server.world.runs = admin.many.slice(0, 1)
  await tab.open('/admin/queue')
  await page.getByRole('button', { name: 'Kill all…' }).click()
  const dialog = page.getByRole('alertdialog', { name: 'Stop 1 run?' })
  await dialog.getByRole('button', { name: 'Kill 1 run', exact: true }).waitFor()
  expect(tab.wrongs).toEqual([])
})

test('what kill all could not kill is said, and the dialog stays', async () => {
  await using tab = await adminVisit({})
  const { page, server } = tab
  server.world.runs = admin.many
  server.world.orders.set('/api/runs/kill-all', () => ({ runs: [], failed: [story.RUN_ID], killSwitch: true }))
  await tab.open('/admin/queue')
  await page.getByRole('button', { name: 'Kill all…' }).click()
  await page.getByLabel('Confirmation').fill('kill all')
  await page.getByRole('button', { name: 'Kill all 2' }).click()
  await page.getByRole('alert').getByText('1 run could not be killed. Try again.').waitFor()
  expect(await page.getByRole('alertdialog').count()).toBe(1)
  expect(tab.wrongs).toEqual([])
})

test('a refused webhook is redelivered at once and shows its new state; a processed one is asked about', async () => {
  const [done, refused] = [
    admin.delivery(1),
    admin.delivery(2, { state: 'refused', reason: 'gave up: GitHub was away' }),
  ]
  await using tab = await adminVisit({ '/api/admin/deliveries': admin.deliveries(done, refused) })
  const { page, server } = tab
  const redeliver = (id: string) => `/api/admin/deliveries/${id}/redeliver`
  for (const each of [done, refused]) {
    const again = { ...each, state: 'received' as const, reason: null, attempts: 0 }
    server.world.orders.set(redeliver(each.id), () => {
      const rows = [done, refused].map((row) => (row.id === each.id ? again : row))
      server.world.answers['/api/admin/deliveries'] = admin.deliveries(...rows)
      return { delivery: again, redelivered: true }
    })
  }
  await tab.open('/admin/webhooks')
  const row = page.locator(`[data-delivery="${refused.id}"]`)
  await row.getByText('gave up: GitHub was away').waitFor()
  await row.getByRole('button', { name: 'Redeliver' }).click()
  await row.getByText('Received', { exact: true }).waitFor()
  await page.getByRole('status').getByText('The webhook is taken in again.').waitFor({ state: 'attached' })
  expect(await row.getByRole('button', { name: 'Redeliver' }).count()).toBe(0)

  const other = page.locator(`[data-delivery="${done.id}"]`)
  await other.getByRole('button', { name: 'Redeliver' }).click()
  const dialog = page.getByRole('alertdialog', { name: 'Redeliver this webhook?' })
  await dialog.getByText('A command in it is carried out once more').waitFor()
  expect(await violations(page)).toEqual([])
  await expect.poll(() => focusedText(page)).toBe('Leave it')
  await page.keyboard.press('Enter')
  await dialog.waitFor({ state: 'detached' })
  expect(server.world.posts.map(({ path }) => path)).toEqual([redeliver(refused.id)])
  await other.getByRole('button', { name: 'Redeliver' }).click()
  await dialog.waitFor()
  await page.keyboard.press('Control+Enter')
  await other.getByText('Received', { exact: true }).waitFor()
  expect(tab.wrongs).toEqual([])
})

test('the intake is paused with a reason and resumed; the page says how it stands', async () => {
  const path = '/api/admin/kill-switch'
  const off = { ...admin.paused, on: false, by: null, reason: null, at: null }
  await using tab = await adminVisit({ [path]: off })
  const { page, server } = tab
  server.world.orders.set(path, (body) => {
    const { on } = body as { on: boolean }
    return (server.world.answers[path] = on ? admin.paused : { ...admin.paused, on: false, reason: null })
  })
  await tab.open('/admin/kill-switch')
  await page.getByText('Intake is open.').waitFor()
  await page.getByRole('button', { name: 'Pause intake…' }).click()
  await page.getByRole('button', { name: 'Pause intake', exact: true }).click()
  await page.getByText('Type a reason.').waitFor()
  await page.getByLabel('Reason').fill('A flood of comments')
  await page.getByRole('button', { name: 'Pause intake', exact: true }).click()
  await page.getByRole('heading', { name: 'Intake is paused.' }).waitFor()
  expect(server.world.posts).toMatchObject([{ path, body: { on: true, reason: 'A flood of comments' } }])
  await page.getByRole('button', { name: 'Resume intake…' }).click()
  await page.getByRole('button', { name: 'Resume intake', exact: true }).click()
  await page.getByRole('heading', { name: 'Intake is open.' }).waitFor()
  expect(server.world.posts.at(-1)?.body).toEqual({ on: false })
  expect(tab.wrongs).toEqual([])
})

test('an orphaned sandbox is killed with a reason; the table shows that it is gone', async () => {
  await using tab = await adminVisit({ '/api/admin/sandboxes': admin.sandboxes(admin.inUse, admin.orphan) })
  const { page, server } = tab
  server.world.orders.set(`/api/admin/sandboxes/${admin.orphan.id}/kill`, () => {
    server.world.answers['/api/admin/sandboxes'] = admin.sandboxes(admin.inUse)
    return { killed: 'sandbox', runId: null }
  })
  await tab.open('/admin/sandboxes')
  await page.getByRole('button', { name: `Kill… sandbox ${admin.orphan.id}` }).click()
  const dialog = page.getByRole('alertdialog', { name: 'Stop this sandbox now?' })
  await dialog.getByLabel('Reason').fill('It has no run')
  await dialog.getByRole('button', { name: 'Kill sandbox' }).click()
  await page.getByText(admin.orphan.id!, { exact: true }).waitFor({ state: 'detached' })
  expect(server.world.posts).toMatchObject([{ body: { reason: 'It has no run' } }])
  await page.getByText(admin.inUse.id!, { exact: true }).waitFor()
  expect(tab.wrongs).toEqual([])
})

test('filters of the audit trail stand in the address and go along with the export', async () => {
  await using tab = await adminVisit({ '/api/admin/audit': { events: [], next: null } })
  const { page } = tab
  await tab.open('/admin/audit')
  await page.getByText('Nothing is on record yet.').waitFor()
  await page.getByLabel('Who').fill('person:octocat')
  await page.getByLabel('Outcome').selectOption('refused')
  await page.keyboard.press('Tab')
  await page.getByRole('button', { name: 'Apply' }).press('Enter')
  await page.getByText('Nothing on record matches.').waitFor()
  expect(new URL(page.url()).search).toBe('?actor=person%3Aoctocat&outcome=refused')
  const href = await page.getByRole('link', { name: 'Export as NDJSON' }).getAttribute('href')
  expect(href).toBe('/api/admin/audit/export?actor=person%3Aoctocat&outcome=refused')
  expect(tab.wrongs).toEqual([])
})

test('only who administers something sees the way here; the address itself says no to the others', async () => {
  await using person = await visit(browser, dist)
  await person.open('/runs')
  expect(await person.page.getByRole('link', { name: 'Admin' }).count()).toBe(0)
  await person.open('/admin/audit')
  await person.page.getByRole('heading', { name: 'Only admins see this' }).waitFor()

  const reach = { everything: false, repositories: ['acme/shop'] }
  await using maintainer = await adminVisit({
    '/api/admin': reach,
    '/api/admin/overview': { ...admin.overview(), repository: 'acme/shop', house: null },
  })
  maintainer.server.world.session = story.session
  await maintainer.open('/runs')
  await maintainer.page.getByRole('link', { name: 'Admin' }).click()
  await maintainer.page.getByText('What happens in acme/shop.').waitFor()
  expect(await maintainer.page.getByRole('link', { name: 'Webhooks' }).count()).toBe(0)
  await maintainer.open('/admin/webhooks')
  await maintainer.page.getByText('Only an admin of this Deckhand sees this').waitFor()
  expect(person.wrongs.concat(maintainer.wrongs)).toEqual([])
})
