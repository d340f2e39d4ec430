/** The full names of the tests in a file, read from its syntax and not by running it: `describe` and `test` joined. */
import { readFileSync } from 'node:fs'

import { parseSync } from 'oxc-parser'

interface NamedTest {
  file: string
  name: string
}

interface Node {
  type: string
  [key: string]: unknown
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'

/** Tests that never run do not count. */
export function testsOf(file: string, text = readFileSync(file, 'utf8')): NamedTest[] {
  const found: NamedTest[] = []
  const walk = (value: unknown, path: readonly string[]): void => {
    if (Array.isArray(value)) return value.forEach((each) => walk(each, path))
    if (!isNode(value)) return
    const call = value.type === 'CallExpression' ? callOf(value) : null
    if (call?.kind === 'describe') return walk(value['arguments'], [...path, call.title])
    if (call?.kind === 'test') found.push({ file, name: [...path, call.title].join(' ') })
    for (const key of Object.keys(value)) walk(value[key], path)
  }
  walk(parseSync(file, text).program, [])
  return found
}

/** `test('…')`, `test.each(…)('…')`, `describe.skipIf(…)('…')`; null for any other call. */
function callOf(node: Node): { kind: 'describe' | 'test'; title: string } | null {
  const title = titleOf((node['arguments'] as unknown[])[0])
  if (title === null) return null
  let callee = node['callee'] as Node
  for (let depth = 0; depth < 8; depth++) {
    if (callee.type === 'CallExpression' || callee.type === 'TaggedTemplateExpression') {
      callee = (callee['callee'] ?? callee['tag']) as Node
    } else if (callee.type === 'MemberExpression') {
      const property = callee['property'] as Node
      if (property['name'] === 'skip' || property['name'] === 'todo') return null
      callee = callee['object'] as Node
    } else break
  }
  if (callee.type !== 'Identifier') return null
  if (callee['name'] === 'describe') return { kind: 'describe', title }
  return callee['name'] === 'test' || callee['name'] === 'it' ? { kind: 'test', title } : null
}

function titleOf(node: unknown): string | null {
  if (!isNode(node)) return null
  if (node.type === 'Literal' && typeof node['value'] === 'string') return node['value']
  if (node.type !== 'TemplateLiteral') return null
  return (node['quasis'] as { value: { cooked: string } }[]).map(({ value }) => value.cooked).join('…')
}

/** The numbers of `row 4`, `rows 4 and 5`, `rows 1, 2 and 3`, `rows 24 to 27`. */
export function rowsOf(name: string): number[] {
  const rows: number[] = []
  for (const [, list] of name.matchAll(/\brows? (\d+(?:(?:, | and | to )\d+)*)/g)) {
    for (const part of list!.split(/, | and /)) {
      const ends = part.split(' to ').map(Number)
      for (let row = ends[0]!; row <= ends.at(-1)!; row++) rows.push(row)
    }
  }
  return rows
}
