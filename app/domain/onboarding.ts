/**
 * What the onboarding document and the context packs of an agent may name, and how much of it the agent will see. A
 * repository's own paths are judged like those of a change: nothing absolute, nothing that leaves its folder.
 */
import {
  CONTEXT_FILE_BYTES_MAX,
  DOCUMENT_PREFIX,
  DOCUMENT_NAME,
  LOG_TAIL_BYTES_MAX,
  RECENT_LOGS_PREFIX,
  RECENT_LOGS_RUNS_MAX,
  estimatedTokens,
} from '../contracts/onboarding.ts'
import type { AgentOnboardingBody } from '../contracts/onboarding.ts'
import { badPath } from './paths.ts'
import { onboardingProblems as problems } from './render/reading.ts'

export type Reference =
  | { kind: 'document'; name: string }
  | { kind: 'logs'; runs: number }
  | { kind: 'file'; path: string }

export interface AgentOnboarding {
  onboardingDocRef: string | null
  contextPacks: readonly string[]
}

/** Stands where lines were left out. */
const TAIL_MARK = '…\n'

/** What a reference names, or the sentence that says what is wrong with it. */
export function referenceOf(ref: string): Reference | { problem: string } {
  if (ref.startsWith(DOCUMENT_PREFIX)) {
    const name = ref.slice(DOCUMENT_PREFIX.length)
    return DOCUMENT_NAME.test(name) ? { kind: 'document', name } : { problem: problems.documentName }
  }
  if (ref.startsWith(RECENT_LOGS_PREFIX)) {
    const count = ref.slice(RECENT_LOGS_PREFIX.length)
    const runs = /^[1-9]\d?$/.test(count) ? Number(count) : 0
    return runs >= 1 && runs <= RECENT_LOGS_RUNS_MAX ? { kind: 'logs', runs } : { problem: problems.logs }
  }
  const meant = [DOCUMENT_PREFIX, RECENT_LOGS_PREFIX].find((prefix) =>
    ref.toLowerCase().startsWith(prefix.toLowerCase()),
  )
  if (meant !== undefined) return { problem: problems.prefix(meant) }
  const bad = badPath(ref)
  return bad === null ? { kind: 'file', path: ref } : { problem: problems.path(bad) }
}

/** Names of the documents among references. */
export function documentsIn({ onboardingDocRef, contextPacks }: AgentOnboarding): string[] {
  return [onboardingDocRef ?? '', ...contextPacks].flatMap((ref) => {
    const found = ref === '' ? { problem: '' } : referenceOf(ref)
    return 'kind' in found && found.kind === 'document' ? [found.name] : []
  })
}

/** Everything that is wrong, by the field that says it; `known` are the names of documents that there are. */
export function problemsOfOnboarding(
  { onboardingDocRef, contextPacks }: AgentOnboarding,
  known: ReadonlySet<string>,
): { path: string; message: string }[] {
  const told: { path: string; message: string }[] = []
  const seen = new Set<string>()
  let logs = 0
  const judge = (ref: string, path: string): void => {
    const found = referenceOf(ref)
    const tell = (message: string): void => void told.push({ path, message })
    if ('problem' in found) return tell(found.problem)
    if (found.kind === 'document' && !known.has(found.name)) return tell(problems.unknown(found.name))
    if (found.kind === 'logs' && path === 'onboardingDocRef') return tell(problems.logsAsDocument)
    if (found.kind === 'logs' && ++logs > 1) return tell(problems.logsTwice)
    if (seen.has(ref)) return tell(problems.twice)
    seen.add(ref)
  }
  if (onboardingDocRef !== null) judge(onboardingDocRef, 'onboardingDocRef')
  for (const [index, ref] of contextPacks.entries()) judge(ref, `contextPacks.${index}`)
  return told
}

/** What is wrong with a document's text, or null. `bytes` is its size. */
export function problemOfDocument(text: string, bytes: number, bytesMax: number): string | null {
  if (text.trim() === '') return problems.empty
  if (bytes > bytesMax) return problems.tooLarge(bytes, bytesMax)
  return /(?![\n\t])\p{Cc}/u.test(text) || text.toWellFormed() !== text ? problems.control : null
}

/** One way of ending lines, however the text came here. */
export const withPlainLines = (text: string): string => text.replace(/\r\n?/g, '\n')

type Seen = Pick<AgentOnboardingBody, 'sees' | 'tokens'>

/** What the agent will see of each, in order, and how much that is; sizes of what is read later are their limits. */
export function seenByAgent(
  { onboardingDocRef, contextPacks }: AgentOnboarding,
  documents: ReadonlyMap<string, { version: number; bytes: number }>,
): Seen {
  const refs = onboardingDocRef === null ? contextPacks : [onboardingDocRef, ...contextPacks]
  const sees = refs.flatMap((ref) => {
    const found = referenceOf(ref)
    if ('problem' in found) return []
    const { version = null, bytes } = sizeOf(found, documents)
    const tokens = estimatedTokens(bytes)
    return [{ ref, kind: found.kind, version, bytes, tokens, atMost: found.kind !== 'document' }]
  })
  return { sees, tokens: sees.reduce((sum, { tokens }) => sum + tokens, 0) }
}

function sizeOf(
  found: Reference,
  documents: ReadonlyMap<string, { version: number; bytes: number }>,
): { version?: number; bytes: number } {
  if (found.kind === 'file') return { bytes: CONTEXT_FILE_BYTES_MAX }
  if (found.kind === 'logs') return { bytes: found.runs * LOG_TAIL_BYTES_MAX }
  return documents.get(found.name) ?? { bytes: 0 }
}

/**
 * The last lines that fit, by their number and by UTF-8 bytes; `sizeOfText` counts them. What was left out shows as a
 * mark: where there are more lines than fit, one more has to come along.
 */
export function tailOf(
  lines: readonly string[],
  max: { lines: number; bytes: number },
  sizeOfText: (text: string) => number,
): string {
  let left = max.bytes - sizeOfText(TAIL_MARK)
  const kept: string[] = []
  for (const line of lines.slice(-max.lines).toReversed()) {
    left -= sizeOfText(line) + 1
    if (left < 0) break
    kept.unshift(line)
  }
  return kept.length === lines.length ? kept.join('\n') : TAIL_MARK + kept.join('\n')
}
