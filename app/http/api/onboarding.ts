/**
 * What agents are given to read before they begin: which document and which context packs an agent has, and the
 * documents that Deckhand keeps. Everybody may read both; what an agent is told, admins of everything decide.
 */
import { z } from 'zod'

import {
  AgentOnboardingBody,
  AgentOnboardingRequest,
  DOCUMENT_BYTES_MAX,
  DocumentBody,
  DocumentList,
  DocumentName,
  DocumentQuery,
  DocumentRequest,
} from '../../contracts/onboarding.ts'
import { problemOfDocument, problemsOfOnboarding, seenByAgent, withPlainLines } from '../../domain/onboarding.ts'
import { onboardingProblems, onboardingTexts } from '../../domain/render/reading.ts'
import type { KeptOnboarding } from '../../store/agent-onboarding.ts'
import { DOCUMENTS_MAX } from '../../store/documents.ts'
import type { DocumentFacts, KeptDocument } from '../../store/documents.ts'
import { ProblemError } from '../problem.ts'
import { route } from '../route.ts'
import type { Identity, Route } from '../route.ts'
import { administersAll } from './access.ts'
import { requireGlobalAdmin } from './admins.ts'
import type { ApiPorts } from './ports.ts'

const AgentParams = z.strictObject({ name: z.string().max(64) })
const DocumentParams = z.strictObject({ name: DocumentName })
const ONBOARDING = '/api/agents/:name/onboarding'
const DOCUMENT = '/api/documents/:name'
/** A text of the largest size may take six bytes for each of its own as JSON. */
const DOCUMENT_BODY_BYTES_MAX = 6 * DOCUMENT_BYTES_MAX + 1_024

type Ports = Pick<ApiPorts, 'agents' | 'agentOnboarding' | 'documents' | 'access' | 'audit' | 'now'>

export function onboardingRoutes(ports: Ports): Route[] {
  return [onboarding(ports), setOnboarding(ports), documents(ports), oneDocument(ports), saveDocument(ports)]
}

const isoOrNull = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())
const changedBy = ({ by, at }: Pick<DocumentFacts, 'by' | 'at'>) => ({ updatedBy: by, updatedAt: isoOrNull(at) })
const editOf = (who: Identity) =>
  administersAll(who) ? { allowed: true, why: null } : { allowed: false, why: onboardingTexts.notAdmin }

function onboarding(ports: Ports): Route {
  return route({
    method: 'GET',
    path: ONBOARDING,
    access: 'signed_in',
    summary: 'What an agent is given to read before it begins',
    params: AgentParams,
    answer: AgentOnboardingBody,
    async handle({ who, params }) {
      if (!ports.agents.includes(params.name)) throw new ProblemError('not_found')
      return { json: await onboardingBody(ports, await ports.agentOnboarding.readOnboarding(params.name), who) }
    },
  })
}

async function onboardingBody(ports: Ports, kept: KeptOnboarding, who: Identity): Promise<AgentOnboardingBody> {
  const { onboardingDocRef, contextPacks, version } = kept
  const seen = seenByAgent(kept, await ports.documents.listDocuments())
  return {
    onboardingDocRef,
    contextPacks: [...contextPacks],
    version,
    ...changedBy(kept),
    edit: editOf(who),
    ...seen,
  }
}

function setOnboarding(ports: Ports): Route {
  return route({
    method: 'PUT',
    path: ONBOARDING,
    access: 'signed_in',
    summary: 'Sets what an agent is given to read, from its next Run on; for admins of everything',
    params: AgentParams,
    body: AgentOnboardingRequest,
    example: { onboardingDocRef: 'deckhand:dev', contextPacks: ['docs/service-x.md', 'recentLogs:5'], version: 0 },
    answer: AgentOnboardingBody,
    problems: ['not_allowed_now'],
    async handle({ who, req, log, params, body }) {
      if (!ports.agents.includes(params.name)) throw new ProblemError('not_found')
      const deed = { action: 'agent.onboarding', target: `agent:${params.name}`, why: null }
      const { by, audit } = await requireGlobalAdmin(ports, { who, req, log }, deed)
      const kept = await ports.agentOnboarding.readOnboarding(params.name)
      const { onboardingDocRef, contextPacks = kept.contextPacks, version: seen = kept.version } = body
      const wanted = { onboardingDocRef, contextPacks }
      const known = new Set((await ports.documents.listDocuments()).keys())
      const errors = problemsOfOnboarding(wanted, known)
      if (errors.length > 0) throw unfit(onboardingTexts.wrong, errors)
      if (seen !== kept.version) throw changedMeanwhile(kept)
      if (sameReading(kept, wanted)) {
        await audit('unchanged')
        return { json: await onboardingBody(ports, kept, who) }
      }
      const set = await ports.agentOnboarding.setOnboarding(params.name, { ...wanted, by, at: ports.now(), seen })
      if (!set) throw changedMeanwhile(await ports.agentOnboarding.readOnboarding(params.name))
      await audit('changed')
      return { json: await onboardingBody(ports, set, who) }
    },
  })
}

const sameReading = (
  kept: KeptOnboarding,
  wanted: { onboardingDocRef: string | null; contextPacks: readonly string[] },
) =>
  kept.onboardingDocRef === wanted.onboardingDocRef &&
  JSON.stringify(kept.contextPacks) === JSON.stringify(wanted.contextPacks)

const changedMeanwhile = ({ version, by }: Pick<DocumentFacts, 'version' | 'by'>): ProblemError =>
  new ProblemError('not_allowed_now', { reason: 'changed', detail: onboardingTexts.changed(version, by) })

/** The first sentence stands in the detail, which is all that a person is shown. */
const unfit = (what: string, errors: { path: string; message: string }[]): ProblemError =>
  new ProblemError('unprocessable', { detail: `${what} ${errors[0]!.path}: ${errors[0]!.message}`, errors })

function documents(ports: Ports): Route {
  return route({
    method: 'GET',
    path: '/api/documents',
    access: 'signed_in',
    summary: 'The documents that Deckhand keeps for agents, without their texts',
    answer: DocumentList,
    async handle({ who }) {
      const all = await ports.documents.listDocuments()
      const listed = [...all].map(([name, facts]) => ({ name, ...factsBody(facts) }))
      return { json: { documents: listed, edit: editOf(who) } satisfies DocumentList }
    },
  })
}

const factsBody = ({ version, bytes, ...facts }: DocumentFacts) => ({ version, bytes, ...changedBy(facts) })

function oneDocument(ports: Ports): Route {
  return route({
    method: 'GET',
    path: DOCUMENT,
    access: 'signed_in',
    summary: 'One document that Deckhand keeps for agents, or an earlier version of it',
    params: DocumentParams,
    query: DocumentQuery,
    answer: DocumentBody,
    async handle({ who, params, query }) {
      const kept = await ports.documents.readDocument(params.name)
      if (!kept) throw new ProblemError('not_found')
      const wanted = query.version === undefined ? kept.version : Number(query.version)
      const shown = wanted === kept.version ? kept : await ports.documents.readVersion(params.name, wanted)
      if (!shown) throw new ProblemError('not_found', { detail: onboardingProblems.version(wanted) })
      return { json: documentBody(params.name, kept, who, shown) }
    },
  })
}

function documentBody(
  name: string,
  kept: KeptDocument,
  who: Identity,
  shown: DocumentFacts & { text: string } = kept,
): DocumentBody {
  const versions = kept.versions.map((facts) => factsBody(facts))
  const { text } = shown
  return { name, ...factsBody(shown), text, latest: kept.version, versions, edit: editOf(who) }
}

function saveDocument(ports: Ports): Route {
  return route({
    method: 'PUT',
    path: DOCUMENT,
    access: 'signed_in',
    summary: 'Saves a document that Deckhand keeps for agents as its next version; for admins of everything',
    description: 'An earlier version is restored by saving its text again.',
    params: DocumentParams,
    body: DocumentRequest,
    bodyBytesMax: DOCUMENT_BODY_BYTES_MAX,
    example: { text: '# How we work here\n\nKeep changes small.\n', version: 0 },
    answer: DocumentBody,
    problems: ['not_allowed_now'],
    async handle({ who, req, log, params: { name }, body }) {
      const deed = { action: 'document.saved', target: `document:${name}`, why: null }
      const { by, audit } = await requireGlobalAdmin(ports, { who, req, log }, deed)
      const text = withPlainLines(body.text)
      const wrong = problemOfDocument(text, Buffer.byteLength(text), DOCUMENT_BYTES_MAX)
      if (wrong !== null) {
        throw unfit(onboardingTexts.wrongDocument, [{ path: 'text', message: wrong }])
      }
      const kept = await ports.documents.readDocument(name)
      const now = kept ?? { version: 0, by: null }
      if (body.version !== now.version) throw changedMeanwhile(now)
      if (kept?.text === text) {
        await audit('unchanged')
        return { json: documentBody(name, kept, who) }
      }
      const saved = await ports.documents.saveDocument(name, { text, by, at: ports.now(), seen: body.version })
      if (saved === 'full') throw new ProblemError('not_allowed_now', { detail: onboardingTexts.full(DOCUMENTS_MAX) })
      if (saved === 'changed') throw changedMeanwhile((await ports.documents.readDocument(name)) ?? now)
      await audit('changed')
      return { json: documentBody(name, saved, who) }
    },
  })
}
