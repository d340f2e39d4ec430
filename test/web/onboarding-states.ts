/** The page of what an agent is given to read, in its states. */
import { AgentOnboardingBody, DocumentBody, DocumentList } from '#contracts/onboarding.ts'

import * as story from './fixtures.ts'
import type { PageState } from './routes.ts'

export const ONBOARDING = '/api/agents/stub/onboarding'
export const DOCUMENT = '/api/documents/dev'
const PATH = '/agents/stub/onboarding'
const TITLE = 'Onboarding · stub · Agents · Deckhand'
const mayNot = { allowed: false, why: 'Only an admin of this Deckhand may change this.' }
const may = { allowed: true, why: null }
const saved = { updatedBy: 'octocat', updatedAt: story.at(-3_600_000) }
const asItCame = { updatedBy: null, updatedAt: null }

export const onboarding = (over: Partial<AgentOnboardingBody> = {}): AgentOnboardingBody =>
  AgentOnboardingBody.parse({
    onboardingDocRef: 'deckhand:dev',
    contextPacks: ['docs/service-x.md', 'deckhand:tests', 'recentLogs:5'],
    version: 4,
    ...saved,
    edit: may,
    sees: [
      { ref: 'deckhand:dev', kind: 'document', version: 2, bytes: 1_204, tokens: 301, atMost: false },
      { ref: 'docs/service-x.md', kind: 'file', version: null, bytes: 65_536, tokens: 16_384, atMost: true },
      { ref: 'deckhand:tests', kind: 'document', version: 0, bytes: 1_460, tokens: 365, atMost: false },
      { ref: 'recentLogs:5', kind: 'logs', version: null, bytes: 40_960, tokens: 10_240, atMost: true },
    ],
    tokens: 27_290,
    ...over,
  })
const list = (edit: DocumentList['edit']): DocumentList =>
  DocumentList.parse({
    documents: [
      { name: 'dev', version: 2, bytes: 1_204, ...saved },
      { name: 'tests', version: 0, bytes: 1_460, ...asItCame },
    ],
    edit,
  })
export const devDocument = (over: Partial<DocumentBody> = {}): DocumentBody =>
  DocumentBody.parse({
    name: 'dev',
    version: 2,
    latest: 2,
    bytes: 1_204,
    ...saved,
    text: '# Development\n\nYou change code so that one issue is done.\n\n- [ ] Run the tests\n- [x] Read the issue\n',
    versions: [
      { version: 2, bytes: 1_204, ...saved },
      { version: 1, bytes: 1_100, updatedBy: 'hubot', updatedAt: story.at(-7_200_000) },
      { version: 0, bytes: 1_000, ...asItCame },
    ],
    edit: may,
    ...over,
  })

export const answers = (edit: DocumentList['edit'] = may) => ({
  [ONBOARDING]: onboarding({ edit }),
  '/api/documents': list(edit),
  [DOCUMENT]: devDocument({ edit }),
})

const nothing = { onboardingDocRef: null, contextPacks: [], version: 0, ...asItCame, sees: [], tokens: 0 }

export const onboardingStates: PageState[] = [
  {
    name: 'agent-onboarding',
    path: PATH,
    world: { answers: answers() },
    title: TITLE,
    shows: ['About 27,290 tokens at most', 'recentLogs:5', 'Earlier runs: data, not instructions', 'Run the tests'],
  },
  {
    name: 'agent-onboarding-edit',
    path: PATH,
    world: { answers: answers() },
    press: 'Edit',
    title: TITLE,
    shows: ['Save as the next version', 'of at most 32,768 bytes'],
  },
  {
    name: 'agent-onboarding-read-only',
    path: PATH,
    world: { answers: answers(mayNot) },
    title: TITLE,
    shows: [mayNot.why, 'docs/service-x.md', 'Version 2'],
  },
  {
    name: 'agent-onboarding-empty',
    state: 'empty',
    path: PATH,
    world: { answers: { ...answers(), [ONBOARDING]: onboarding(nothing) } },
    title: TITLE,
    shows: ['No context packs.', 'The issue and its instructions, and nothing else.'],
  },
  {
    name: 'agent-onboarding-error',
    state: 'error',
    path: PATH,
    world: { answers: answers(), failing: new Map([['/api/documents', 'unavailable']]) },
    title: TITLE,
    shows: ['Could not load what the agent is given to read.'],
  },
  {
    name: 'agent-onboarding-missing',
    state: 'error',
    path: '/agents/nobody/onboarding',
    title: 'Page not found · Deckhand',
    shows: ['There is no agent nobody.'],
  },
]
