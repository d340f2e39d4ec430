/** Talking to the agent from the run page, with the keyboard alone; and commands where others would be typed on GitHub. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { startBrowsing, violations, visit } from './browse.ts'
import * as story from './fixtures.ts'

const RUN = `/runs/${story.RUN_ID}`
const CHAT = `${RUN}?tab=chat`

let browser: Browser
let dist: string
beforeAll(async () => ({ browser, dist } = await startBrowsing()))
afterAll(() => browser.close())

async function chatOf(run: ReturnType<typeof story.runningRun>) {
  const tab = await visit(browser, dist)
  tab.server.world.runs = [run]
  tab.server.world.ledger = story.makeLedger(11)
  await tab.open(CHAT)
  const field = tab.page.getByRole('textbox', { name: 'Message the agent' })
  await field.waitFor()
  return { tab, field, send: tab.page.getByRole('button', { name: 'Send' }) }
}

test('a message that did not arrive stays, and the next press sends it under the same key', async () => {
  const { tab, field } = await chatOf(story.runningRun({ seq: 11 }))
  await using _ = tab
  const { page, server } = tab
  const path = `/api${RUN}/prompt`
  server.world.failing.set(path, 'unavailable')
  await field.focus()
  await page.keyboard.type('Use tabs.')
  await page.keyboard.press('Control+Enter')
  await page.getByRole('alert').getByText('The message was not sent.').waitFor()
  expect(await field.inputValue()).toBe('Use tabs.')
  expect(await violations(page)).toEqual([])
  server.world.failing.delete(path)
  await page.keyboard.press('Control+Enter')
  await page.getByRole('status').getByText('Message sent.').waitFor({ state: 'attached' })
  await expect.poll(() => field.inputValue()).toBe('')
  const sent = server.world.posts.filter((post) => post.path === path)
  expect(sent.map(({ body }) => body)).toEqual([{ prompt: 'Use tabs.' }, { prompt: 'Use tabs.' }])
  expect(new Set(sent.map(({ headers }) => headers['idempotency-key'])).size).toBe(1)
  expect(tab.wrongs).toEqual([])
})

test('a command is done instead of being sent; one that cannot be done now says so and stays', async () => {
  const { tab, field } = await chatOf(story.runningRun({ seq: 11 }))
  await using _ = tab
  const { page, server } = tab
  await field.focus()
  await page.keyboard.type('/')
  const offered = page.getByRole('list', { name: 'Commands' }).getByRole('button')
  await expect.poll(() => offered.allTextContents()).toEqual(expect.arrayContaining(['Pause']))
  expect(await violations(page)).toEqual([])
  await page.keyboard.type('agent approve')
  await page.keyboard.press('Control+Enter')
  await page.getByText('/agent approve is not something that can be done now.').waitFor()
  expect(await field.inputValue()).toBe('/agent approve')
  await field.fill('/agent pause')
  await page.keyboard.press('Control+Enter')
  await expect.poll(() => server.world.posts.map((post) => post.path)).toEqual([`/api${RUN}/pause`])
  await expect.poll(() => field.inputValue()).toBe('')
  expect(tab.wrongs).toEqual([])
})

test('before the agent works, after the end and while it is stopped nothing is sent, and the reason stands there', async () => {
  const states = [
    [story.makeRun({ seq: 2 }), 'The agent has not begun. It can be told something once it works.'],
    [story.succeededRun({ seq: 17 }), 'This run has ended, so nobody reads messages any more.'],
    [
      story.runningRun({ seq: 11, cancelRequested: true }),
      'This run is being stopped, so nobody reads messages any more.',
    ],
    [
      story.runningRun({ seq: 11, phase: 'publishing' }),
      'The agent is done with its work, so nobody reads messages any more.',
    ],
    [
      story.runningRun({ seq: 11, whyUnheard: 'The agent has finished; the run hands over its work.' }),
      'The agent has finished; the run hands over its work.',
    ],
  ] as const
  for (const [run, reason] of states) {
    const { tab, field, send } = await chatOf(run)
    await using _ = tab
    await field.fill('Use tabs.')
    await tab.page.getByText(reason).waitFor()
    expect(await send.isDisabled()).toBe(true)
    await field.press('Control+Enter')
    expect(tab.server.world.posts).toEqual([])
  }
})
