/** One attempt of a workflow run: its jobs in the order of their needs, called workflows inside, cancel and loss. */
import type { ActionsService, LocalGitHub, LocalGitHubState } from '../github/types.ts'
import type { WorkflowJobRecord } from '../github/records.ts'
import { jobClaims } from '../oidc/claims.ts'
import type { OidcIssuer } from '../oidc/issuer.ts'
import type { ActionStore } from './action.ts'
import { githubContext } from './contexts.ts'
import type { RunFacts } from './contexts.ts'
import { isTrue, scalar, text, textMap } from './expressions.ts'
import type { Scope } from './expressions.ts'
import { JobLog } from './job-log.ts'
import type { Annotation } from './job-log.ts'
import { runJob } from './job.ts'
import type { StepResult } from './job.ts'
import { makeMachine } from './machine.ts'
import type { Machine } from './machine.ts'
import { isMap } from './parser.ts'
import type { Node } from './parser.ts'
import { tokenPermissions } from './permissions.ts'
import { named } from './plan.ts'
import type { PlannedCallJob, PlannedJob, PlannedStepsJob } from './plan.ts'
import type { CancelTimes, StepProcess } from './processes.ts'
import { aborted } from './waiting.ts'
import type { ConcurrencyGroups, Gate } from './waiting.ts'

const MINUTE_MS = 60_000
/** GitHub's server ends a cancelled run after five minutes, whatever its steps say. */
const CANCEL_TOTAL_MS_MAX = 5 * MINUTE_MS

/** What the runner asks of the local GitHub. */
export type RunnerGitHub = Pick<LocalGitHub, 'url' | 'apiUrl'> &
  Pick<ActionsService, 'onRepositoryDispatch' | 'onWorkflowRunCancel' | 'onWorkflowRunRerun' | 'createWorkflowRun'> &
  Pick<ActionsService, 'updateWorkflowRun' | 'createWorkflowJob' | 'updateWorkflowJob' | 'addArtifact'> &
  Pick<ActionsService, 'createJobToken'> & { readonly state: Pick<LocalGitHubState, 'repositories' | 'workflowRuns'> }

/** What all runs of a runner share. */
export interface Services {
  github: RunnerGitHub
  oidc: OidcIssuer
  actions: ActionStore
  gate: Gate
  groups: ConcurrencyGroups
  cancelTimes: CancelTimes
  provisionEnv: Record<string, string>
}

export interface JobResult {
  result: StepResult
  outputs: Record<string, unknown>
}
/** What a workflow sees that another one called, or the first one. */
interface Level {
  inputs: Record<string, unknown>
  secrets: Record<string, string>
  vars: Record<string, string>
  /** `run / ` in front of the names of called jobs. */
  prefix: string
}
interface LiveJob {
  record: WorkflowJobRecord
  log: JobLog
  process: StepProcess | null
  summaries: string[]
  done: boolean
}

export class Execution {
  readonly #services: Services
  readonly #facts: RunFacts
  readonly #planned: readonly PlannedJob[]
  readonly #cancelled = new AbortController()
  readonly #gone = new AbortController()
  readonly #jobs: LiveJob[] = []
  readonly #machines: Machine[] = []
  #problem = ''
  #lost = false
  #started = false

  constructor(services: Services, facts: RunFacts, planned: readonly PlannedJob[]) {
    this.#services = services
    this.#facts = facts
    this.#planned = planned
  }

  log(): string {
    return this.#jobs.map((job) => job.log.text).join('') + this.#problem
  }

  annotations(): Annotation[] {
    return this.#jobs.flatMap((job) => job.log.annotations)
  }

  summary(): string {
    return this.#jobs.flatMap((job) => job.summaries).join('\n')
  }

  /** Pids of the running steps; each leads its process group. */
  processes(): number[] {
    return this.#jobs.flatMap((job) => (job.process ? [job.process.pid] : []))
  }

  cancel(force: boolean): void {
    if (force) this.#gone.abort()
    this.#cancelled.abort()
    const limit = setTimeout(() => this.#gone.abort(), CANCEL_TOTAL_MS_MAX)
    limit.unref()
  }

  /** The machine dies: nothing of it is reported any more. */
  lose(signal: NodeJS.Signals): void {
    this.#lost = true
    const processes = this.#jobs.flatMap((job) => (job.process ? [job.process] : []))
    for (const process of processes) process.signal(signal)
    if (signal === 'SIGKILL') this.#gone.abort()
    // A gentler signal leaves them their time, and nothing runs after them.
    else void Promise.allSettled(processes.map((process) => process.ended)).then(() => this.#gone.abort())
  }

  /** What GitHub does minutes after a machine was lost. */
  giveUp(): void {
    if (!this.#lost) throw new Error(`Workflow run ${this.#facts.run.id} has not lost its machine.`)
    const { github } = this.#services
    for (const { record, log } of this.#jobs.filter((job) => !job.done)) {
      log.error('The hosted runner lost communication with the server.')
      github.updateWorkflowJob(record.id, { status: 'completed', conclusion: 'failure', logs: log.text })
    }
    github.updateWorkflowRun(this.#facts.run.id, { status: 'completed', conclusion: 'failure' })
  }

  /** Ends whatever is left, also on a lost machine. */
  async remove(): Promise<void> {
    this.#lost = true
    this.#gone.abort()
    this.#cancelled.abort()
    for (const job of this.#jobs) job.process?.signal('SIGKILL')
    await Promise.all(this.#machines.map((machine) => machine.remove()))
  }

  /** Runs to the end and reports the run's conclusion; resolves quietly when the machine was lost. */
  async run(level: Omit<Level, 'prefix'>, concurrency: Node | undefined): Promise<void> {
    const { github } = this.#services
    const scope: Scope = { contexts: { github: githubContext(this.#facts), ...level }, status: 'success' }
    const turn = this.#enterGroup(concurrency, scope)
    if (turn?.waits) github.updateWorkflowRun(this.#facts.run.id, { status: 'pending' })
    try {
      if (turn) await Promise.race([turn.admitted, aborted(this.#cancelled.signal)])
      if (turn?.waits && !this.#cancelled.signal.aborted) {
        github.updateWorkflowRun(this.#facts.run.id, { status: 'queued' })
      }
      const results = this.#cancelled.signal.aborted
        ? new Map<string, JobResult>()
        : await this.#runAll(this.#planned, { ...level, prefix: '' })
      if (this.#lost) return
      const conclusion = this.#cancelled.signal.aborted ? 'cancelled' : worst([...results.values()])
      github.updateWorkflowRun(this.#facts.run.id, { status: 'completed', conclusion })
    } catch (error) {
      // An expression that cannot be evaluated, as `fromJSON('')`: the run fails and says so.
      this.#problem += `##[error]${error instanceof Error ? error.message : String(error)}\n`
      if (!this.#lost) github.updateWorkflowRun(this.#facts.run.id, { status: 'completed', conclusion: 'failure' })
    } finally {
      turn?.leave()
    }
  }

  #enterGroup(node: Node | undefined, scope: Scope) {
    if (node === undefined) return null
    const name = isMap(node) ? text(node['group'], scope) : text(node, scope)
    const cancelInProgress = isMap(node) && scalar(node['cancel-in-progress'], scope) === true
    const queueAll = isMap(node) && node['queue'] === 'max'
    const key = `${this.#facts.dispatch.repository.fullName}:${name}`
    return this.#services.groups.enter(key, { cancelInProgress, queueAll }, () => this.cancel(false))
  }

  /** Each job starts when what it needs has ended. */
  async #runAll(jobs: readonly PlannedJob[], level: Level): Promise<Map<string, JobResult>> {
    const running = new Map<string, Promise<JobResult>>()
    for (const job of jobs) {
      const needs = job.definition.needs
      running.set(
        job.definition.id,
        (async () => {
          // Jobs may stand in any order: all are in the map before the first one looks.
          await Promise.resolve()
          const ended = await Promise.all(needs.map(async (id) => [id, await running.get(id)!] as const))
          return this.#runOne(job, level, Object.fromEntries(ended))
        })(),
      )
    }
    const entries = [...running].map(async ([id, result]) => [id, await result] as const)
    return new Map(await Promise.all(entries))
  }

  async #runOne(job: PlannedJob, level: Level, needs: Record<string, JobResult>): Promise<JobResult> {
    if (this.#lost) return { result: 'cancelled', outputs: {} }
    const contexts = { github: githubContext(this.#facts), inputs: level.inputs, vars: level.vars, needs }
    const status: Scope['status'] = this.#cancelled.signal.aborted ? 'cancelled' : needsStatus(Object.values(needs))
    const scope: Scope = { contexts: { ...contexts, secrets: level.secrets }, status }
    const name = level.prefix + text(job.definition.tree['name'] ?? job.definition.id, scope)
    if (!isTrue(job.definition.if, { contexts, status })) {
      const record = this.#services.github.createWorkflowJob(this.#facts.run.id, { name })
      const conclusion = status === 'cancelled' ? 'cancelled' : 'skipped'
      this.#updateJob(record, { status: 'completed', conclusion })
      return { result: conclusion, outputs: {} }
    }
    return job.kind === 'call' ? this.#runCall(job, scope, name) : this.#runSteps(job, level, scope, name)
  }

  async #runCall(job: PlannedCallJob, scope: Scope, name: string): Promise<JobResult> {
    const { with: given, secrets } = job.definition.tree
    const level: Level = {
      inputs: callInputs(job.interface['inputs'], given, scope),
      secrets: secrets === 'inherit' ? (scope.contexts['secrets'] as Record<string, string>) : textMap(secrets, scope),
      vars: scope.contexts['vars'] as Record<string, string>,
      prefix: `${name} / `,
    }
    const results = await this.#runAll(job.jobs, level)
    const called: Scope = {
      contexts: { ...scope.contexts, inputs: level.inputs, jobs: Object.fromEntries(results) },
      status: 'success',
    }
    const declared = isMap(job.interface['outputs']) ? Object.entries(job.interface['outputs']) : []
    const outputs = declared.map(([id, spec]) => [id, isMap(spec) ? text(spec['value'], called) : ''])
    return { result: worst([...results.values()]), outputs: Object.fromEntries(outputs) as Record<string, string> }
  }

  async #runSteps(planned: PlannedStepsJob, level: Level, scope: Scope, name: string): Promise<JobResult> {
    const { github, gate } = this.#services
    const turn = this.#enterGroup(planned.definition.tree['concurrency'], scope)
    const labels = [planned.definition.tree['runs-on'] as string]
    const record = github.createWorkflowJob(this.#facts.run.id, { name, labels })
    const live: LiveJob = { record, log: new JobLog(), process: null, summaries: [], done: false }
    this.#jobs.push(live)
    // A job that began for a cancelled run (`if: always()`) is not cancelled by that again.
    const cancelled = scope.status === 'cancelled' ? this.#gone.signal : this.#cancelled.signal
    try {
      if (turn) await Promise.race([turn.admitted, aborted(cancelled)])
      await gate.pass(cancelled)
      if (cancelled.aborted) return this.#end(live, { result: 'cancelled', outputs: {} })
      if (!this.#started) github.updateWorkflowRun(this.#facts.run.id, { status: 'in_progress' })
      this.#started = true
      this.#updateJob(record, { status: 'in_progress', runnerName: 'Local runner' })
      return this.#end(live, await this.#onMachine(planned, level, scope, live, cancelled))
    } finally {
      turn?.leave()
    }
  }

  #end(live: LiveJob, result: JobResult): JobResult {
    if (this.#lost) return result
    live.done = true
    this.#updateJob(live.record, { status: 'completed', conclusion: result.result, logs: live.log.text })
    return result
  }

  async #onMachine(
    planned: PlannedStepsJob,
    level: Level,
    scope: Scope,
    live: LiveJob,
    cancelled: AbortSignal,
  ): Promise<JobResult> {
    const { github, oidc, actions, cancelTimes, provisionEnv } = this.#services
    const { dispatch, run, attempt, workflow } = this.#facts
    const { repository, sender } = dispatch
    const { log, record } = live
    const machine = await makeMachine(repository.fullName, dispatch.payload, provisionEnv)
    this.#machines.push(machine)
    const token = github.createJobToken({
      repository: repository.fullName,
      permissions: tokenPermissions(planned.permissions),
    })
    const request = oidc.requestUrlFor(
      jobClaims({
        repository,
        run: { id: run.id, number: run.runNumber, attempt, checkRunId: record.checkRunId, eventName: run.event },
        branch: run.headBranch,
        sha: run.headSha,
        workflow,
        jobWorkflow: { ref: named(planned.source), sha: planned.source.sha },
        actor: sender,
      }),
    )
    const mayMint = planned.permissions['id-token'] === 'write'
    const secrets = { ...level.secrets, GITHUB_TOKEN: token }
    for (const secret of [...Object.values(secrets), request.token]) log.mask(secret)
    const overtime = new AbortController()
    const minutes = Number(text(planned.definition.tree['timeout-minutes'], scope)) || 360
    const timer = setTimeout(() => {
      log.error(`The job has exceeded the maximum execution time of ${minutes} minutes.`)
      overtime.abort()
    }, minutes * MINUTE_MS)
    const own = { token, job: planned.definition.id, workspace: machine.workspace, event_path: machine.eventPath }
    try {
      const outcome = await runJob({
        planned,
        machine,
        actions,
        log,
        contexts: {
          ...scope.contexts,
          github: { ...githubContext(this.#facts), ...own },
          secrets,
          job: {
            check_run_id: record.checkRunId,
            workflow_ref: named(planned.source),
            workflow_sha: planned.source.sha,
          },
        },
        oidcVariables: mayMint
          ? { ACTIONS_ID_TOKEN_REQUEST_URL: request.url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: request.token }
          : {},
        cancelTimes,
        cancelled: AbortSignal.any([cancelled, overtime.signal]),
        gone: this.#gone.signal,
        onProcess: (process) => (live.process = process),
        onSummary: (markdown) => live.summaries.push(markdown),
        report: (change) => this.#updateJob(record, change),
        addArtifact: (name, zip) => void github.addArtifact(run.id, name, zip),
      })
      return { result: outcome.status, outputs: outcome.outputs }
    } finally {
      clearTimeout(timer)
      request.revoke()
      // On a lost machine whatever survives is on its own; the runner's end removes it.
      if (!this.#lost) await machine.remove()
    }
  }

  #updateJob(record: WorkflowJobRecord, change: Parameters<LocalGitHub['updateWorkflowJob']>[1]): void {
    if (this.#lost) return
    this.#services.github.updateWorkflowJob(record.id, change)
  }
}

function needsStatus(needs: readonly JobResult[]): Scope['status'] {
  if (needs.some((need) => need.result === 'failure')) return 'failure'
  return needs.every((need) => need.result === 'success') ? 'success' : 'skipped'
}

function worst(results: readonly JobResult[]): StepResult {
  for (const result of ['failure', 'cancelled', 'success'] as const) {
    if (results.some((job) => job.result === result)) return result
  }
  return 'skipped'
}

/** Typed inputs of a called workflow, with its defaults. */
function callInputs(declared: Node | undefined, given: Node | undefined, scope: Scope): Record<string, unknown> {
  const specs = isMap(declared) ? Object.entries(declared) : []
  const values = isMap(given) ? given : {}
  return Object.fromEntries(
    specs.map(([id, spec]) => {
      const type = isMap(spec) ? spec['type'] : 'string'
      const empty = type === 'boolean' ? false : type === 'number' ? 0 : ''
      const value = scalar(values[id] ?? (isMap(spec) ? spec['default'] : undefined), scope) ?? empty
      if (typeof value !== type) throw new Error(`Input ${id} of the called workflow has to be a ${label(type)}.`)
      return [id, value]
    }),
  )
}

function label(node: Node | undefined): string {
  return typeof node === 'string' ? node : JSON.stringify(node)
}
