/**
 * What the agent of a Run is given to read besides the issue, put together when its job binds: texts that Deckhand keeps
 * and the ends of earlier logs go along, files of the repository are named, because the job has them.
 */
import { LOG_TAIL_BYTES_MAX } from '../../contracts/onboarding.ts'
import type { AgentReading, ContextPiece } from '../../contracts/onboarding.ts'
import { documentsIn, referenceOf, tailOf } from '../../domain/onboarding.ts'
import { visible } from '../../domain/render/inert.ts'
import type { Run } from '../../domain/run.ts'
import type { AgentOnboardingStore } from '../../store/agent-onboarding.ts'
import type { DocumentStore } from '../../store/documents.ts'
import type { LogStore } from '../../store/logs.ts'

const LOG_TAIL_LINES_MAX = 100
const TAIL_MAX = { lines: LOG_TAIL_LINES_MAX, bytes: LOG_TAIL_BYTES_MAX }

export interface ReadingStores {
  agentOnboarding: Pick<AgentOnboardingStore, 'readOnboarding'>
  documents: Pick<DocumentStore, 'textsOf'>
  logs: Pick<LogStore, 'countLogs' | 'readLogs'>
  runs: { list(filter: { repositoryIds: readonly number[]; limit: number }): Promise<Run[]> }
}

/** Null where nothing is set for the agent. */
export async function readingOf(run: Run, stores: ReadingStores): Promise<AgentReading | null> {
  const set = await stores.agentOnboarding.readOnboarding(run.agent)
  if (set.onboardingDocRef === null && set.contextPacks.length === 0) return null
  const texts = await stores.documents.textsOf(documentsIn(set))
  const pieceOf = async (ref: string): Promise<ContextPiece | null> => {
    const found = referenceOf(ref)
    if ('problem' in found) return null
    if (found.kind === 'file') return { kind: 'file', ref }
    if (found.kind === 'logs') return { kind: 'logs', ref, runs: await tailsBefore(run, found.runs, stores) }
    const text = texts.get(found.name)
    return text ? { kind: 'document', ref, ...text } : null
  }
  const packs: ContextPiece[] = []
  for (const ref of set.contextPacks) {
    const piece = await pieceOf(ref)
    if (piece) packs.push(piece)
  }
  return { onboarding: set.onboardingDocRef === null ? null : await pieceOf(set.onboardingDocRef), packs }
}

/** How the logs of the repository's other Runs end, newest Run first. */
async function tailsBefore(run: Run, count: number, { runs, logs }: ReadingStores) {
  const latest = await runs.list({ repositoryIds: [run.repository.id], limit: count + 1 })
  const others = latest.filter(({ id }) => id !== run.id).slice(0, count)
  const tails: { runId: string; text: string }[] = []
  for (const { id } of others) {
    // One more than is given along tells whether there are more.
    const from = Math.max(0, (await logs.countLogs(id)) - LOG_TAIL_LINES_MAX - 1)
    const lines = await logs.readLogs(id, from, LOG_TAIL_LINES_MAX + 1)
    const texts = lines.map(({ text }) => visible(text))
    tails.push({ runId: id, text: tailOf(texts, TAIL_MAX, (text) => Buffer.byteLength(text)) })
  }
  return tails
}
