/** Reading an API description: which operations there are, what a schema is called, and a command that asks. */

export interface Schema {
  $ref?: string
  type?: string | string[]
  description?: string
  enum?: unknown[]
  const?: unknown
  format?: string
  pattern?: string
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean | Schema
}
export interface Parameter {
  name: string
  in: string
  required: boolean
  description?: string
  example?: unknown
  schema: Schema
}
type Content = Record<string, { schema: Schema; example?: unknown }>
export interface Operation {
  operationId: string
  summary: string
  description?: string
  deprecated?: boolean
  tags: string[]
  security: Record<string, unknown>[]
  parameters: Parameter[]
  requestBody?: { description?: string; content: Content }
  responses: Record<string, { description: string; content?: Content }>
}
export interface ApiDescription {
  info: { version: string; description: string }
  servers: { url: string }[]
  tags: { name: string; description: string }[]
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema> }
}

/** An operation where it stands. */
export interface Placed extends Operation {
  method: string
  path: string
}

/** The operations of each tag that has any, in the document's order. */
export function sectionsOf({
  tags,
  paths,
}: ApiDescription): { name: string; description: string; operations: Placed[] }[] {
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
  )
  return tags
    .map((tag) => ({ ...tag, operations: all.filter((operation) => operation.tags[0] === tag.name) }))
    .filter(({ operations }) => operations.length > 0)
}

/** `#/components/schemas/RunBody` → `RunBody` */
export const nameOf = (ref: string): string => ref.slice(ref.lastIndexOf('/') + 1)

/** Who may call: the first way of signing in tells. */
export function accessOf({ security }: Operation): 'public' | 'people' | 'executor' | 'github' {
  const [first] = security
  if (!first) return 'public'
  if ('executor' in first) return 'executor'
  return 'github' in first ? 'github' : 'people'
}

/** A command line that asks, or null where only a machine with a key of its own can. */
export function curlOf(operation: Placed, origin: string): string | null {
  const access = accessOf(operation)
  if (access === 'executor' || access === 'github') return null
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
    const example = operation.parameters.find((each) => each.in === 'path' && each.name === name)?.example
    return typeof example === 'string' ? example : whole
  })
  const body = operation.requestBody?.content['application/json']
  const takesKey = operation.parameters.some(({ name }) => name === 'Idempotency-Key')
  return [
    `curl ${operation.method === 'GET' ? '' : `-X ${operation.method} `}'${origin}${path}'`,
    ...(access === 'people' ? [`-H "Authorization: Bearer $DECKHAND_TOKEN"`] : []),
    ...(takesKey ? [`-H "Idempotency-Key: $(uuidgen)"`] : []),
    ...(body ? [`-H 'Content-Type: application/json'`, `-d '${JSON.stringify(body.example ?? {})}'`] : []),
  ].join(' \\\n  ')
}
