/**
 * From a workflow file to the jobs that will run: called workflows are read and put in, permissions are checked, and
 * what this runner cannot do is refused by name before anything starts.
 */
import { resolveRef, readBlob } from './git.ts'
import { Expression, isMap, readWorkflow } from './parser.ts'
import type { JobDefinition, Node, NodeMap, WorkflowFile } from './parser.ts'
import { defaultPermissions, excess, readPermissions } from './permissions.ts'
import type { JobPermissions } from './permissions.ts'

const CALL_DEPTH_MAX = 4
/** Accepted in a job, with or without effect here. */
const jobKeys = ['name', 'runs-on', 'permissions', 'needs', 'if', 'env', 'outputs', 'steps', 'timeout-minutes']
const callKeys = ['name', 'permissions', 'needs', 'if', 'uses', 'with', 'secrets', 'concurrency']
const stepKeys = ['id', 'name', 'if', 'uses', 'with', 'env', 'continue-on-error', 'timeout-minutes']

/** Where a workflow file was read. */
export interface WorkflowSource {
  repository: string
  path: string
  /** `refs/heads/main`, `refs/tags/v1` or the commit id that it was asked for by. */
  ref: string
  sha: string
}
export interface PlannedStepsJob {
  kind: 'steps'
  definition: JobDefinition
  permissions: JobPermissions
  source: WorkflowSource
  file: WorkflowFile
}
export interface PlannedCallJob {
  kind: 'call'
  definition: JobDefinition
  jobs: PlannedJob[]
  file: WorkflowFile
  /** The called workflow's `on.workflow_call`. */
  interface: NodeMap
}
export type PlannedJob = PlannedStepsJob | PlannedCallJob

/** `Invalid workflow file`: the run ends before it started. */
export class InvalidWorkflow extends Error {}

/** The bare repository of `owner/name`, or null. */
export type FindRepository = (fullName: string) => string | null

/** Reads the file and everything that it calls; throws `InvalidWorkflow`. */
export async function planWorkflow(
  source: WorkflowSource,
  find: FindRepository,
): Promise<{ file: WorkflowFile; jobs: PlannedJob[] }> {
  const file = await load(source, find)
  const permissions = readPermissions(file.tree['permissions']) ?? defaultPermissions
  const jobs = await planJobs({ file, source, find, permissions, depth: 0 })
  return { file, jobs }
}

interface Level {
  file: WorkflowFile
  source: WorkflowSource
  find: FindRepository
  /** What a job has that says nothing itself. */
  permissions: JobPermissions
  /** What a called job must not exceed. */
  allowed?: JobPermissions
  depth: number
}

async function load(source: WorkflowSource, find: FindRepository): Promise<WorkflowFile> {
  const gitDir = find(source.repository)
  const content = gitDir ? await readBlob(gitDir, source.sha, source.path) : null
  if (content === null) throw new InvalidWorkflow(`${source.repository} has no ${source.path} at ${source.sha}.`)
  const file = await readWorkflow(source.path, content)
  if (file.problems.length > 0) throw new InvalidWorkflow(file.problems.join('\n'))
  refuse(source.path, file.tree, ['name', 'run-name', 'on', 'permissions', 'env', 'concurrency', 'jobs', 'defaults'])
  return file
}

async function planJobs(level: Level): Promise<PlannedJob[]> {
  const jobs: PlannedJob[] = []
  for (const definition of level.file.jobs) {
    const permissions = readPermissions(definition.tree['permissions']) ?? level.permissions
    const over = level.allowed ? excess(definition.id, permissions, level.allowed) : null
    if (over) throw new InvalidWorkflow(`Error calling workflow '${named(level.source)}'. ${over}`)
    const where = `job '${definition.id}' of ${level.source.path}`
    if (typeof definition.tree['uses'] === 'string') {
      refuse(where, definition.tree, callKeys)
      jobs.push(await planCall(definition, definition.tree['uses'], permissions, level))
    } else {
      refuse(where, definition.tree, [...jobKeys, 'concurrency', 'defaults'])
      refuseSteps(where, definition)
      jobs.push({ kind: 'steps', definition, permissions, source: level.source, file: level.file })
    }
  }
  return jobs
}

async function planCall(
  definition: JobDefinition,
  uses: string,
  allowed: JobPermissions,
  level: Level,
): Promise<PlannedCallJob> {
  if (level.depth >= CALL_DEPTH_MAX)
    throw new InvalidWorkflow(`'${uses}' is called more than ${CALL_DEPTH_MAX} levels deep.`)
  const source = await calledSource(uses, level)
  const file = await load(source, level.find)
  const on = file.tree['on']
  const call = isMap(on) ? on['workflow_call'] : on === 'workflow_call' ? {} : undefined
  if (call === undefined) throw new InvalidWorkflow(`'${uses}' cannot be called: it lacks on.workflow_call.`)
  const contract = isMap(call) ? call : {}
  checkArguments(uses, definition, contract, level, source)
  const permissions = readPermissions(file.tree['permissions']) ?? allowed
  const jobs = await planJobs({ file, source, find: level.find, permissions, allowed, depth: level.depth + 1 })
  return { kind: 'call', definition, jobs, file, interface: contract }
}

async function calledSource(uses: string, level: Level): Promise<WorkflowSource> {
  if (uses.startsWith('./')) return { ...level.source, path: uses.slice(2) }
  const match = /^([^/\s]+\/[^/\s]+)\/(\.github\/workflows\/[^/@]+)@(\S+)$/.exec(uses)
  if (!match) throw new InvalidWorkflow(`'${uses}' is not owner/repository/.github/workflows/file.yml@ref.`)
  const [, repository, path, ref] = match as unknown as [string, string, string, string]
  const gitDir = level.find(repository)
  const resolved = gitDir ? await resolveRef(gitDir, ref) : null
  if (!resolved) throw new InvalidWorkflow(`error parsing called workflow '${uses}': workflow was not found.`)
  return { repository, path, ref: resolved.name, sha: resolved.sha }
}

/** Names and required values of `with` and `secrets` against what the called workflow declares. */
function checkArguments(
  uses: string,
  definition: JobDefinition,
  contract: NodeMap,
  level: Level,
  source: WorkflowSource,
) {
  const problems: string[] = []
  const { with: given, secrets } = definition.tree
  if (secrets === 'inherit' && owner(source.repository) !== owner(level.source.repository)) {
    problems.push('secrets: inherit works only within one organization')
  }
  for (const [kind, values] of [
    ['inputs', given],
    ['secrets', secrets],
  ] as const) {
    const declared = isMap(contract[kind]) ? contract[kind] : {}
    const names = isMap(values) ? Object.keys(values) : []
    const unknown = names.filter((name) => !(name in declared))
    problems.push(...unknown.map((name) => `${kind.slice(0, -1)} ${name} is not defined in the called workflow`))
    const missing = Object.entries(declared).filter(
      ([name, spec]) => isMap(spec) && spec['required'] === true && !names.includes(name) && values !== 'inherit',
    )
    problems.push(...missing.map(([name]) => `${kind.slice(0, -1)} ${name} is required, but not provided`))
  }
  if (problems.length > 0) throw new InvalidWorkflow(`Invalid call of '${uses}': ${problems.join('; ')}.`)
}

function refuse(where: string, tree: NodeMap, known: readonly string[]): void {
  const unknown = Object.keys(tree).filter((key) => !known.includes(key))
  if (unknown.length > 0) {
    throw new InvalidWorkflow(
      `The local runner does not support ${unknown.map((key) => `'${key}:'`).join(', ')} (${where}).`,
    )
  }
  const runsOn = tree['runs-on']
  if (runsOn !== undefined && !(typeof runsOn === 'string' && runsOn.startsWith('ubuntu-'))) {
    throw new InvalidWorkflow(`The local runner has only ubuntu-* labels, not ${label(runsOn)} (${where}).`)
  }
}

function refuseSteps(where: string, definition: JobDefinition): void {
  for (const [index, step] of definition.steps.entries()) {
    refuse(`step ${index + 1} of ${where}`, step.tree, stepKeys)
    if (typeof step.tree['uses'] !== 'string')
      throw new InvalidWorkflow(`Step ${index + 1} of ${where} has no 'uses:'.`)
  }
}

export function named(source: WorkflowSource): string {
  return `${source.repository}/${source.path}@${source.ref}`
}

function label(node: Node): string {
  return node instanceof Expression ? node.text : JSON.stringify(node)
}

function owner(fullName: string): string {
  return fullName.split('/')[0]!.toLowerCase()
}
