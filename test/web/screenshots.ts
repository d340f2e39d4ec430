/**
 * `npm run screenshots`: the demo's world, brought into every state that people meet, and pictures of it. Two of them go
 * to docs/images for the README; every page in both themes goes to test/screenshots, which git ignores.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Page } from 'playwright-core'
import { pino } from 'pino'

import { readConfig } from '../../app/config.ts'
import type { RunBody } from '../../app/contracts/api.ts'
import { startApp } from '../../app/main.ts'
import { launchBrowser } from '../stack/browser.ts'
import { startMongo } from '../stack/mongo/start.ts'
import { ensureWebBuilt } from '../stack/web-build.ts'
import { REPOSITORY, ROOT, startWorld } from '../stack/world.ts'
import type { World } from '../stack/world.ts'
import { loaded, settle } from './browse.ts'

const APP_PORT = 4310
const GITHUB_PORT = 4311
const WAIT_MS_MAX = 60_000
const LOOK_EVERY_MS = 100
const README_WIDTH_PX = 1_120
const EVERY = join(ROOT, 'test/screenshots')
const README = join(ROOT, 'docs/images')

/** Title of the issue, what the agent is told, and whether the picture is taken while it works. */
const issues = [
  { name: 'no-change', title: 'Translate the order page', instructions: 'stub: no-change' },
  { name: 'failed', title: 'Send a receipt by mail', instructions: 'stub: fail' },
  { name: 'cancelled', title: 'Show prices with the right currency', instructions: 'stub: slow 2000', cancel: true },
  { name: 'succeeded', title: 'Add CSV export to orders', instructions: '' },
  { name: 'running', title: 'Sort orders by date', instructions: 'stub: slow 600000', live: true },
]

await using stack = new AsyncDisposableStack()
const data = await mkdtemp(join(tmpdir(), 'deckhand-screenshots-'))
stack.defer(() => rm(data, { recursive: true, force: true }))
const [webRoot, mongo, browser] = await Promise.all([
  ensureWebBuilt(ROOT),
  startMongo({ dbPath: data, say: () => {} }),
  launchBrowser(),
])
stack.use(mongo)
stack.defer(() => browser.close())
const world = stack.use(
  await startWorld({
    mongoUri: mongo.uri('deckhand'),
    appPort: APP_PORT,
    githubPort: GITHUB_PORT,
    checkResponses: false,
  }),
)
const app = await startApp(readConfig(world.env), { log: pino({ level: 'silent' }), webRoot, throttle: false })
stack.defer(() => app.stop())
await Promise.all([EVERY, README].map((folder) => mkdir(folder, { recursive: true })))

const fresh = world.openIssue('Warn when the stock is low', 'Somebody should hear of it before it is empty.')
const runs = new Map<string, RunBody>()
for (const issue of issues) runs.set(issue.name, await play(world, issue))

const page = await browser.newPage({ viewport: { width: 1280, height: 860 }, reducedMotion: 'reduce' })
await shoot(page, 'login', '/runs')
await page.getByRole('link', { name: 'Sign in with GitHub' }).click()
await page.getByRole('button', { name: 'Account menu of octocat' }).waitFor()
await shoot(page, 'runs', '/runs')
await shoot(page, 'runs-none', '/runs?status=paused')
await shoot(page, 'issue', `/repos/${REPOSITORY}/issues/${fresh}`)
await shoot(page, 'not-found', '/nowhere')
for (const [name, run] of runs) {
  await shoot(page, `issue-${name}`, `/repos/${REPOSITORY}/issues/${run.issue.number}`)
  await shoot(page, `run-${name}`, `/runs/${run.id}`)
  for (const tab of ['logs', 'events']) await shoot(page, `run-${name}-${tab}`, `/runs/${run.id}?tab=${tab}`)
}
await page.goto(`${world.appUrl}/runs/${runs.get('running')!.id}`)
await loaded(page)
await page.getByRole('button', { name: 'Cancel run…' }).click()
await page.getByRole('alertdialog').waitFor()
await shoot(page, 'cancel-dialog', null)
await forReadme(page)

/** Gives the issue to the agent as a comment does, and waits until its picture can be taken. */
async function play(world: World, issue: (typeof issues)[number]): Promise<RunBody> {
  const number = world.openIssue(issue.title, 'People ask for it every week.')
  world.comment(number, `/assign-agent stub\n${issue.instructions}`)
  const found = () => runOf(number)
  const atWork = (run: RunBody | undefined) => run?.phase === 'executing' && run.progress !== null
  if (issue.live) return until(`issue ${number} at work`, found, atWork)
  if (issue.cancel) {
    await until(`issue ${number} at work`, found, atWork)
    world.comment(number, '/agent cancel')
  }
  return until(
    `the end of issue ${number}`,
    found,
    (run) => Boolean(run?.endedAt) && (run?.sandbox === null || run?.sandbox.state === 'gone'),
  )
}

async function runOf(issue: number): Promise<RunBody | undefined> {
  const response = await fetch(`${world.appUrl}/api/runs?repository=${REPOSITORY}&issue=${issue}`, {
    headers: { authorization: `Bearer ${world.apiToken}` },
  })
  return ((await response.json()) as { runs: RunBody[] }).runs[0]
}

async function until<T>(what: string, look: () => Promise<T | undefined>, fits: (found?: T) => boolean): Promise<T> {
  for (let waitedMs = 0; waitedMs < WAIT_MS_MAX; waitedMs += LOOK_EVERY_MS) {
    const found = await look()
    if (found !== undefined && fits(found)) return found
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
  throw new Error(`Waited ${WAIT_MS_MAX / 1000} s for ${what}.`)
}

/** One page in both themes; `null` takes the page as it stands. */
async function shoot(page: Page, name: string, path: string | null): Promise<void> {
  if (path !== null) {
    await page.goto(world.appUrl + path)
    await loaded(page)
  }
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await settle(page)
    await page.screenshot({ path: join(EVERY, `${name}-${colorScheme}.png`), fullPage: path !== null })
  }
}

async function forReadme(page: Page): Promise<void> {
  const run = runs.get('succeeded')!
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: README_WIDTH_PX, height: 640 })
  await page.goto(`${world.appUrl}/runs/${run.id}`)
  await loaded(page)
  await page.screenshot({ path: join(README, 'run-page.png') })
  await page.setViewportSize({ width: 900, height: 700 })
  await page.goto(run.issue.url)
  const comment = page.locator('article').last()
  const box = await comment.boundingBox()
  if (box === null) throw new Error(`The status comment is not on ${run.issue.url}`)
  await page.screenshot({ path: join(README, 'status-comment.png'), clip: withoutForm(box) })
}

/** From the top of the page to the end of the status comment. */
function withoutForm({ y, height }: { y: number; height: number }) {
  return { x: 0, y: 0, width: 900, height: y + height + 12 }
}
