/** What agents are given to read. */
import { queryOptions } from '@tanstack/react-query'

import type { AgentOnboardingBody, DocumentBody, DocumentList } from '#contracts/onboarding.ts'

import { get, put, query } from '../api.ts'

const onboardingPath = (name: string): string => `/api/agents/${encodeURIComponent(name)}/onboarding`
const documentPath = (name: string): string => `/api/documents/${encodeURIComponent(name)}`

export const onboardingQuery = (agent: string) =>
  queryOptions({
    queryKey: ['onboarding', agent],
    queryFn: ({ signal }) => get<AgentOnboardingBody>(onboardingPath(agent), signal),
  })

export const documentsQuery = queryOptions({
  queryKey: ['documents'],
  queryFn: ({ signal }) => get<DocumentList>('/api/documents', signal),
})

/** Null is the version that agents are given. */
export const documentQuery = (name: string, version: number | null) =>
  queryOptions({
    queryKey: ['documents', name, version],
    queryFn: ({ signal }) =>
      get<DocumentBody>(`${documentPath(name)}${query({ version: version ?? undefined })}`, signal),
  })

export interface ReadingDraft {
  onboardingDocRef: string | null
  contextPacks: readonly string[]
  /** The version that was read. */
  version: number
}

export const saveOnboarding = (agent: string, draft: ReadingDraft) =>
  put<AgentOnboardingBody>(onboardingPath(agent), draft)

/** `version` is the one that was read, 0 for a new document. */
export const saveDocument = (name: string, body: { text: string; version: number }) =>
  put<DocumentBody>(documentPath(name), body)
