/** What each agent is given to read, as an admin set it: one small document an agent, with a number that counts changes. */
import { Schema } from 'mongoose'

import type { AgentOnboarding } from '../domain/onboarding.ts'
import { ensureIndexesOf, isDuplicateKey, modelOf } from './connect.ts'
import type { StoreConnection } from './connect.ts'

export interface KeptOnboarding extends AgentOnboarding {
  /** 0 where nobody has set it. */
  version: number
  by: string | null
  at: number | null
}

interface Document extends KeptOnboarding {
  _id: string
}

const schema = new Schema<Document>(
  {
    _id: { type: String, required: true },
    onboardingDocRef: { type: String, default: null },
    contextPacks: { type: [String], required: true },
    version: { type: Number, required: true },
    by: { type: String, default: null },
    at: { type: Number, default: null },
  },
  { collection: 'agentOnboarding', versionKey: false, strict: 'throw' },
)

const NONE: KeptOnboarding = { onboardingDocRef: null, contextPacks: [], version: 0, by: null, at: null }

export type AgentOnboardingStore = ReturnType<typeof agentOnboardingStore>

export function agentOnboardingStore(connection: StoreConnection) {
  const model = modelOf(connection, 'AgentOnboarding', schema)
  return {
    ensureIndexes: () => ensureIndexesOf(model),

    async readOnboarding(agent: string): Promise<KeptOnboarding> {
      return (await model.findById(agent, { _id: 0 }).lean().exec()) ?? NONE
    },

    /** Sets it as the version after `seen`, the one that was read. Null when somebody was first. */
    async setOnboarding(
      agent: string,
      next: AgentOnboarding & { by: string; at: number; seen: number },
    ): Promise<KeptOnboarding | null> {
      const { seen, contextPacks, onboardingDocRef, by, at } = next
      const kept = { onboardingDocRef, contextPacks: [...contextPacks], by, at, version: seen + 1 }
      try {
        if (seen === 0) await model.create({ _id: agent, ...kept })
        else if ((await model.updateOne({ _id: agent, version: seen }, { $set: kept })).modifiedCount === 0) return null
        return kept
      } catch (error) {
        if (isDuplicateKey(error)) return null
        throw error
      }
    },
  }
}
