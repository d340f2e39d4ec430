/**
 * The documents that agents are given to read. Eight come with Deckhand and are version 0 until somebody saves another
 * text; each save is a version, and the last ones stay, so that it can be read afterwards what an agent was shown.
 */
import { Schema, trusted } from 'mongoose'

import { ensureIndexesOf, isDuplicateKey, modelOf } from './connect.ts'
import type { StoreConnection } from './connect.ts'

/** Documents besides those that come with Deckhand. */
export const DOCUMENTS_MAX = 50
/** More than there can be: of several who take the last places at once all get one. */
const LISTED_MAX = 2 * DOCUMENTS_MAX
/** Versions before the newest one that stay. */
export const EARLIER_VERSIONS_MAX = 20

interface Version {
  version: number
  text: string
  bytes: number
  by: string
  at: number
}

interface Document extends Version {
  _id: string
  /** Oldest first. */
  earlier: Version[]
}

/** A version without its text. Nobody saved version 0: it comes with Deckhand. */
export interface DocumentFacts {
  version: number
  bytes: number
  by: string | null
  at: number | null
}

export interface KeptDocument extends DocumentFacts {
  text: string
  /** Those that can be read, newest first. */
  versions: DocumentFacts[]
}

const version = {
  version: { type: Number, required: true },
  text: { type: String, required: true },
  bytes: { type: Number, required: true },
  by: { type: String, required: true },
  at: { type: Number, required: true },
} as const
const schema = new Schema<Document>(
  {
    _id: { type: String, required: true },
    ...version,
    earlier: { type: [new Schema<Version>(version, { _id: false })], required: true },
  },
  { collection: 'documents', versionKey: false, strict: 'throw' },
)

export type DocumentStore = ReturnType<typeof documentStore>

/** By the index that there is. */
const EVERY = { _id: trusted({ $gte: '' }) }
const sizeOf = (text: string): number => Buffer.byteLength(text)
const factsOf = ({ version: number, bytes, by, at }: Omit<Version, 'text'>) => ({ version: number, bytes, by, at })

/** @param ours the texts that come with Deckhand, by their names. */
export function documentStore(connection: StoreConnection, ours: ReadonlyMap<string, string>) {
  const model = modelOf(connection, 'Document', schema)
  const others = { _id: trusted({ $nin: [...ours.keys()] }) }
  const first = (text: string): DocumentFacts => ({ version: 0, bytes: sizeOf(text), by: null, at: null })

  async function read(name: string): Promise<KeptDocument | null> {
    const found = await model.findById(name).lean().exec()
    const own = ours.get(name)
    const original = own === undefined ? [] : [first(own)]
    if (!found) return own === undefined ? null : { ...first(own), text: own, versions: original }
    const versions = [found, ...found.earlier.toReversed()].map(factsOf)
    return { ...factsOf(found), text: found.text, versions: [...versions, ...original] }
  }

  return {
    ensureIndexes: () => ensureIndexesOf(model),

    /** Every document by its name, without its text. */
    async listDocuments(): Promise<Map<string, DocumentFacts>> {
      const found = await model
        .find(EVERY, { version: 1, bytes: 1, by: 1, at: 1 }, { limit: LISTED_MAX, lean: true })
        .exec()
      const all = new Map([...ours].map(([name, text]) => [name, first(text)]))
      for (const each of found) all.set(each._id, factsOf(each))
      return new Map([...all].sort(([one], [other]) => (one < other ? -1 : 1)))
    },

    /** The newest version of a document; null where there is none. */
    readDocument: read,

    /** The text of one version; null where it is not kept any more. */
    async readVersion(name: string, number: number): Promise<(DocumentFacts & { text: string }) | null> {
      const own = ours.get(name)
      if (number === 0) return own === undefined ? null : { ...first(own), text: own }
      const found = await model.findById(name).lean().exec()
      const kept = found && [found, ...found.earlier].find((each) => each.version === number)
      return kept ? { ...factsOf(kept), text: kept.text } : null
    },

    /** The newest texts of these documents; one that is not there is left out. */
    async textsOf(names: readonly string[]): Promise<Map<string, { version: number; text: string }>> {
      if (names.length === 0) return new Map()
      const wanted = { _id: trusted({ $in: [...names] }) }
      const found = await model.find(wanted, { version: 1, text: 1 }, { limit: names.length, lean: true }).exec()
      const saved = new Map(found.map(({ _id, version: number, text }) => [_id, { version: number, text }]))
      return new Map(
        names.flatMap((name) => {
          const own = ours.get(name)
          const text = saved.get(name) ?? (own === undefined ? null : { version: 0, text: own })
          return text ? [[name, text] as const] : []
        }),
      )
    },

    /**
     * Saves the version after `seen`, the one that was read (0: as it came, or none). `changed` when somebody was first,
     * `full` when there are too many others.
     */
    async saveDocument(
      name: string,
      { text, by, at, seen }: { text: string; by: string; at: number; seen: number },
    ): Promise<KeptDocument | 'changed' | 'full'> {
      const next = { version: seen + 1, text, bytes: sizeOf(text), by, at }
      if (seen === 0) {
        if (!ours.has(name) && (await model.countDocuments(others).exec()) >= DOCUMENTS_MAX) return 'full'
        const made = await createdOrNot(() => model.create({ _id: name, ...next, earlier: [] }))
        return made ? (await read(name))! : 'changed'
      }
      const found = await model.findById(name).lean().exec()
      if (found?.version !== seen) return 'changed'
      const before: Version = { ...factsOf(found), text: found.text }
      const { modifiedCount } = await model.updateOne(
        { _id: name, version: seen },
        { $set: next, $push: { earlier: { $each: [before], $slice: -EARLIER_VERSIONS_MAX } } },
      )
      return modifiedCount === 1 ? (await read(name))! : 'changed'
    },
  }
}

/** False where its key is taken. */
async function createdOrNot(create: () => Promise<unknown>): Promise<boolean> {
  try {
    await create()
    return true
  } catch (error) {
    if (isDuplicateKey(error)) return false
    throw error
  }
}
