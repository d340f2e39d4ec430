/** What agents made, as they sent it: bytes under their digest, stored once. The ledger holds digest and size only. */
import { mongo, Schema } from 'mongoose'

import { ensureIndexesOf, isDuplicateKey, modelOf } from './connect.ts'
import type { StoreConnection } from './connect.ts'

const PROPOSAL_DAYS_MAX = 30
/** One result per attempt and its checkpoints; a job that sends more is not ours. */
const PROPOSALS_PER_RUN_MAX = 50

interface Document {
  _id: string
  runId: string
  digest: string
  receivedAt: Date
  body: Buffer
}

const schema = new Schema<Document>(
  {
    _id: { type: String, required: true },
    runId: { type: String, required: true },
    digest: { type: String, required: true },
    receivedAt: { type: Date, required: true },
    body: { type: Buffer, required: true },
  },
  { collection: 'proposals', versionKey: false, strict: 'throw' },
)
schema.index({ runId: 1 })
schema.index({ receivedAt: 1 }, { expireAfterSeconds: PROPOSAL_DAYS_MAX * 86_400 })

export type ProposalStore = ReturnType<typeof proposalStore>

export function proposalStore(connection: StoreConnection) {
  const model = modelOf(connection, 'Proposal', schema)
  return {
    ensureIndexes: () => ensureIndexesOf(model),

    /** Stores a proposal under its digest, which the caller has compared with the bytes. */
    async putProposal(runId: string, digest: string, body: Buffer, at: number): Promise<'stored' | 'present' | 'full'> {
      const _id = `${runId}/${digest}`
      if ((await model.countDocuments({ runId }).exec()) >= PROPOSALS_PER_RUN_MAX) {
        return (await model.exists({ _id }).exec()) ? 'present' : 'full'
      }
      try {
        await model.create({ _id, runId, digest, receivedAt: new Date(at), body })
        return 'stored'
      } catch (error) {
        if (isDuplicateKey(error)) return 'present'
        throw error
      }
    },

    /** The bytes of a proposal, or null. */
    async getProposal(runId: string, digest: string): Promise<Buffer | null> {
      const found = await model.findById(`${runId}/${digest}`, { body: 1 }, { lean: true }).exec()
      if (!found) return null
      return found.body instanceof mongo.Binary ? Buffer.from(found.body.buffer) : found.body
    },
  }
}
