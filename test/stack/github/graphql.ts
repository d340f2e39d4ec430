/** The mutations that have no REST form: folding a comment (`minimizeComment`, `unminimizeComment`), reacting to a review. */
import { demand } from './access.ts'
import { react } from './acts/issues.ts'
import { actorOf, authenticate } from './auth.ts'
import type { Principal } from './auth.ts'
import { ApiError } from './errors.ts'
import type { CommentRecord, ReactionContent } from './records.ts'
import { discuss } from './routes/issues.ts'
import { text, writes } from './route.ts'
import type { Json } from './views/common.ts'
import type { World } from './world.ts'

const classifiers = ['SPAM', 'ABUSE', 'OFF_TOPIC', 'OUTDATED', 'DUPLICATE', 'RESOLVED', 'LOW_QUALITY']
const reactionContents: Record<string, ReactionContent> = {
  THUMBS_UP: '+1',
  THUMBS_DOWN: '-1',
  LAUGH: 'laugh',
  HOORAY: 'hooray',
  CONFUSED: 'confused',
  HEART: 'heart',
  ROCKET: 'rocket',
  EYES: 'eyes',
}
const OPERATION = /\b(minimizeComment|unminimizeComment|addReaction)\s*\(\s*input\s*:\s*(\$\w+|\{[^}]*\})/

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
    if (!found)
      return failed('UNSUPPORTED', 'The local GitHub knows minimizeComment, unminimizeComment and addReaction only.')
    const [, name = '', argument = ''] = found
    const input = inputOf(argument, (body['variables'] ?? {}) as Json)
    if (name === 'addReaction') return reactToReview(world, principal, input)
    const comment = [...world.comments.values()].find((c) => c.nodeId === input['subjectId'])
    if (!comment) return noSuchNode(input)
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

/** Of all that can be reacted to, reviews and their comments on lines. */
function reactToReview(world: World, principal: Principal, input: Json) {
  const review = [...world.reviews.values()].find((r) => r.nodeId === input['subjectId'])
  const content = reactionContents[String(input['content'])]
  if (!review) return noSuchNode(input)
  if (!content) return failed('INVALID', `'${String(input['content'])}' is no ReactionContent`)
  demand(world, principal, world.repositoryById(review.repositoryId), { ...writes('pull_requests'), role: 'read' })
  react(world, actorOf(world, principal), 'review', review, content)
  return { status: 200, body: { data: { addReaction: { reaction: { content: input['content'] } } } } }
}

const noSuchNode = (input: Json) =>
  failed('NOT_FOUND', `Could not resolve to a node with the global id of '${String(input['subjectId'])}'`)

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
