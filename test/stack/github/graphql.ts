/** The one mutation that has no REST form: folding a comment (`minimizeComment`, `unminimizeComment`). */
import { demand } from './access.ts'
import { authenticate } from './auth.ts'
import { ApiError } from './errors.ts'
import type { CommentRecord } from './records.ts'
import { discuss } from './routes/issues.ts'
import { text } from './route.ts'
import type { Json } from './views/common.ts'
import type { World } from './world.ts'

const classifiers = ['SPAM', 'ABUSE', 'OFF_TOPIC', 'OUTDATED', 'DUPLICATE', 'RESOLVED', 'LOW_QUALITY']
const OPERATION = /\b(minimizeComment|unminimizeComment)\s*\(\s*input\s*:\s*(\$\w+|\{[^}]*\})/

/** GraphQL answers 200 with `errors`; only bad credentials are 401. */
export function answerGraphql(
  world: World,
  authorization: string | undefined,
  body: Json,
): { status: number; body: Json } {
  try {
    const principal = authenticate(world, authorization)
    if (principal.kind === 'none' || principal.kind === 'app') throw new ApiError(401, 'Bad credentials')
    const found = OPERATION.exec(text(body['query']))
    if (!found) return failed('UNSUPPORTED', 'The local GitHub knows minimizeComment and unminimizeComment only.')
    const [, name = '', argument = ''] = found
    const input = inputOf(argument, (body['variables'] ?? {}) as Json)
    const comment = [...world.comments.values()].find((c) => c.nodeId === input['subjectId'])
    if (!comment)
      return failed('NOT_FOUND', `Could not resolve to a node with the global id of '${String(input['subjectId'])}'`)
    demand(world, principal, world.repositoryById(comment.repositoryId), discuss)
    return minimize(comment, name, input)
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    if (error.status === 401) return { status: 401, body: { message: error.message } }
    return failed('FORBIDDEN', error.message)
  }
}

function minimize(comment: CommentRecord, name: string, input: Json) {
  const fold = name === 'minimizeComment'
  const classifier = String(input['classifier'])
  if (fold && !classifiers.includes(classifier))
    return failed('INVALID', `Expected value '${classifier}' to be one of ${classifiers.join(', ')}`)
  comment.minimized = fold ? classifier.toLowerCase().replace('_', '-') : null
  const view = { id: comment.nodeId, isMinimized: fold, minimizedReason: comment.minimized }
  return {
    status: 200,
    body: { data: { [name]: { minimizedComment: view, unminimizedComment: view, clientMutationId: null } } },
  }
}

/** Variables (`$input`, or an object of variables and literals); octokit's usual forms. */
function inputOf(argument: string, variables: Json): Json {
  if (argument.startsWith('$')) return (variables[argument.slice(1)] ?? {}) as Json
  const entries = [...argument.matchAll(/(\w+)\s*:\s*(?:\$(\w+)|"([^"]*)"|(\w+))/g)]
  return Object.fromEntries(
    entries.map(([, key = '', variable, quoted, word]) => [key, variable ? variables[variable] : (quoted ?? word)]),
  )
}

function failed(type: string, message: string) {
  return { status: 200, body: { data: null, errors: [{ type, path: ['minimizeComment'], message }] } }
}
