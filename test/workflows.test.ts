/** What we ship to run in other people's repositories: sound for GitHub's own parser, pinned, and with no more rights than needed. */
import { globSync, readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

import { expect, test } from 'vitest'
import { parse } from 'yaml'

import { settings } from '../app/config/settings.ts'
import { CALLER_WORKFLOW, REUSABLE_WORKFLOW, pinRelease } from '../scripts/pin-release.ts'

// GitHub's packages import JSON without the attribute that Node asks for.
registerHooks({
  load(url, context, next) {
    if (!/\/@actions\/.*\.json$/.test(url)) return next(url, context)
    return next(url, { ...context, importAttributes: { ...context.importAttributes, type: 'json' } })
  },
})
const { validate } = await import('@actions/languageservice')
const { NoOperationTraceWriter, convertWorkflowTemplate, parseWorkflow } = await import('@actions/workflow-parser')

interface Step {
  uses?: string
  run?: string
  if?: string
  with?: Record<string, string | boolean>
}
interface Job {
  uses?: string
  steps?: Step[]
  permissions?: Record<string, string>
  secrets?: unknown
  'timeout-minutes'?: number
}
interface Workflow {
  permissions?: Record<string, string>
  jobs: Record<string, Job>
}

const files = globSync('.github/workflows/*.yml').toSorted()
const text = (file: string): string => readFileSync(file, 'utf8')
const workflow = (file: string): Workflow => parse(text(file)) as Workflow

async function findings(file: string, content = text(file)): Promise<string[]> {
  const document = {
    uri: `file:///${file}`,
    languageId: 'yaml',
    version: 1,
    lineCount: content.split('\n').length,
    getText: () => content,
    positionAt: () => ({ line: 0, character: 0 }),
    offsetAt: () => 0,
    getLineRange: () => ({ start: 0, end: 0 }),
    getEOLCharacters: () => '\n',
  }
  return (await validate(document as unknown as Parameters<typeof validate>[0])).map((finding) =>
    JSON.stringify(finding.message),
  )
}

test('there are the workflows that we know of', () => {
  expect(files).toEqual([
    '.github/workflows/ci.yml',
    CALLER_WORKFLOW,
    '.github/workflows/nightly.yml',
    REUSABLE_WORKFLOW,
  ])
})

test.for(files)('%s has no finding in the language service and converts without an error', async (file) => {
  expect(await findings(file)).toEqual([])
  const parsed = parseWorkflow({ name: file, content: text(file) }, new NoOperationTraceWriter())
  expect(parsed.context.errors.getErrors()).toEqual([])
  if (!parsed.value) throw new Error('nothing was parsed')
  const template = await convertWorkflowTemplate(parsed.context, parsed.value)
  expect(template.errors ?? []).toEqual([])
})

test('the check sees a broken workflow', async () => {
  expect(
    await findings('.github/workflows/broken.yml', text(REUSABLE_WORKFLOW).replace('runs-on:', 'runs-off:')),
  ).not.toEqual([])
})

test('the action’s own description is sound', async () => {
  expect(await findings('actions/run-agent/action.yml')).toEqual([])
})

test.for(files)('%s pins everything that it uses by a full commit id', (file) => {
  const parts = Object.values(workflow(file).jobs).flatMap((job) => [job as Step].concat(job.steps ?? []))
  const uses = parts.map((part) => part.uses)
  for (const reference of uses.filter((each) => each !== undefined)) expect(reference).toMatch(/@[0-9a-f]{40}$/)
})

test('the executor’s job has exactly two permissions, no shell and no step of anybody else', () => {
  const { run } = workflow(REUSABLE_WORKFLOW).jobs
  expect(workflow(REUSABLE_WORKFLOW).permissions).toEqual({})
  expect(run?.permissions).toEqual({ contents: 'read', 'id-token': 'write' })
  const steps = run?.steps ?? []
  expect(steps.map((step) => step.run)).toEqual([undefined, undefined])
  expect(steps.map((step) => step.uses?.split('@')[0])).toEqual([
    'deckhand/deckhand/actions/run-agent',
    'actions/upload-artifact',
  ])
})

test('GitHub lets the job live longer than any Run may take, with room for what comes before and after', () => {
  const jobMs = (workflow(REUSABLE_WORKFLOW).jobs.run?.['timeout-minutes'] ?? 0) * 60_000
  const accepts = (ms: number): boolean => settings.RUN_TIMEOUT_MS.schema.safeParse(String(ms)).success
  expect(accepts(jobMs - 15 * 60_000)).toBe(true)
  expect(accepts(jobMs - 15 * 60_000 + 1)).toBe(false)
  // What the README offers as an example.
  expect(accepts(2 * 3_600_000)).toBe(true)
})

test('row 44: no workflow and no action of ours restores or saves a cache', () => {
  const all = globSync(['.github/workflows/*.yml', 'actions/*/action.yml'])
  const steps = all.flatMap((file) => Object.values(workflow(file).jobs ?? {}).flatMap((job) => job.steps ?? []))
  expect(steps.length).toBeGreaterThan(4)
  expect(steps.filter(({ uses }) => /(^|\/)cache(@|\/|$)/.test(uses ?? ''))).toEqual([])
  // The set-up actions bring caches of their own: without an answer, setup-node turns one on for npm.
  const setups = steps.filter(({ uses }) => /\/setup-[a-z]+@/.test(uses ?? ''))
  expect(setups.map((step) => step.with?.['package-manager-cache'])).toEqual(setups.map(() => false))
  expect(setups.filter((step) => step.with?.['cache'] !== undefined)).toEqual([])
  for (const file of all) expect(text(file)).not.toMatch(/hashFiles|cache-from|cache-to|ACTIONS_CACHE_URL/)
})

test('no shell of any workflow of ours is given text that comes from outside', () => {
  const shells = files.flatMap((file) => Object.values(workflow(file).jobs).flatMap((job) => job.steps ?? []))
  const scripts = shells.map(({ run }) => run).filter((run) => run !== undefined)
  expect(scripts.length).toBeGreaterThan(2)
  expect(scripts.filter((script) => script.includes('${{'))).toEqual([])
  const triggers = files.map((file) => Object.keys((parse(text(file)) as { on: object }).on))
  expect(triggers.flat().filter((name) => /pull_request_target|workflow_run|issue|discussion/.test(name))).toEqual([])
})

test('no text of an event reaches a step of the executor except the Run id, and no secret except the provider’s key', () => {
  const expressions = [...text(REUSABLE_WORKFLOW).matchAll(/\$\{\{\s*(.*?)\s*\}\}/g)].map((match) => match[1] ?? '')
  const events = expressions.filter((each) => each.includes('github.event'))
  expect(new Set(events)).toEqual(new Set(['github.event.client_payload.run_id']))
  expect(expressions.filter((each) => each.includes('secrets.'))).toEqual(['secrets.E2B_API_KEY'])
})

test('the file that a repository gets passes secrets by name and gives no more than the job asks for', () => {
  const { permissions, jobs } = workflow(CALLER_WORKFLOW)
  expect(permissions).toEqual({ contents: 'read', 'id-token': 'write' })
  expect(jobs.run?.secrets).toEqual({ E2B_API_KEY: '${{ secrets.E2B_API_KEY }}' })
})

test('a release sets the pins, all of ours and only ours', () => {
  const commit = 'a1'.repeat(20)
  const pinned = pinRelease(text(REUSABLE_WORKFLOW), commit)
  expect(pinned).toContain(`deckhand/deckhand/actions/run-agent@${commit}`)
  expect(pinned).toContain('actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a')
  expect(pinRelease(text(CALLER_WORKFLOW), commit)).toContain(`run-agent.yml@${commit}`)
  expect(() => pinRelease(text(REUSABLE_WORKFLOW), 'v1')).toThrow('not a full commit id')
  expect(() => pinRelease('jobs: {}', commit)).toThrow('no reference')
})
