/**
 * What set-up made, for installations whose settings do not stand in the environment: one document, sealed, written
 * once. Whoever set Deckhand up first has set it up.
 */
import { Schema } from 'mongoose'

import { ensureIndexesOf, isDuplicateKey, modelOf } from './connect.ts'
import type { StoreConnection } from './connect.ts'
import type { Seal, Sealed } from './seal.ts'

const ID = 'app'

interface Document {
  _id: string
  sealed: Sealed
  at: Date
}

const part = { type: String, required: true } as const
const sealedSchema = new Schema<Sealed>(
  { v: { type: Number, required: true }, salt: part, iv: part, tag: part, text: part },
  { _id: false },
)
const schema = new Schema<Document>(
  {
    _id: { type: String, required: true },
    sealed: { type: sealedSchema, required: true },
    at: { type: Date, required: true },
  },
  { collection: 'settings', versionKey: false, strict: 'throw' },
)

export function settingsStore(connection: StoreConnection, seal: Seal) {
  const model = modelOf(connection, 'Settings', schema)
  return {
    ensureIndexes: () => ensureIndexesOf(model),

    /** Null before set-up. Rejects with `SealBroken` when they were stored under another SECRET_KEY. */
    async readSettings(): Promise<Record<string, string> | null> {
      const found = await model.findById(ID).lean().exec()
      return found && (JSON.parse(seal.open(ID, found.sealed)) as Record<string, string>)
    },

    /** False when somebody was first; nothing is changed then. */
    async writeSettings(values: Readonly<Record<string, string>>, now: number): Promise<boolean> {
      try {
        await model.create({ _id: ID, sealed: seal.close(ID, JSON.stringify(values)), at: new Date(now) })
        return true
      } catch (error) {
        if (isDuplicateKey(error)) return false
        throw error
      }
    },
  }
}
