/**
 * Writes the agent's branch through GitHub's Git database: no clone, no push, and commits that GitHub signs as the
 * App's, because neither author nor committer is given. The ref comes last, so that a branch is whole or absent.
 */
import { createHash } from 'node:crypto'

import type { ProposalFile } from '../contracts/executor.ts'
import { BRANCH_PREFIX } from '../domain/policy.ts'
import { agentRunIdTrailer } from '../domain/render/commit.ts'
import type { Clients, Octokit } from './client.ts'
import { hasStatus, orNull, validationText } from './error-mapping.ts'
import { GitHubError } from './errors.ts'
import type { BranchToWrite, GitHubPort, Repo } from './port.ts'
import { smallMemory } from './small-memory.ts'

/** Many requests; still less than the lease of an effect. */
const WRITE_BRANCH_MS_MAX = 50_000
const TREES_MAX = 500
const UNFINISHED_MAX = 50
const SAFE_BRANCH = /^agent\/[A-Za-z0-9][A-Za-z0-9._/-]{0,198}$/

interface TreeEntry {
  path: string
  mode: '100644' | '100755'
  type: 'blob'
  sha?: string | null
  content?: string
}

/** What a try that ran out of time had made already; objects without a ref harm nobody, but making them takes time. */
interface Progress {
  commits: { sha: string; tree: string }[]
  blobs: Set<string>
}

export function branchesOf({ as }: Clients): Pick<GitHubPort, 'baseCommit' | 'writeBranch' | 'deleteBranch'> {
  /** Commit to tree, from `baseCommit`; spares a request per Run. */
  const trees = smallMemory<string, string>(TREES_MAX)
  const unfinished = smallMemory<string, Progress>(UNFINISHED_MAX)

  return {
    baseCommit: ({ owner, name, installationId }, ref) =>
      as(installationId, async (octokit, signal) => {
        const { data } = await octokit.rest.repos.getCommit({ owner, repo: name, ref, request: { signal } })
        trees.set(`${owner}/${name}@${data.sha}`, data.commit.tree.sha)
        return data.sha
      }),

    async writeBranch(repo, branch) {
      checkName(branch.branch)
      const key = progressKey(repo, branch)
      const progress = unfinished.get(key) ?? { commits: [], blobs: new Set() }
      unfinished.set(key, progress)
      const baseTree = trees.get(`${repo.owner}/${repo.name}@${branch.base}`) ?? null
      const written = await as(
        repo.installationId,
        (octokit, signal) => write({ octokit, signal, repo, branch, progress, baseTree }),
        WRITE_BRANCH_MS_MAX,
      )
      unfinished.delete(key)
      return written
    },

    async deleteBranch({ owner, name, installationId }, { branch, sha }) {
      checkName(branch)
      return as(installationId, async (octokit, signal) => {
        const at = { owner, repo: name, ref: `heads/${branch}`, request: { signal } }
        const found = await orNull(octokit.rest.git.getRef(at))
        if (!found) return 'absent'
        if (found.data.object.sha !== sha) return 'moved'
        try {
          await octokit.rest.git.deleteRef(at)
          return 'deleted'
        } catch (error) {
          if (hasStatus(error, 422) && /does not exist/i.test(validationText(error))) return 'absent'
          throw error
        }
      })
    },
  }
}

/**
 * The digest of the commits stands in it as well: a later attempt of the same Run writes another proposal on the same
 * base, and nothing of the one before may get into its branch.
 */
function progressKey({ owner, name }: Repo, { branch, base, commits }: BranchToWrite): string {
  const digest = createHash('sha256').update(JSON.stringify(commits)).digest('hex')
  return `${owner}/${name}:${branch}@${base}#${digest}`
}

interface Writing {
  octokit: Octokit
  signal: AbortSignal
  repo: Repo
  branch: BranchToWrite
  progress: Progress
  baseTree: string | null
}

function checkName(branch: string): void {
  if (!branch.startsWith(BRANCH_PREFIX) || !SAFE_BRANCH.test(branch) || branch.includes('..')) {
    throw new GitHubError('invalid', `Deckhand writes below ${BRANCH_PREFIX} only, and not to ${branch}.`)
  }
}

async function write(writing: Writing): Promise<{ sha: string; commits: number }> {
  const { octokit, signal, repo, branch, progress } = writing
  const commits = branch.commits.length
  if (branch.retried) {
    const existing = await ownTip(writing)
    if (existing !== null) return { sha: existing, commits }
  }
  for (const [index, commit] of branch.commits.entries()) {
    if (progress.commits[index]) continue
    const parent = progress.commits[index - 1]
    const made = await writeCommit(writing, commit, parent ?? { sha: branch.base, tree: await baseTreeOf(writing) })
    progress.commits.push(made)
  }
  const { sha } = progress.commits.at(-1)!
  const at = { owner: repo.owner, repo: repo.name, request: { signal } }
  try {
    await octokit.rest.git.createRef({ ...at, ref: `refs/heads/${branch.branch}`, sha })
    return { sha, commits }
  } catch (error) {
    if (!hasStatus(error, 422) || !/already exists/i.test(validationText(error))) throw error
    const existing = await ownTip(writing)
    if (existing === null) throw error
    return { sha: existing, commits }
  }
}

/** Sha of the branch when it is this Run's, null when there is none; a foreign branch is never touched. */
async function ownTip({ octokit, signal, repo, branch }: Writing): Promise<string | null> {
  const at = { owner: repo.owner, repo: repo.name, request: { signal } }
  const ref = await orNull(octokit.rest.git.getRef({ ...at, ref: `heads/${branch.branch}` }))
  if (!ref) return null
  const { sha } = ref.data.object
  const { data } = await octokit.rest.git.getCommit({ ...at, commit_sha: sha })
  if (data.message.split('\n').includes(agentRunIdTrailer(branch.runId))) return sha
  throw new GitHubError('conflict', `The branch ${branch.branch} exists and is not of run ${branch.runId}.`)
}

async function baseTreeOf({ octokit, signal, repo, branch, baseTree }: Writing): Promise<string> {
  if (baseTree !== null) return baseTree
  const at = { owner: repo.owner, repo: repo.name, request: { signal } }
  const { data } = await octokit.rest.git.getCommit({ ...at, commit_sha: branch.base })
  return data.tree.sha
}

async function writeCommit(
  writing: Writing,
  commit: BranchToWrite['commits'][number],
  parent: { sha: string; tree: string },
): Promise<{ sha: string; tree: string }> {
  const { octokit, signal, repo } = writing
  const at = { owner: repo.owner, repo: repo.name, request: { signal } }
  const tree: TreeEntry[] = []
  for (const file of commit.files) tree.push(await entryOf(writing, file))
  const made = await octokit.rest.git.createTree({ ...at, base_tree: parent.tree, tree })
  const { data } = await octokit.rest.git.createCommit({
    ...at,
    message: commit.message,
    tree: made.data.sha,
    parents: [parent.sha],
  })
  return { sha: data.sha, tree: made.data.sha }
}

/** Text goes inline with the tree; only what is no UTF-8 costs a request of its own. */
async function entryOf({ octokit, signal, repo, progress }: Writing, file: ProposalFile): Promise<TreeEntry> {
  if (file.change === 'delete') return { path: file.path, mode: '100644', type: 'blob', sha: null }
  if (file.mode !== '100644' && file.mode !== '100755') {
    throw new GitHubError('invalid', `Deckhand does not write files of the mode ${file.mode}.`)
  }
  const entry = { path: file.path, mode: file.mode, type: 'blob' } as const
  const bytes = Buffer.from(file.contentBase64, 'base64')
  const content = textOf(bytes)
  if (content !== null) return { ...entry, content }
  const sha = createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex')
  if (!progress.blobs.has(sha)) {
    await octokit.rest.git.createBlob({
      owner: repo.owner,
      repo: repo.name,
      content: file.contentBase64,
      encoding: 'base64',
      request: { signal },
    })
    progress.blobs.add(sha)
  }
  return { ...entry, sha }
}

function textOf(bytes: Uint8Array): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return text.includes('\0') ? null : text
  } catch {
    return null
  }
}
