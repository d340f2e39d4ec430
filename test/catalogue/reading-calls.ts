/** How the app asks for what agents are given to read. */
import { agentOnboardingStore } from '../../app/store/agent-onboarding.ts'
import { documentStore, DOCUMENTS_MAX } from '../../app/store/documents.ts'
import type { StoreConnection } from '../../app/store/connect.ts'
import type { Call } from './list-calls.ts'

const OURS = new Map([['dev', 'Work well.']])
const by = (text: string, seen: number) => ({ text, by: 'octocat', at: 1, seen })

export function readingCalls(connection: StoreConnection): Call[] {
  const documents = documentStore(connection, OURS)
  const onboarding = agentOnboardingStore(connection)
  const set = { onboardingDocRef: 'deckhand:dev', contextPacks: ['docs/a.md'], by: 'octocat', at: 1 }
  const call = (name: string, max: number, issue: () => Promise<unknown>): Call => ({
    name,
    keysMax: max,
    docsMax: max,
    issue,
  })
  return [
    call('agentOnboarding.setOnboarding', 0, () => onboarding.setOnboarding('stub', { ...set, seen: 0 })),
    call('agentOnboarding.setOnboarding again', 1, () => onboarding.setOnboarding('stub', { ...set, seen: 1 })),
    call('agentOnboarding.readOnboarding', 1, () => onboarding.readOnboarding('stub')),
    call('documents.saveDocument', 1, () => documents.saveDocument('dev', by('Work.', 0))),
    call('documents.saveDocument again', 3, () => documents.saveDocument('dev', by('Work more.', 1))),
    // Counts those that there are, of which there may be so many.
    call('documents.saveDocument of a new name', DOCUMENTS_MAX + 3, () => documents.saveDocument('new', by('New.', 0))),
    call('documents.readDocument', 1, () => documents.readDocument('dev')),
    call('documents.readVersion', 1, () => documents.readVersion('dev', 1)),
    call('documents.textsOf', 4, () => documents.textsOf(['dev', 'new'])),
    call('documents.listDocuments', DOCUMENTS_MAX + 1, () => documents.listDocuments()),
  ]
}
