/**
 * Runs the steps of one job the way the runner does: conditions, inputs, environment, files and commands, state for
 * the `post` scripts, and what cancellation leaves to do.
 */
import { basename } from 'node:path'

import type { WorkflowJobRecord, WorkflowStepRecord } from '../github/records.ts'
import { readReference } from './action.ts'
import type { Action, ActionStore } from './action.ts'
import { githubVariables } from './contexts.ts'
import { isTrue, text, textMap } from './expressions.ts'
import type { Scope, Status } from './expressions.ts'
import type { JobLog } from './job-log.ts'
import type { Machine } from './machine.ts'
import { Expression } from './parser.ts'
import type { Node, StepDefinition } from './parser.ts'
import type { PlannedStepsJob } from './plan.ts'
import type { CancelTimes, StepProcess } from './processes.ts'
import { runScript } from './script.ts'
import { zipArtifact } from './upload-artifact.ts'

const MINUTE_MS = 60_000
export type StepResult = Status | 'skipped'

export interface JobRun {
  planned: PlannedStepsJob
  machine: Machine
  actions: ActionStore
  log: JobLog
  /** Contexts that hold for the whole job; `github` has the job's token. */
  contexts: Record<string, unknown>
  /** What a job with `id-token: write` gets, else empty. */
  oidcVariables: Record<string, string>
  cancelTimes: CancelTimes
  /** Aborted: the run was cancelled (or the job's time is over). */
  cancelled: AbortSignal
  /** Aborted: nothing may run any more, not even `always()`; the machine is lost, or the run force-cancelled. */
  gone: AbortSignal
  /** The running process, for those who look or kill. */
  onProcess(process: StepProcess | null): void
  /** The Markdown that a step wrote to `GITHUB_STEP_SUMMARY`. */
  onSummary(markdown: string): void
  report(change: { steps: WorkflowJobRecord['steps'] }): void
  addArtifact(name: string, zip: Uint8Array): void
}

interface Post {
  definition: StepDefinition
  action: Action
  inputs: Record<string, string>
  env: Record<string, string>
  state: Map<string, string>
}

/** Everything that changes while the steps run. */
interface Progress {
  status: Status
  steps: Record<string, { outputs: Record<string, string>; outcome: StepResult; conclusion: StepResult }>
  /** From `GITHUB_ENV` and `GITHUB_PATH`. */
  env: Record<string, string>
  paths: string[]
  posts: Post[]
  records: WorkflowStepRecord[]
}

export interface JobOutcome {
  status: Status
  outputs: Record<string, string>
}

export async function runJob(job: JobRun): Promise<JobOutcome> {
  const progress: Progress = { status: 'success', steps: {}, env: {}, paths: [], posts: [], records: [] }
  const actions = new Map<StepDefinition, Action>()
  await recorded(job, progress, 'Set up job', async () => {
    for (const step of job.planned.definition.steps) {
      const uses = usesOf(step)
      if (!isUpload(uses)) actions.set(step, await job.actions.load(uses))
    }
    return 'success'
  })
  const setUp = progress.status === 'success'
  for (const step of setUp ? job.planned.definition.steps : []) await runStep(job, progress, step, actions.get(step))
  for (const post of progress.posts.toReversed()) await runPost(job, progress, post)
  await recorded(job, progress, 'Complete job', async () => 'success')
  const status = statusNow(job, progress)
  const outputs = textMap(job.planned.definition.tree['outputs'], scopeOf(job, progress))
  return { status, outputs }
}

async function runStep(job: JobRun, progress: Progress, step: StepDefinition, action: Action | undefined) {
  const uses = usesOf(step)
  const name = text(step.tree['name'] ?? `Run ${uses}`, scopeOf(job, progress))
  let outputs: Record<string, string> = {}
  const keepsGoing = step.tree['continue-on-error'] ?? false
  await recorded(
    job,
    progress,
    name,
    async () => {
      const env = stepEnv(job, progress, step)
      const scope = scopeOf(job, progress, env)
      if (!isTrue(step.if, scope)) return 'skipped'
      const inputs = inputsOf(step, action, scope)
      describe(job, uses, inputs, textMap(step.tree['env'], scope))
      if (!action) return upload(job, inputs)
      const post: Post = { definition: step, action, inputs, env, state: new Map() }
      if (action.file.post) progress.posts.push(post)
      const result = await script(job, progress, post, action.file.main, step.if)
      outputs = result.outputs
      return result.status
    },
    (outcome) => {
      const tolerated =
        outcome === 'failure' &&
        (keepsGoing === true || (keepsGoing instanceof Expression && isTrue(keepsGoing.text, scopeOf(job, progress))))
      const conclusion = tolerated ? 'success' : outcome
      progress.steps[step.id] = { outputs, outcome, conclusion }
      return conclusion
    },
  )
}

async function runPost(job: JobRun, progress: Progress, post: Post): Promise<void> {
  const uses = usesOf(post.definition)
  await recorded(job, progress, `Post Run ${uses}`, async () => {
    const condition = post.action.file.postIf
    if (!isTrue(condition, scopeOf(job, progress, post.env))) return 'skipped'
    describe(job, uses, post.inputs, {})
    return (await script(job, progress, post, post.action.file.post!, condition)).status
  })
}

/** Runs one script of an action; a condition that still holds under cancellation lets it go on. */
async function script(job: JobRun, progress: Progress, post: Post, file: string, condition: string) {
  const { action, inputs, env, definition } = post
  const scope = scopeOf(job, progress, env)
  const timeout = Number(text(definition.tree['timeout-minutes'], scope)) * MINUTE_MS
  const result = await runScript({
    job,
    action,
    file,
    env: {
      ...env,
      ...(progress.paths.length > 0
        ? { PATH: [...progress.paths.toReversed(), job.machine.env['PATH']].join(':') }
        : {}),
      GITHUB_ACTION: definition.id,
      GITHUB_ACTION_REPOSITORY: action.repository,
      GITHUB_ACTION_REF: action.ref,
      ...Object.fromEntries([...post.state].map(([key, value]) => [`STATE_${key}`, value])),
      ...Object.fromEntries(Object.entries(inputs).map(([key, value]) => [inputVariable(key), value])),
    },
    timeoutMs: timeout > 0 ? timeout : null,
    survivesCancel: () => isTrue(condition, { ...scope, status: 'cancelled' }),
  })
  for (const [key, value] of result.state) post.state.set(key, value)
  Object.assign(progress.env, Object.fromEntries(result.env))
  progress.paths.push(...result.paths)
  return { status: result.status, outputs: Object.fromEntries(result.outputs) }
}

async function upload(job: JobRun, inputs: Record<string, string>): Promise<StepResult> {
  const uploaded = await zipArtifact(inputs, job.machine.workspace)
  if (uploaded.files > 0 && 'zip' in uploaded) {
    job.addArtifact(uploaded.name, uploaded.zip)
    job.log.write(`Artifact ${uploaded.name} has been successfully uploaded with ${uploaded.files} file(s).`)
  } else if ('level' in uploaded) {
    if (uploaded.level === 'error') throw new Error(uploaded.complaint)
    job.log.write(`${uploaded.level === 'warn' ? '##[warning]' : ''}${uploaded.complaint}`)
  }
  return 'success'
}

/** A step's row on the job's page, its result in the job's status, and its error in the log. */
async function recorded(
  job: JobRun,
  progress: Progress,
  name: string,
  work: () => Promise<StepResult>,
  conclude: (outcome: StepResult) => StepResult = (outcome) => outcome,
): Promise<void> {
  if (job.gone.aborted) return
  const number = progress.records.length + 1
  const row: WorkflowStepRecord = {
    name,
    number,
    status: 'in_progress',
    conclusion: null,
    startedAt: Date.now(),
    completedAt: null,
  }
  progress.records.push(row)
  job.report({ steps: progress.records.map((record) => ({ ...record })) })
  const outcome = await work().catch((error: Error): StepResult => {
    job.log.error(error.message)
    return 'failure'
  })
  job.log.endStep()
  const conclusion = conclude(outcome)
  if (conclusion === 'failure' && progress.status === 'success') progress.status = 'failure'
  Object.assign(row, { status: 'completed', conclusion, completedAt: Date.now() })
  if (!job.gone.aborted) job.report({ steps: progress.records.map((record) => ({ ...record })) })
}

function statusNow(job: JobRun, progress: Progress): Status {
  return job.cancelled.aborted || job.gone.aborted ? 'cancelled' : progress.status
}

function scopeOf(job: JobRun, progress: Progress, env: Record<string, string> = {}): Scope {
  const status = statusNow(job, progress)
  const own = job.contexts['job'] as Record<string, unknown>
  const contexts = { ...job.contexts, env, steps: progress.steps, job: { ...own, status }, runner: job.machine.context }
  return { contexts, status }
}

/** The variables of a step, without the inputs: the machine's, the run's, the files', then what the file says. */
function stepEnv(job: JobRun, progress: Progress, step: StepDefinition): Record<string, string> {
  const declared: Record<string, string> = {}
  const layers = [job.planned.file.tree['env'], job.planned.definition.tree['env'], step.tree['env']]
  for (const [index, layer] of layers.entries()) {
    Object.assign(declared, textMap(layer, scopeOf(job, progress, declared)))
    if (index === 1) Object.assign(declared, progress.env)
  }
  const { github } = job.contexts as { github: Record<string, unknown> }
  return {
    ...job.machine.env,
    ...declared,
    ...githubVariables(github),
    GITHUB_EVENT_PATH: job.machine.eventPath,
    GITHUB_WORKSPACE: job.machine.workspace,
    ...job.oidcVariables,
  }
}

function inputsOf(step: StepDefinition, action: Action | undefined, scope: Scope): Record<string, string> {
  const defaults = [...(action?.file.inputs ?? new Map<string, Node>())].filter(([, value]) => value !== null)
  const fromFile = Object.fromEntries(defaults.map(([id, value]) => [id, text(value, scope)]))
  return { ...fromFile, ...textMap(step.tree['with'], scope) }
}

/** What the runner prints before a step: inputs are in the log, which is why nothing secret may be one unmasked. */
function describe(job: JobRun, uses: string, inputs: Record<string, string>, env: Record<string, string>): void {
  job.log.write(`##[group]Run ${uses}`)
  for (const [title, values] of Object.entries({ with: inputs, env })) {
    if (Object.keys(values).length > 0) job.log.write(`${title}:`)
    for (const [key, value] of Object.entries(values)) job.log.write(`  ${key}: ${value}`)
  }
  job.log.write('##[endgroup]')
}

function inputVariable(name: string): string {
  return `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`
}

/** A plan lets only steps with `uses:` through. */
function usesOf(step: StepDefinition): string {
  return step.tree['uses'] as string
}

function isUpload(uses: string): boolean {
  return uses.startsWith('actions/') && basename(readReference(uses).repository) === 'upload-artifact'
}
