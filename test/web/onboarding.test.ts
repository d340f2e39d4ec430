/** What an agent is given to read, in a real browser: changed, put in order by buttons and keys, edited and restored. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { startBrowsing, violations, visit } from './browse.ts'
import type { Visit } from './browse.ts'
import { answers, DOCUMENT, devDocument, ONBOARDING, onboarding } from './onboarding-states.ts'

let browser: Browser
let dist: string
beforeAll(async () => ({ browser, dist } = await startBrowsing()))
afterAll(() => browser.close())

const PATH = '/agents/stub/onboarding'
const HOSTILE = '<script>window.owned=1</script><img src=x onerror="window.owned=1">[x](javascript:window.owned=1)'

async function opened(over: Record<string, unknown> = {}): Promise<Visit> {
  const tab = await visit(browser, dist)
  Object.assign(tab.server.world.answers, answers(), over)
  await tab.open(PATH)
  return tab
}
const packs = ({ page }: Visit) => page.getByRole('list', { name: 'Context packs' }).locator('code').allTextContents()
/** The button that has the focus, and whose it is. */
const focused = ({ page }: Visit) =>
  page.evaluate<string>(`(() => {
    const { dataset, textContent } = document.activeElement
    return [dataset.act ?? textContent, document.activeElement.closest('li')?.querySelector('code')?.textContent].join(' ')
  })()`)
const sent = ({ server }: Visit) => server.world.posts.map(({ path, body }) => ({ path, body }))

test('packs are added, moved by a button and by keys, removed, and saved in their order', async () => {
  const kept = ['docs/new.md', 'recentLogs:5', 'docs/service-x.md']
  await using tab = await opened({ [`PUT ${ONBOARDING}`]: onboarding({ contextPacks: kept, version: 5 }) })
  const { page } = tab
  const save = page.getByRole('button', { name: 'Save', exact: true })
  await page.getByRole('button', { name: 'Move recentLogs:5 up' }).click()
  expect(await packs(tab)).toEqual(['docs/service-x.md', 'recentLogs:5', 'deckhand:tests'])
  expect(await focused(tab)).toBe('up recentLogs:5')
  await page.keyboard.press('Alt+ArrowUp')
  expect(await packs(tab)).toEqual(['recentLogs:5', 'docs/service-x.md', 'deckhand:tests'])
  expect(await focused(tab)).toBe('up recentLogs:5')
  await page.keyboard.press('Alt+ArrowUp')
  await page.getByRole('button', { name: 'Remove deckhand:tests' }).click()
  expect(await packs(tab)).toEqual(['recentLogs:5', 'docs/service-x.md'])

  const field = page.getByRole('combobox', { name: 'Add a context pack' })
  await field.fill('recentLogs:5')
  await field.press('Enter')
  await page.getByText('This one stands in the list already.').waitFor()
  await field.fill('docs/new.md')
  await field.press('Enter')
  await page.getByRole('button', { name: 'Move docs/new.md up' }).click()
  await page.keyboard.press('Alt+ArrowUp')
  expect(await packs(tab)).toEqual(kept)
  expect(await violations(page)).toEqual([])
  await page.getByText('Not saved yet.').waitFor()
  await save.click()
  await page.getByText('Not saved yet.').waitFor({ state: 'detached' })
  expect(sent(tab)).toEqual([
    { path: ONBOARDING, body: { onboardingDocRef: 'deckhand:dev', contextPacks: kept, version: 4 } },
  ])
  expect(tab.wrongs).toEqual([])
})

test('what was not saved says why, stays as it is, and can be read again', async () => {
  await using tab = await opened()
  const { page, server } = tab
  server.world.failing.set(ONBOARDING, 'not_allowed_now')
  await page.getByRole('combobox', { name: 'Onboarding document' }).fill('docs/onboarding.md')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByText('It was not saved.').waitFor()
  expect(await page.getByRole('combobox', { name: 'Onboarding document' }).inputValue()).toBe('docs/onboarding.md')
  server.world.failing.delete(ONBOARDING)
  server.world.answers[ONBOARDING] = onboarding({ onboardingDocRef: 'deckhand:qa', version: 5 })
  await page.getByRole('button', { name: 'Read it again' }).click()
  await page.getByText('It was not saved.').waitFor({ state: 'detached' })
  await expect.poll(() => page.getByRole('combobox', { name: 'Onboarding document' }).inputValue()).toBe('deckhand:qa')
})

test('a document is edited with a preview in which nothing is run, and an older version comes back by saving it', async () => {
  await using tab = await opened({ [`PUT ${DOCUMENT}`]: devDocument({ version: 3, latest: 3 }) })
  const { page, server } = tab
  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  await page.getByRole('textbox', { name: 'Text, in Markdown' }).fill(`# New\n\n${HOSTILE}\n\n- [ ] Check it\n`)
  await page.getByRole('button', { name: 'Preview' }).click()
  const preview = page.getByRole('region', { name: 'Preview of the text' })
  expect(await preview.textContent()).toContain(HOSTILE)
  expect(await preview.locator('script, img, a').count()).toBe(0)
  expect(await preview.getByRole('listitem').textContent()).toContain('Check it')
  expect(await violations(page)).toEqual([])
  await page.getByRole('button', { name: 'Save as the next version' }).click()
  await page.getByRole('button', { name: 'Edit', exact: true }).waitFor()
  expect(sent(tab)).toMatchObject([{ path: DOCUMENT, body: { version: 2, text: expect.stringContaining(HOSTILE) } }])

  server.world.posts.length = 0
  await page.getByText('Versions', { exact: true }).click()
  server.world.answers[DOCUMENT] = devDocument({ version: 1, latest: 2, text: 'The first text.\n' })
  await page.getByRole('button', { name: 'Show version 1' }).click()
  await page.getByText('This is not what agents are given: that is version 2.').waitFor()
  await page.getByRole('button', { name: 'Edit from this version' }).click()
  server.world.answers[DOCUMENT] = devDocument()
  await page.getByRole('button', { name: 'Save as the next version' }).click()
  await page.getByRole('button', { name: 'Edit', exact: true }).waitFor()
  expect(sent(tab)).toEqual([{ path: DOCUMENT, body: { version: 2, text: 'The first text.\n' } }])
  expect(await page.evaluate('window.owned')).toBeUndefined()
  expect(tab.wrongs).toEqual([])
})

test('what was typed stays: no other document is chosen or begun before it is saved or discarded', async () => {
  await using tab = await opened()
  const { page } = tab
  const choose = page.getByRole('combobox', { name: 'Document', exact: true })
  const begin = page.getByRole('textbox', { name: 'New document' })
  const why = page.getByText('Save or discard what you typed before you go to another document.')
  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  const field = page.getByRole('textbox', { name: 'Text, in Markdown' })
  await field.waitFor()
  expect([await choose.isEnabled(), await begin.isEnabled(), await why.count()]).toEqual([true, true, 0])
  await field.fill('# Typed for an hour\n')
  await why.waitFor()
  expect([await choose.isEnabled(), await begin.isEnabled()]).toEqual([false, false])
  const id = await why.getAttribute('id')
  for (const field of [choose, begin]) expect(await field.getAttribute('aria-describedby')).toBe(id)
  expect(await violations(page)).toEqual([])
  await page.getByRole('button', { name: 'Preview' }).click()
  expect(await choose.isEnabled()).toBe(false)
  await page.getByRole('button', { name: 'Discard' }).click()
  await why.waitFor({ state: 'detached' })
  await begin.fill('fresh')
  await page.getByRole('button', { name: 'Begin', exact: true }).click()
  await field.fill('# Fresh\n')
  await why.waitFor()
  expect(await choose.isEnabled()).toBe(false)
  expect(tab.wrongs).toEqual([])
})

test('who is no admin reads everything and is told why nothing can be changed', async () => {
  await using tab = await opened(answers({ allowed: false, why: 'Only an admin of this Deckhand may change this.' }))
  const { page } = tab
  expect(await packs(tab)).toEqual(['docs/service-x.md', 'deckhand:tests', 'recentLogs:5'])
  expect(await page.getByText('Only an admin of this Deckhand may change this.').count()).toBe(2)
  for (const name of ['Save', 'Edit', 'Add', 'Begin', 'Move recentLogs:5 up']) {
    expect(await page.getByRole('button', { name, exact: true }).count()).toBe(0)
  }
})
