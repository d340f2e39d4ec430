/**
 * The local Actions runner: hears `repository_dispatch`, reads the repository's real workflow files and runs their jobs
 * with the environment contract of a hosted runner. Its knobs are what goes wrong with real ones.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { RepositoryDispatch } from '../github/types.ts'
import type { WorkflowRunRecord } from '../github/records.ts'
import type { OidcIssuer } from '../oidc/issuer.ts'
import { ActionStore } from './action.ts'
import { githubContext } from './contexts.ts'
import type { RunFacts } from './contexts.ts'
import { Execution } from './execution.ts'
import type { RunnerGitHub, Services } from './execution.ts'
import { text } from './expressions.ts'
import { resolveRef, workflowPaths } from './git.ts'
import type { Annotation } from './job-log.ts'
import type { WorkflowFile } from './parser.ts'
import { InvalidWorkflow, planWorkflow } from './plan.ts'
import type { PlannedJob, WorkflowSource } from './plan.ts'
import { cancelTimes } from './processes.ts'
import type { CancelTimes } from './processes.ts'
import { wantsDispatch } from './triggers.ts'
import { ConcurrencyGroups, Gate } from './waiting.ts'

export interface RunnerOptions {
  github: RunnerGitHub
  oidc: OidcIssuer
  /** Bare repositories of actions that the local GitHub does not hold, by `owner/name`. */
  actionRepositories?: Record<string, string>
  /** Variables of the host in every step, such as `PATH`. */
  provisionEnv?: Record<string, string>
  /** Actions secrets by `owner/name` of the repository that holds the workflow. */
  secrets?: Record<string, Record<string, string>>
  /** Actions variables, likewise. */
  variables?: Record<string, Record<string, string>>
  cancelTimes?: CancelTimes
}

export interface Runner extends AsyncDisposable {
  /** All runners are busy: new runs stay queued until `release()`. */
  hold(): void
  release(): void
  /** The next dispatches are accepted and no run ever appears. */
  lose(dispatches: number): void
  /** Each of the next dispatches starts two runs. */
  twice(dispatches: number): void
  /**
   * The machine of a run is lost: the process groups of its steps get the signal and nothing is reported any more. The
   * run stays in progress until `giveUp`.
   */
  kill(runId: number, signal?: NodeJS.Signals): void
  /** What GitHub does later with a run whose machine was lost: job and run fail. */
  giveUp(runId: number): void
  /** Process ids of running steps; each leads its process group. */
  processes(): number[]
  /** The log of a run's jobs so far, masked; of an invalid workflow the reason. */
  log(runId: number): string
  annotations(runId: number): Annotation[]
  /** What its steps wrote to `GITHUB_STEP_SUMMARY`. */
  summary(runId: number): string
  /** Resolves when every dispatch was looked at and every run has ended, but for lost ones. */
  idle(): Promise<void>
}

interface Known {
  dispatch: RepositoryDispatch
  source: WorkflowSource
  execution: Execution | null
  /** Why it never started. */
  problem: string
}

export async function startRunner(options: RunnerOptions): Promise<Runner> {
  const { github } = options
  const folder = await mkdtemp(join(tmpdir(), 'deckhand-actions-'))
  const find = (name: string) => gitDirOf(github, name) ?? options.actionRepositories?.[name] ?? null
  const services: Services = {
    github,
    oidc: options.oidc,
    actions: new ActionStore(folder, find),
    gate: new Gate(),
    groups: new ConcurrencyGroups(),
    cancelTimes: options.cancelTimes ?? cancelTimes,
    provisionEnv: options.provisionEnv ?? {},
  }
  const runs = new Map<number, Known>()
  const busy = new Set<Promise<void>>()
  const failures: unknown[] = []
  const knobs = { lose: 0, twice: 0, closed: false }
  const known = (runId: number): Known => {
    const run = runs.get(runId)
    if (!run) throw new Error(`The runner knows no workflow run ${runId}.`)
    return run
  }
  const track = (work: Promise<void>) => {
    const tracked: Promise<void> = work
      .catch((error: unknown) => void failures.push(error))
      .finally(() => busy.delete(tracked))
    busy.add(tracked)
  }
  /** A fault of the runner itself has to be seen, not swallowed. */
  const throwFailures = () => {
    if (failures.length > 0) throw new AggregateError(failures.splice(0), 'The local runner failed.')
  }

  const start = async (dispatch: RepositoryDispatch, source: WorkflowSource, existing?: WorkflowRunRecord) => {
    const planned = await plan(source, find)
    if (knobs.closed) return
    const names = existing ?? makeRun(options, dispatch, source, planned)
    const facts = factsOf(github, dispatch, source, names, planned.file)
    const entry: Known = { dispatch, source, execution: null, problem: planned.problem }
    runs.set(names.id, entry)
    if (planned.problem) {
      github.updateWorkflowRun(names.id, { status: 'completed', conclusion: 'startup_failure' })
      return
    }
    entry.execution = new Execution(services, facts, planned.jobs)
    const { fullName } = dispatch.repository
    const level = { inputs: {}, secrets: options.secrets?.[fullName] ?? {}, vars: options.variables?.[fullName] ?? {} }
    await entry.execution.run(level, planned.file.tree['concurrency'])
  }

  const startAll = async (dispatch: RepositoryDispatch, times: number) => {
    const sources = await triggered(dispatch)
    await Promise.all(sources.flatMap((source) => Array.from({ length: times }, () => start(dispatch, source))))
  }

  github.onRepositoryDispatch((dispatch) => {
    if (knobs.closed) return
    if (knobs.lose > 0) {
      knobs.lose -= 1
      return
    }
    const times = knobs.twice > 0 ? 2 : 1
    if (times === 2) knobs.twice -= 1
    track(startAll(dispatch, times))
  })
  github.onWorkflowRunCancel((runId, force) => runs.get(runId)?.execution?.cancel(force))
  github.onWorkflowRunRerun((runId) => {
    const run = runs.get(runId)
    const record = github.state.workflowRuns.find((entry) => entry.id === runId)
    if (run && record && !knobs.closed) track(start(run.dispatch, run.source, record))
  })

  return {
    hold: () => services.gate.shut(),
    release: () => services.gate.open(),
    lose: (dispatches) => (knobs.lose += dispatches),
    twice: (dispatches) => (knobs.twice += dispatches),
    kill: (runId, signal = 'SIGKILL') => known(runId).execution?.lose(signal),
    giveUp: (runId) => known(runId).execution?.giveUp(),
    processes: () => [...runs.values()].flatMap((run) => run.execution?.processes() ?? []),
    log: (runId) => known(runId).problem + (known(runId).execution?.log() ?? ''),
    annotations: (runId) => known(runId).execution?.annotations() ?? [],
    summary: (runId) => known(runId).execution?.summary() ?? '',
    idle: async () => {
      while (busy.size > 0) await Promise.all(busy)
      throwFailures()
    },
    [Symbol.asyncDispose]: async () => {
      knobs.closed = true
      await Promise.all([...runs.values()].flatMap((run) => (run.execution ? [run.execution.remove()] : [])))
      services.gate.open()
      await Promise.all(busy)
      await rm(folder, { recursive: true, force: true, maxRetries: 3 })
      throwFailures()
    },
  }
}

interface Planned {
  file: WorkflowFile
  jobs: PlannedJob[]
  problem: string
}

async function plan(source: WorkflowSource, find: (name: string) => string | null): Promise<Planned> {
  try {
    return { ...(await planWorkflow(source, find)), problem: '' }
  } catch (error) {
    if (!(error instanceof InvalidWorkflow)) throw error
    return {
      file: { tree: {}, jobs: [], problems: [] },
      jobs: [],
      problem: `Invalid workflow file: ${error.message}\n`,
    }
  }
}

/** The workflows of the default branch that this dispatch starts; one that cannot be read starts, too, and fails. */
async function triggered(dispatch: RepositoryDispatch): Promise<WorkflowSource[]> {
  const { gitDir, defaultBranch, fullName } = dispatch.repository
  const head = await resolveRef(gitDir, `refs/heads/${defaultBranch}`)
  if (!head) return []
  const sources = (await workflowPaths(gitDir, head.sha)).map((path) => ({
    repository: fullName,
    path,
    ref: head.name,
    sha: head.sha,
  }))
  const wanted = await Promise.all(sources.map((source) => wantsDispatch(gitDir, source, dispatch.eventType)))
  return sources.filter((_, index) => wanted[index])
}

function makeRun(
  options: RunnerOptions,
  dispatch: RepositoryDispatch,
  source: WorkflowSource,
  planned: Planned,
): WorkflowRunRecord {
  const { repository, sender } = dispatch
  const name = nameOf(planned.file, source)
  const run = {
    repository: repository.fullName,
    workflowPath: source.path,
    name,
    event: 'repository_dispatch',
    headSha: source.sha,
    headBranch: repository.defaultBranch,
    actor: sender.login,
  }
  // The title is rendered before the run has a number, so `github.run_id` is not known in it.
  const unborn = { ...run, id: 0, runNumber: 0 } as unknown as WorkflowRunRecord
  const context = githubContext(factsOf(options.github, dispatch, source, unborn, planned.file))
  const vars = options.variables?.[repository.fullName] ?? {}
  let displayTitle = name
  try {
    const title = text(planned.file.tree['run-name'], {
      contexts: { github: context, inputs: {}, vars },
      status: 'success',
    })
    if (!planned.problem) displayTitle = title.trim() || dispatch.eventType
  } catch (error) {
    planned.problem = `Invalid workflow file: run-name: ${error instanceof Error ? error.message : String(error)}\n`
  }
  return options.github.createWorkflowRun({ ...run, displayTitle, status: 'queued' })
}

function factsOf(
  github: RunnerGitHub,
  dispatch: RepositoryDispatch,
  source: WorkflowSource,
  run: WorkflowRunRecord,
  file: WorkflowFile,
): RunFacts {
  return {
    dispatch,
    run,
    attempt: run.attempt ?? 1,
    urls: { server: github.url, api: github.apiUrl },
    workflow: { name: nameOf(file, source), path: source.path },
  }
}

function nameOf(file: WorkflowFile, source: WorkflowSource): string {
  return typeof file.tree['name'] === 'string' ? file.tree['name'] : source.path
}

function gitDirOf(github: RunnerGitHub, fullName: string): string | null {
  const wanted = fullName.toLowerCase()
  return github.state.repositories.find((entry) => entry.fullName.toLowerCase() === wanted)?.gitDir ?? null
}
