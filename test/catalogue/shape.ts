/**
 * What a command to MongoDB looks like when its values are left out: two commands of one shape are answered in the same
 * way by the same index. What does not reach data (hello, ping, making indexes, the ends of cursors) has no shape.
 */
export type Command = Record<string, unknown>

/** Of each command that reaches data, the fields that decide how it is answered. */
const telling: Record<string, (command: Command) => unknown> = {
  find: ({ filter, sort, projection, limit }) => ({
    filter: bare(filter),
    sort,
    projection: exact(projection),
    limit: limit !== undefined,
  }),
  findAndModify: ({ query, sort }) => ({ filter: bare(query), sort }),
  update: ({ updates }) =>
    (updates as Command[]).map(({ q, upsert }) => ({ filter: bare(q), upsert: upsert === true })),
  delete: ({ deletes }) => (deletes as Command[]).map(({ q }) => bare(q)),
  aggregate: ({ pipeline }) => bare(pipeline),
  count: ({ query }) => bare(query),
  distinct: ({ key, query }) => ({ key, query: bare(query) }),
  insert: () => ({}),
  bulkWrite: () => ({}),
}

/** Null for what does not reach data. */
export function shapeOf(name: string, command: Command): string | null {
  const tell = telling[name]
  return tell ? `${name} ${String(command[name])} ${JSON.stringify(tell(command))}` : null
}

function bare(value: unknown): unknown {
  if (value === null) return 'null'
  if (typeof value === 'boolean') return value
  if (Array.isArray(value)) {
    const shapes = new Map(value.map((item) => [JSON.stringify(bare(item)), bare(item)]))
    return [...shapes.values()]
  }
  if (typeof value !== 'object') return typeof value
  const prototype = Object.getPrototypeOf(value) as { constructor?: { name: string } } | null
  if (prototype && prototype.constructor?.name !== 'Object') return prototype.constructor?.name ?? 'object'
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, bare(inner)]))
}

/** A projection decides by its fields; the numbers in a slice are values. */
function exact(projection: unknown): unknown {
  if (projection === undefined) return undefined
  const fields = Object.entries(projection as Command)
  return Object.fromEntries(
    fields.map(([key, value]) => [key, typeof value === 'object' ? bare(value) : Number(value)]),
  )
}
