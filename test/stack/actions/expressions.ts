/** Evaluates `${{ … }}` with GitHub's own library, over plain JavaScript values. */
import { Evaluator, Lexer, Parser, data } from '@actions/expressions'

import { Expression, isMap } from './parser.ts'
import type { Node } from './parser.ts'

/** How the job (or what it needs) stands, for `success()`, `failure()` and `cancelled()`. */
export type Status = 'success' | 'failure' | 'cancelled'

export interface Scope {
  /** `github`, `env`, `inputs`, `secrets`, `steps`, …: plain JSON. */
  contexts: Record<string, unknown>
  /** `skipped` (of a need): none of the three functions holds. */
  status: Status | 'skipped'
}

/** The value of an expression as plain JSON. */
function evaluate(expression: string, scope: Scope): unknown {
  return JSON.parse(JSON.stringify(result(expression, scope), data.replacer)) as unknown
}

/** GitHub's truth: false, 0, '' and null are false. */
export function isTrue(expression: string, scope: Scope): boolean {
  const value = evaluate(expression.trim() || 'success()', scope)
  return Boolean(value)
}

/** A node as text, its expressions evaluated and coerced as GitHub does. */
export function text(node: Node | undefined, scope: Scope): string {
  if (node === undefined || node === null) return ''
  if (node instanceof Expression) return result(node.text, scope).coerceString()
  if (typeof node === 'object') throw new Error(`Expected text, found ${JSON.stringify(node)}.`)
  return String(node)
}

/** A mapping's values as text. A whole mapping may be one expression: `env: ${{ fromJSON(…) }}`. */
export function textMap(node: Node | undefined, scope: Scope): Record<string, string> {
  if (node instanceof Expression) {
    const value = evaluate(node.text, scope)
    return Object.fromEntries(Object.entries(value ?? {}).map(([key, entry]) => [key, String(entry)]))
  }
  if (!isMap(node)) return {}
  return Object.fromEntries(Object.entries(node).map(([key, entry]) => [key, text(entry, scope)]))
}

/** A scalar with its type kept: for `with` of a called workflow, whose inputs have types. */
export function scalar(node: Node | undefined, scope: Scope): unknown {
  if (node instanceof Expression) return evaluate(node.text, scope)
  return node ?? null
}

function result(expression: string, scope: Scope): data.ExpressionData {
  const functions = statusFunctions(scope.status)
  const { tokens } = new Lexer(expression).lex()
  const tree = new Parser(tokens, Object.keys(scope.contexts), functions).parse()
  const contexts = JSON.parse(JSON.stringify(scope.contexts), data.reviver) as data.Dictionary
  return new Evaluator(tree, contexts, new Map(functions.map((entry) => [entry.name, entry]))).evaluate()
}

function statusFunctions(status: Scope['status']) {
  const values = {
    always: true,
    success: status === 'success',
    failure: status === 'failure',
    cancelled: status === 'cancelled',
  }
  return Object.entries(values).map(([name, value]) => ({
    name,
    minArgs: 0,
    maxArgs: 0,
    call: () => new data.BooleanData(value),
  }))
}
