/**
 * The smallest GitHub that the runner can serve: real bare repositories, records in memory. The runner's own tests use
 * it to look at one thing at a time; the scenarios run the runner against the whole local GitHub.
 */
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { onTestFinished } from 'vitest'

import type {
  ArtifactRecord,
  RepositoryRecord,
  UserRecord,
  WorkflowJobRecord,
  WorkflowRunRecord,
} from '../github/records.ts'
import type { RepositoryDispatch } from '../github/types.ts'
import { startOidcIssuer } from '../oidc/issuer.ts'
import type { RunnerGitHub } from './execution.ts'
import { git, resolveRef } from './git.ts'
import { startRunner } from './runner.ts'
import type { RunnerOptions } from './runner.ts'

const sender = { id: 41, login: 'deckhand[bot]', type: 'Bot' } as UserRecord

export interface TestGitHub extends RunnerGitHub {
  /** Makes `owner/name` with a first commit, or adds one; null deletes. Returns the commit. */
  commit(fullName: string, files: Record<string, string | null>): Promise<string>
  dispatch(fullName: string, eventType: string, clientPayload: unknown): void
  cancel(runId: number, force?: boolean): void
  rerun(runId: number): void
  readonly jobs: WorkflowJobRecord[]
  readonly artifacts: ArtifactRecord[]
  /** Every state that runs were given, in order. */
  readonly history: string[]
  readonly tokens: { repository: string; permissions: Record<string, string> }[]
}

async function testGitHub(): Promise<TestGitHub> {
  const folder = await mkdtemp(join(tmpdir(), 'deckhand-test-github-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const repositories: RepositoryRecord[] = []
  const workflowRuns: WorkflowRunRecord[] = []
  const jobs: WorkflowJobRecord[] = []
  const artifacts: ArtifactRecord[] = []
  const history: string[] = []
  const tokens: TestGitHub['tokens'] = []
  const heard = {
    dispatch: [] as ((dispatch: RepositoryDispatch) => void)[],
    cancel: [] as ((runId: number, force: boolean) => void)[],
    rerun: [] as ((runId: number, attempt: number) => void)[],
  }
  const runOf = (id: number) => workflowRuns.find((run) => run.id === id)!
  const repository = (fullName: string) => repositories.find((entry) => entry.fullName === fullName)!
  return {
    url: 'http://127.0.0.1:9',
    apiUrl: 'http://127.0.0.1:9/api/v3',
    state: { repositories, workflowRuns },
    jobs,
    artifacts,
    history,
    tokens,
    onRepositoryDispatch: (listener) => void heard.dispatch.push(listener),
    onWorkflowRunCancel: (listener) => void heard.cancel.push(listener),
    onWorkflowRunRerun: (listener) => void heard.rerun.push(listener),
    createWorkflowRun: (run) => {
      const id = 900 + workflowRuns.length
      const record = { ...run, id, runNumber: workflowRuns.length + 1, attempt: 1, conclusion: null }
      workflowRuns.push(record as unknown as WorkflowRunRecord)
      history.push(run.status ?? 'queued')
      return runOf(id)
    },
    updateWorkflowRun: (id, change) => {
      history.push(change.conclusion ?? change.status ?? '')
      return Object.assign(runOf(id), change)
    },
    createWorkflowJob: (runId, job) => {
      const id = 500 + jobs.length
      const record = { ...job, id, checkRunId: id, runId, status: 'queued', conclusion: null, steps: [], logs: '' }
      jobs.push(record as unknown as WorkflowJobRecord)
      return jobs.at(-1)!
    },
    updateWorkflowJob: (id, change) =>
      Object.assign(
        jobs.find((job) => job.id === id)!,
        change,
      ),
    addArtifact: (runId, name, zip) => {
      artifacts.push({ runId, name, zip } as ArtifactRecord)
      return artifacts.at(-1)!
    },
    createJobToken: (token) => {
      tokens.push(token)
      return `ghs_job${tokens.length}token`
    },
    commit: async (fullName, files) => {
      const gitDir = join(folder, `${fullName}.git`)
      if (!repository(fullName)) {
        await git(['init', '--quiet', '--bare', '--initial-branch=main', gitDir])
        const [owner, name] = fullName.split('/') as [string, string]
        const record = {
          id: 100 + repositories.length,
          ownerId: 7,
          owner,
          name,
          fullName,
          defaultBranch: 'main',
          gitDir,
        }
        repositories.push({ ...record, private: false } as unknown as RepositoryRecord)
      }
      return commit(gitDir, files)
    },
    dispatch: (fullName, eventType, clientPayload) => {
      const payload = { action: eventType, client_payload: clientPayload, repository: { full_name: fullName } }
      const dispatch = { repository: repository(fullName), eventType, clientPayload, sender, payload }
      for (const listener of heard.dispatch) listener(dispatch)
    },
    cancel: (runId, force = false) => heard.cancel.forEach((listener) => listener(runId, force)),
    rerun: (runId) => {
      Object.assign(runOf(runId), { attempt: runOf(runId).attempt + 1, status: 'queued', conclusion: null })
      for (const listener of heard.rerun) listener(runId, runOf(runId).attempt)
    },
  }
}

async function commit(gitDir: string, files: Record<string, string | null>): Promise<string> {
  const work = await mkdtemp(join(tmpdir(), 'deckhand-test-commit-'))
  const env = {
    GIT_INDEX_FILE: join(work, '.index'),
    ...Object.fromEntries(
      ['AUTHOR', 'COMMITTER'].flatMap((who) => [
        [`GIT_${who}_NAME`, 'octocat'],
        [`GIT_${who}_EMAIL`, 'octocat@example.test'],
      ]),
    ),
  }
  const run = (args: string[]) => git(['--git-dir', gitDir, '--work-tree', work, ...args], env)
  try {
    const parent = await resolveRef(gitDir, 'main')
    if (parent) await run(['read-tree', parent.sha])
    for (const [path, content] of Object.entries(files)) {
      if (content === null) await run(['update-index', '--force-remove', path])
      else {
        await mkdir(dirname(join(work, path)), { recursive: true })
        await writeFile(join(work, path), content)
        await run(['-C', work, 'update-index', '--add', path])
      }
    }
    const tree = (await run(['write-tree'])).trim()
    const sha = (await run(['commit-tree', tree, '-m', 'Change files', ...(parent ? ['-p', parent.sha] : [])])).trim()
    await run(['update-ref', 'refs/heads/main', sha])
    return sha
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** A runner over a fresh GitHub; both are gone when the test has ended. */
export async function testWorld(options: Partial<RunnerOptions> = {}) {
  const github = await testGitHub()
  const oidc = await startOidcIssuer()
  const runner = await startRunner({ github, oidc, cancelTimes: { interruptMs: 300, terminateMs: 300 }, ...options })
  onTestFinished(async () => {
    await runner[Symbol.asyncDispose]()
    await oidc[Symbol.asyncDispose]()
  })
  return { github, oidc, runner }
}

const runsMain = 'runs:\n  using: node24\n  main: index.mjs\n'

/** Files of a JavaScript action under `path`; `manifest` is `action.yml` without name and description. */
export function actionFiles(path: string, main: string, manifest = runsMain): Record<string, string> {
  const header = 'name: Test\ndescription: Does what a test wants\n'
  return { [`${path}/action.yml`]: header + manifest, [`${path}/index.mjs`]: main }
}

/** A caller workflow whose one job has one step that uses `tools/kit/act` at a commit. */
export function stepWorkflow(sha: string, extra = '', step = ''): string {
  return `name: Ship
run-name: run \${{ github.event.client_payload.run_id }}
on:
  repository_dispatch:
    types: [go]
${extra}
jobs:
  work:
    runs-on: ubuntu-latest
    steps:
      - id: act
        uses: tools/kit/act@${sha}
${step}`
}

/** One run of an action with this `main`; gives the world and the run's id after it has ended. */
export async function runAction(
  main: string,
  parts: { manifest?: string; extra?: string; step?: string } = {},
  options: Partial<RunnerOptions> = {},
) {
  const world = await testWorld(options)
  const sha = await world.github.commit('tools/kit', actionFiles('act', main, parts.manifest))
  await world.github.commit('acme/shop', { '.github/workflows/ship.yml': stepWorkflow(sha, parts.extra, parts.step) })
  world.github.dispatch('acme/shop', 'go', { run_id: 'r_1' })
  await world.runner.idle()
  return { ...world, sha, runId: 900, log: world.runner.log(900) }
}
