/**
 * Notes what the app does as a tree of spans, and hands the tree over when it is known which Run it belongs to: a webhook
 * is worked on before its Run exists, and still stands in the Run's trace. What belongs to no Run is not told.
 */
import { AsyncLocalStorage } from 'node:async_hooks'

export type Attributes = Record<string, string | number | boolean>

/** One span that is over. Times are milliseconds since the epoch. */
export interface Span {
  traceId: string
  spanId: string
  parentId: string | null
  name: string
  kind: 'internal' | 'server' | 'client' | 'consumer'
  attributes: Attributes
  from: number
  to: number
  /** The kind of what went wrong; never its message, which may hold what nobody should read. */
  error: string | null
}

export interface Work {
  name: string
  kind?: Span['kind']
  attributes?: Attributes
}

/** Where in a trace a tree hangs. */
export interface Place {
  traceId: string
  parentId: string
}

interface Note extends Required<Work> {
  from: number
  to: number
  error: string | null
  children: Note[]
  tree: { place: Place | null }
}

/** A step with more children than this is a loop; the rest is not noted. */
const CHILDREN_MAX = 200

export interface SpansDeps {
  emit: (span: Span) => void
  spanId: () => string
  now: () => number
}

export class Spans {
  readonly #deps: SpansDeps
  readonly #current = new AsyncLocalStorage<Note>()

  constructor(deps: SpansDeps) {
    this.#deps = deps
  }

  /** Does `work` inside a span; `annotate` adds what is only known at its end. */
  async within<T>(work: Work, does: (annotate: (more: Attributes) => void) => Promise<T>): Promise<T> {
    const { now } = this.#deps
    const parent = this.#current.getStore()
    const tree = parent?.tree ?? { place: null }
    const { name, kind = 'internal', attributes = {} } = work
    const note: Note = {
      name,
      kind,
      attributes: { ...attributes },
      from: now(),
      to: 0,
      error: null,
      children: [],
      tree,
    }
    if (parent && parent.children.length < CHILDREN_MAX) parent.children.push(note)
    try {
      return await this.#current.run(note, () => does((more) => void Object.assign(note.attributes, more)))
    } catch (error) {
      note.error = error instanceof Error ? error.name : typeof error
      throw error
    } finally {
      note.to = now()
      if (!parent && tree.place) this.#emit(note, tree.place)
    }
  }

  /** Calls `does` as nobody's part: what it starts lives on when the present work is over. */
  apart<T>(does: () => T): T {
    return this.#current.exit(does)
  }

  /** Says where the tree that is being noted belongs; the first word counts. */
  belongsTo(place: Place): void {
    const note = this.#current.getStore()
    if (note) note.tree.place ??= place
  }

  /** A child that outlives its parent's turn is told with what is known of it. */
  #emit(note: Note, { traceId, parentId }: Place): void {
    const { emit, spanId, now } = this.#deps
    const { children, tree: _, ...span } = note
    const id = spanId()
    emit({ ...span, to: note.to || now(), traceId, spanId: id, parentId })
    for (const child of children) this.#emit(child, { traceId, parentId: id })
  }
}
