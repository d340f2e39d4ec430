/**
 * GitHub's own workflow parser. The package imports its schema as JSON without the attribute that Node asks for, so a
 * load hook adds it before the package is loaded; everything here that needs the parser imports this module.
 */
import { registerHooks } from 'node:module'

registerHooks({
  load(url, context, next) {
    if (!/\/@actions\/.*\.json$/.test(url)) return next(url, context)
    return next(url, { ...context, importAttributes: { ...context.importAttributes, type: 'json' } })
  },
})

const workflows = await import('@actions/workflow-parser')
const actions = await import('@actions/workflow-parser/actions/index')

/** An expression as the parser leaves it, without `${{ }}`: text around it has become `format(…)`. */
export class Expression {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}
/** A part of a workflow file. */
export type Node = string | number | boolean | null | Expression | Node[] | NodeMap
export interface NodeMap {
  [key: string]: Node
}

export interface StepDefinition {
  id: string
  /** With `success() &&` in front when the author named no status function. */
  if: string
  tree: NodeMap
}
export interface JobDefinition {
  id: string
  if: string
  needs: string[]
  tree: NodeMap
  steps: StepDefinition[]
}
export interface WorkflowFile {
  tree: NodeMap
  jobs: JobDefinition[]
  /** What GitHub would show as "Invalid workflow file". */
  problems: string[]
}

export function readWorkflow(path: string, content: string): Promise<WorkflowFile> {
  return convert(workflows.parseWorkflow({ name: path, content }, new workflows.NoOperationTraceWriter()))
}

type Parsed = ReturnType<typeof workflows.parseWorkflow>

async function convert(parsed: Parsed): Promise<WorkflowFile> {
  const problems = () => parsed.context.errors.getErrors().map((error) => error.message)
  const tree = parsed.value ? nodeOf(parsed.value) : {}
  if (!isMap(tree) || !parsed.value) return { tree: {}, jobs: [], problems: [...problems(), 'The file is empty.'] }
  if (problems().length > 0) return { tree, jobs: [], problems: problems() }
  const template = await workflows.convertWorkflowTemplate(parsed.context, parsed.value)
  const trees = isMap(tree['jobs']) ? tree['jobs'] : {}
  const jobs = template.jobs.map((job): JobDefinition => {
    const own = trees[job.id.value] as NodeMap
    const steps = Array.isArray(own['steps']) ? (own['steps'] as NodeMap[]) : []
    return {
      id: job.id.value,
      if: job.if.expression,
      needs: (job.needs ?? []).map((need) => need.value),
      tree: own,
      steps: (job.type === 'job' ? job.steps : []).map((step, index) => ({
        id: step.id,
        if: step.if?.expression ?? 'success()',
        tree: steps[index]!,
      })),
    }
  })
  return { tree, jobs, problems: problems() }
}

export interface ActionFile {
  name: string
  /** Defaults by input id; null when the input has none. */
  inputs: Map<string, Node>
  using: string
  main: string
  pre: string | undefined
  post: string | undefined
  postIf: string
}

/** Reads an `action.yml`; throws the parser's findings. */
export function readAction(path: string, content: string): ActionFile {
  const parsed = actions.parseAction({ name: path, content }, new workflows.NoOperationTraceWriter())
  const problems = parsed.context.errors.getErrors().map((error) => error.message)
  const tree = parsed.value ? nodeOf(parsed.value) : null
  if (problems.length > 0 || !isMap(tree) || !isMap(tree['runs'])) {
    throw new Error(`${path} is not a valid action: ${problems.join('; ') || 'it has no runs'}`)
  }
  const runs = tree['runs']
  const inputs = isMap(tree['inputs']) ? tree['inputs'] : {}
  const text = (key: string) => (typeof runs[key] === 'string' ? runs[key] : undefined)
  return {
    name: typeof tree['name'] === 'string' ? tree['name'] : path,
    inputs: new Map(
      Object.entries(inputs).map(([id, input]) => [id, isMap(input) ? (input['default'] ?? null) : null]),
    ),
    using: text('using') ?? '',
    main: text('main') ?? '',
    pre: text('pre'),
    post: text('post'),
    postIf: text('post-if') ?? (runs['post-if'] instanceof Expression ? runs['post-if'].text : 'always()'),
  }
}

export function isMap(node: Node | undefined): node is NodeMap {
  return typeof node === 'object' && node !== null && !Array.isArray(node) && !(node instanceof Expression)
}

function nodeOf(token: NonNullable<Parsed['value']>): Node {
  if (workflows.isBasicExpression(token)) return new Expression(token.expression)
  if (workflows.isSequence(token)) return [...iterate(token)].map(nodeOf)
  if (workflows.isMapping(token)) {
    return Object.fromEntries([...iterate(token)].map((pair) => [pair.key.toString(), nodeOf(pair.value)]))
  }
  if (workflows.isString(token) || workflows.isNumber(token) || workflows.isBoolean(token)) return token.value
  return null
}

/** The tokens' iterators have no `[Symbol.iterator]` of their own in the types. */
function* iterate<T>(source: { [Symbol.iterator](): Iterator<T> }): Generator<T> {
  const iterator = source[Symbol.iterator]()
  for (let step = iterator.next(); !step.done; step = iterator.next()) yield step.value
}
