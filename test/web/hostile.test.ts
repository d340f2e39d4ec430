/**
 * Row 35: whatever a stranger can write stands on the pages as text. In a real Chromium, under the product's own content
 * security policy, which would report every attempt.
 */
import { globSync, readFileSync } from 'node:fs'

import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { CONTENT_SECURITY_POLICY } from '../../app/http/headers.ts'
import { startBrowsing, visit } from './browse.ts'
import type { Visit } from './browse.ts'
import * as story from './fixtures.ts'

const IMAGE = '<img src=x onerror="window.owned=1">'
const SCRIPT = '</title><script>window.owned=1</script>'
const SVG = '"><svg onload=window.owned=1>'
const LINK = 'javascript:window.owned=1'
const hostile = `${IMAGE}${SCRIPT}${SVG}[x](${LINK})\u202E`

let browser: Browser
let dist: string
beforeAll(async () => ({ browser, dist } = await startBrowsing()))
afterAll(() => browser.close())

/** Every place of a Run that somebody else fills. */
const owned = story.failedRun({
  seq: 17,
  agent: hostile.slice(0, 60),
  issue: { number: 101, title: hostile, url: LINK },
  branch: { name: hostile.slice(0, 80), sha: 'a'.repeat(40), url: LINK },
  pullRequest: { number: 207, url: LINK },
  workflowRun: { id: 1, attempt: 1, url: LINK, status: 'completed', conclusion: LINK },
  progress: { step: 1, of: 2, title: hostile.slice(0, 120) },
  reason: { code: 'agent_failed', cause: hostile, remedy: hostile },
  git: { commits: 1, files: 1, additions: 1, deletions: 0, latestCommitMessage: hostile },
})

async function hostileVisit(): Promise<Visit> {
  const tab = await visit(browser, dist)
  tab.server.world.runs = [owned]
  tab.server.world.ledger = [
    ...story.makeLedger(5),
    story.ledgerEvent(6, 'agent.progressed', story.at(60_000), 'executor', {
      step: 1,
      of: 2,
      title: hostile.slice(0, 120),
      state: 'started',
    }),
    story.ledgerEvent(7, 'run.failed', story.at(62_000), hostile),
  ]
  tab.server.world.log = story.makeLog(3).map((line) => ({ ...line, text: `\u001B]8;;${LINK}\u0007${hostile}` }))
  tab.server.world.issue = story.makeIssue({
    runs: [owned],
    title: hostile,
    body: `${hostile}\n\n<a href="${LINK}">x</a>\n\n- [ ] ${hostile}`,
  })
  return tab
}

const FOUND = `({
  owned: window.owned ?? null,
  made: document.querySelectorAll('main img:not([src^="/"]):not([src^="data:"]), main script, main iframe, main object, [onerror], [onload]').length,
  // React leaves an error in the place of a script.
  links: [...document.querySelectorAll('a[href]')].filter((a) => !/^https?:$/.test(a.protocol)).map((a) => a.href)
    .filter((href) => !href.startsWith("javascript:throw new Error('React has blocked")),
})`

test.each([
  '/runs',
  `/runs/${story.RUN_ID}`,
  `/runs/${story.RUN_ID}?tab=logs`,
  `/runs/${story.RUN_ID}?tab=events`,
  '/repos/acme/shop/issues/101',
  `/runs?status=failed&repository=${encodeURIComponent(IMAGE)}`,
])(
  'row 35: %s shows hostile text as text, makes no link of a script, and the policy has nothing to report',
  async (path) => {
    await using tab = await hostileVisit()
    await tab.open(path)
    await tab.page
      .getByText('onerror=', { exact: false })
      .first()
      .waitFor({ state: 'attached', timeout: 20_000 })
      .catch(() => {})
    expect(await tab.page.evaluate(FOUND)).toEqual({ owned: null, made: 0, links: [] })
    expect(tab.wrongs).toEqual([])
  },
)

test('row 35: the policy stops what would get past the pages: no HTML and no script from text', async () => {
  await using tab = await hostileVisit()
  await tab.open('/runs')
  expect(CONTENT_SECURITY_POLICY).not.toMatch(/unsafe|\*|http:/)
  const tried = await tab.page.evaluate(`(() => {
    const tries = [() => { document.body.innerHTML = '<img src=x onerror="window.owned=1">' }, () => { const s = document.createElement('script'); s.textContent = 'window.owned=1'; document.body.append(s) }]
    return tries.map((attempt) => { try { attempt(); return 'done' } catch (error) { return error.name } })
  })()`)
  expect(tried).toEqual(['TypeError', 'TypeError'])
  expect(await tab.page.evaluate('window.owned ?? null')).toBeNull()
  await expect.poll(() => tab.wrongs.length).toBeGreaterThanOrEqual(2)
})

test('row 35: no source of the dashboard puts text in as HTML or runs text', () => {
  const sources = globSync('web/src/**/*.{ts,tsx}').filter((file) => !file.includes('.test.'))
  expect(sources.length).toBeGreaterThan(30)
  const DANGEROUS =
    /dangerouslySetInnerHTML|\b(?:inner|outer)HTML\b|insertAdjacentHTML|document\.write|\beval\(|new Function\(|srcdoc/i
  expect(sources.filter((file) => DANGEROUS.test(readFileSync(file, 'utf8')))).toEqual([])
})
