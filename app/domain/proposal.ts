/**
 * What of an agent's change is let through. The proposal comes from a place where foreign text was executed, so that it
 * is data to be judged: size, paths, modes and secrets, all before anything is written (trust.md rows 24 to 29).
 */
import { PROPOSAL_BYTES_MAX, PROPOSAL_COMMITS_MAX, PROPOSAL_FILES_MAX } from '../contracts/executor.ts'
import { Proposal } from '../contracts/executor.ts'
import type { ProposalFile } from '../contracts/executor.ts'
import type { ReasonCode } from '../contracts/status.ts'
import { badPath, folded, isProtected, worthALook } from './paths.ts'
import { codeSpan, cut, visible } from './render/inert.ts'
import { secretSearch } from './secrets.ts'
import type { SecretSearch } from './secrets.ts'

export interface ProposalPolicy {
  /** The commit that the Run was dispatched with; a change on another one is refused. */
  baseSha: string
  /** Values that may not leave in any form. */
  knownSecrets: readonly string[]
}

/** `attention`: notes for the reviewer, as Markdown; with any, the pull request is opened as a draft. */
export type ProposalVerdict = { ok: true; attention: string[] } | { ok: false; reason: ReasonCode; detail: string }
type Refused = Extract<ProposalVerdict, { ok: false }>

const ATTENTION_MAX = 20
const PLACE_CHARS_MAX = 120
const FILE_MODES: ReadonlySet<string> = new Set(['100644', '100755'])

/** Thrown by whoever reads a proposal: what the job handed over is none, and trying again makes it none either. */
export class NoProposal extends Error {
  readonly reason: ReasonCode
  constructor({ reason, detail }: Omit<Refused, 'ok'>) {
    super(detail)
    this.name = 'NoProposal'
    this.reason = reason
  }
}

/** What a job handed over, as a proposal. Throws `NoProposal` when it is none. */
export function proposalIn(bytes: Uint8Array): Proposal {
  const value = jsonIn(bytes)
  // Before the contract looks at it, which tells of each entry that does not fit, and remembers them all.
  const tooLong = tooMany(value)
  if (tooLong) throw new NoProposal(tooLong)
  const { data, error } = Proposal.safeParse(value)
  if (data) return data
  const where = error.issues[0]?.path.join('.') || 'its fields'
  throw new NoProposal(refused('proposal_refused', `what the job handed over is no proposal: see ${where}`))
}

function jsonIn(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    throw new NoProposal(refused('proposal_refused', 'what the job handed over is not JSON'))
  }
}

export function checkProposal(proposal: Proposal, policy: ProposalPolicy): ProposalVerdict {
  return (
    checkSize(proposal) ??
    checkBase(proposal, policy) ??
    checkEncoding(proposal) ??
    // Before the paths, because a refused path is shown.
    checkSecrets(proposal, secretSearch(policy.knownSecrets)) ??
    checkPaths(proposal) ?? { ok: true, attention: attentionOf(proposal) }
  )
}

const refused = (reason: ReasonCode, detail: string): Refused => ({ ok: false, reason, detail })
const allFiles = (proposal: Proposal): ProposalFile[] => proposal.commits.flatMap((commit) => commit.files)
/** A path as it may be shown: without what is not seen, and not longer than a line. */
const shown = (path: string): string => cut(visible(path).replace(/\s+/g, ' '), PLACE_CHARS_MAX)

const ENTRIES_MAX = PROPOSAL_FILES_MAX * PROPOSAL_COMMITS_MAX

/** Counts the lists of what may be no proposal. */
function tooMany(value: unknown): Refused | null {
  const commits = listIn(value, 'commits')
  if (commits.length > PROPOSAL_COMMITS_MAX) {
    return refused('proposal_too_large', `${commits.length} commits; at most ${PROPOSAL_COMMITS_MAX} are accepted`)
  }
  const files = commits.reduce<number>((sum, commit) => sum + listIn(commit, 'files').length, 0)
  if (files > ENTRIES_MAX) {
    return refused('proposal_too_large', `${files} changes of files; at most ${ENTRIES_MAX} are accepted`)
  }
  const risks = listIn(value, 'risks').length
  return risks > ENTRIES_MAX ? refused('proposal_too_large', `${risks} risks are too many`) : null
}

function listIn(value: unknown, key: string): readonly unknown[] {
  const list: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : null
  return Array.isArray(list) ? list : []
}

/** Counts before contents: nothing is decoded of a proposal that is too large. */
function checkSize(proposal: Proposal): Refused | null {
  const tooLong = tooMany(proposal)
  if (tooLong) return tooLong
  const files = allFiles(proposal)
  const paths = new Set(files.map((file) => file.path))
  if (paths.size > PROPOSAL_FILES_MAX) {
    return refused('proposal_too_large', `${paths.size} files; at most ${PROPOSAL_FILES_MAX} are accepted`)
  }
  const bytes = files.reduce((sum, file) => sum + (file.change === 'put' ? file.contentBase64.length * 0.75 : 0), 0)
  if (bytes > PROPOSAL_BYTES_MAX) {
    return refused('proposal_too_large', `${Math.ceil(bytes / 1_048_576)} MiB; at most 4 MiB are accepted`)
  }
  return null
}

function checkBase(proposal: Proposal, policy: ProposalPolicy): Refused | null {
  if (proposal.baseSha !== policy.baseSha) {
    const [made, wanted] = [proposal.baseSha.slice(0, 7), policy.baseSha.slice(0, 7)]
    return refused('base_moved', `the change stands on ${made} and not on ${wanted}`)
  }
  const empty = proposal.commits.findIndex((commit) => commit.files.length === 0)
  return empty < 0 ? null : refused('proposal_refused', `commit ${empty + 1} changes no file`)
}

function checkEncoding(proposal: Proposal): Refused | null {
  const bad = allFiles(proposal).findIndex((file) => file.change === 'put' && !isBase64(file.contentBase64))
  return bad < 0 ? null : refused('proposal_refused', `the content of file ${bad + 1} is not valid Base64`)
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && !/[^A-Za-z0-9+/]/.test(text.replace(/={1,2}$/, ''))
}

/** Walks the commits as a tree would grow: what a commit deletes makes room for what it puts. */
function checkPaths(proposal: Proposal): Refused | null {
  /** Folded path to the spelling that the tree holds now, as far as the proposal tells. */
  const present = new Map<string, string>()
  for (const [index, { files }] of proposal.commits.entries()) {
    const inCommit = new Set<string>()
    for (const file of files) {
      const bad = checkFile(file)
      if (bad) return bad
      if (inCommit.has(file.path))
        return refused('proposal_refused', `${shown(file.path)} twice in commit ${index + 1}`)
      inCommit.add(file.path)
    }
    for (const file of files) if (file.change === 'delete') present.delete(folded(file.path))
    for (const file of files)
      if (file.change === 'put') {
        const other = present.get(folded(file.path))
        if (other !== undefined && other !== file.path) {
          return refused(
            'proposal_refused',
            `${shown(file.path)} and another path that differs from it in case or Unicode only`,
          )
        }
        present.set(folded(file.path), file.path)
      }
    const below = fileBelowFile(present)
    if (below) return refused('proposal_refused', `${shown(below)} lies below a path that is a file`)
  }
  return null
}

function checkFile(file: ProposalFile): Refused | null {
  const bad = badPath(file.path)
  if (bad) return refused('proposal_refused', `${bad}: ${shown(file.path)}`)
  if (isProtected(file.path)) return refused('protected_path', shown(file.path))
  if (file.change === 'delete') return null
  if (file.mode === '120000') return refused('proposal_refused', `${shown(file.path)} is a symbolic link`)
  if (file.mode === '160000') return refused('proposal_refused', `${shown(file.path)} is a submodule`)
  if (!FILE_MODES.has(file.mode)) return refused('proposal_refused', `${shown(file.path)} has the mode ${file.mode}`)
  return null
}

function fileBelowFile(present: ReadonlyMap<string, string>): string | null {
  for (const [path, spelling] of present) {
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
      if (present.has(path.slice(0, at))) return spelling
    }
  }
  return null
}

/** Everything that would be seen: contents, names, messages and the texts of the pull request. */
function checkSecrets(proposal: Proposal, searchBytes: SecretSearch): Refused | null {
  // Texts are published without what nobody sees, which may stand between the characters of a secret.
  const search: SecretSearch = (text) => searchBytes(text) ?? searchBytes(visible(text))
  const { summary, risks, handoff } = proposal
  const texts = [summary, ...risks, handoff.goal, handoff.did, handoff.forNextAgent]
  const inText = texts.map(search).find((kind) => kind !== null)
  if (inText) return refused('secret_in_output', `${inText} in the summary`)
  for (const [index, commit] of proposal.commits.entries()) {
    const where = `commit ${index + 1}`
    const inMessage = search(commit.message)
    if (inMessage) return refused('secret_in_output', `${inMessage} in the message of ${where}`)
    for (const file of commit.files) {
      const inPath = search(file.path)
      if (inPath) return refused('secret_in_output', `${inPath} in the name of a file of ${where}`)
      const inContent = file.change === 'put' ? searchBytes(atob(file.contentBase64)) : null
      if (inContent) return refused('secret_in_output', `${inContent} in ${shown(file.path)} of ${where}`)
    }
  }
  return null
}

/** What a reviewer should look at first, as Markdown; not a verdict, and made of the names of the files alone. */
export function attentionOf(proposal: Proposal): string[] {
  const all = worthLooksIn(proposal).map(({ path, why }) => `${codeSpan(path)} ${why}.`)
  const rest = all.length - ATTENTION_MAX
  return rest > 0 ? [...all.slice(0, ATTENTION_MAX), `And ${rest} more files of these kinds.`] : all
}

/** A file that a reviewer should look at first, and why, in words that go on after its name. */
export interface WorthALook {
  path: string
  why: string
  /** The change leaves it there. */
  stays: boolean
}

/** Each such file once, as the last commit that touches it leaves it. */
export function worthLooksIn(proposal: Proposal): WorthALook[] {
  const found = new Map<string, WorthALook>()
  for (const file of allFiles(proposal)) {
    const isExecutable = file.change === 'put' && file.mode === '100755'
    const why = worthALook(file.path) ?? (isExecutable ? 'is executable' : null)
    const said = why ?? found.get(file.path)?.why
    if (said) found.set(file.path, { path: file.path, why: said, stays: file.change === 'put' })
  }
  return [...found.values()]
}
