/** Questions about history: comparing, listing, merging, and commits as a person would push them. */
import { entryAt, readBlob, readCommit, resolveCommit } from './objects.ts'
import type { GitCommit, Signature } from './objects.ts'
import { git, gitResult, gitText } from './plumbing.ts'

export interface FileDiff {
  sha: string | null
  filename: string
  previous: string | null
  status: 'added' | 'removed' | 'modified' | 'renamed' | 'changed'
  additions: number
  deletions: number
  patch: string | null
}

const COMPARED_COMMITS_MAX = 250
const PATCH_CHARS_MAX = 60_000

export async function mergeBase(gitDir: string, a: string, b: string): Promise<string | null> {
  const { code, stdout } = await gitResult(gitDir, ['merge-base', a, b], { accept: [1] })
  return code === 0 ? stdout.toString().trim() : null
}

export async function aheadBehind(
  gitDir: string,
  base: string,
  head: string,
): Promise<{ ahead: number; behind: number }> {
  const text = await gitText(gitDir, ['rev-list', '--left-right', '--count', `${base}...${head}`])
  const [behind = 0, ahead = 0] = text.trim().split('\t').map(Number)
  return { ahead, behind }
}

/** Newest first; `base` is excluded with all that it reaches. */
export async function listCommits(
  gitDir: string,
  head: string,
  options: { base?: string; path?: string; skip?: number; limit?: number } = {},
): Promise<GitCommit[]> {
  const limits = [`--max-count=${options.limit ?? COMPARED_COMMITS_MAX}`, `--skip=${options.skip ?? 0}`]
  const range = options.base === undefined ? head : `${options.base}..${head}`
  const tail = options.path === undefined ? [] : ['--', options.path]
  const text = await gitText(gitDir, ['rev-list', '--topo-order', ...limits, range, ...tail])
  return Promise.all(
    text
      .split('\n')
      .filter(Boolean)
      .map((sha) => readCommit(gitDir, sha)),
  )
}

/** What changed between two trees, with renames, counts and patches. */
export async function diffFiles(gitDir: string, base: string | null, head: string): Promise<FileDiff[]> {
  const from = base ?? (await emptyTree(gitDir))
  const raw = await gitText(gitDir, ['diff-tree', '-r', '-M', '-z', '--raw', '--numstat', '--full-index', from, head])
  const files = parseDiff(raw.split('\0').filter((part) => part !== ''))
  if (files.length === 0) return []
  const patches = (await gitText(gitDir, ['diff-tree', '-r', '-M', '-p', '--full-index', from, head]))
    .split(/^diff --git /m)
    .slice(1)
  for (const [index, file] of files.entries()) {
    const text = patches[index] ?? ''
    const start = text.indexOf('\n@@ ')
    file.patch = start < 0 || text.length > PATCH_CHARS_MAX ? null : text.slice(start + 1).replace(/\n$/, '')
  }
  return files
}

export async function unifiedDiff(gitDir: string, base: string, head: string): Promise<string> {
  return gitText(gitDir, ['diff-tree', '-r', '-M', '-p', base, head])
}

function parseDiff(parts: string[]): FileDiff[] {
  const files: FileDiff[] = []
  const words = { A: 'added', D: 'removed', M: 'modified', R: 'renamed', T: 'changed' } as const
  let index = 0
  while (parts[index]?.startsWith(':')) {
    const [, , before = '', after = '', letter = 'M'] = (parts[index] as string).split(' ')
    const renamed = letter.startsWith('R')
    const filename = parts[index + (renamed ? 2 : 1)] as string
    const status = words[letter[0] as keyof typeof words] ?? 'modified'
    const previous = renamed ? (parts[index + 1] as string) : null
    files.push({
      sha: status === 'removed' ? before : after,
      filename,
      previous,
      status,
      additions: 0,
      deletions: 0,
      patch: null,
    })
    index += renamed ? 3 : 2
  }
  for (const file of files) {
    // "<added>\t<deleted>\t<path>", or with a rename an empty path and then both names.
    const [added = '0', deleted = '0'] = (parts[index] ?? '').split('\t')
    file.additions = Number(added) || 0
    file.deletions = Number(deleted) || 0
    index += file.previous === null ? 1 : 3
  }
  return files
}

async function emptyTree(gitDir: string): Promise<string> {
  return (await gitText(gitDir, ['hash-object', '-t', 'tree', '-w', '--stdin'])).trim()
}

/** The merged tree of two commits; null when they conflict. */
export async function mergedTree(gitDir: string, ours: string, theirs: string): Promise<string | null> {
  const { code, stdout } = await gitResult(gitDir, ['merge-tree', '--write-tree', ours, theirs], { accept: [1] })
  return code === 0 ? (stdout.toString().split('\n')[0] as string) : null
}

/** One commit on a branch as a push would bring it; null content deletes. Answers the new sha. */
export async function commitFiles(
  gitDir: string,
  change: {
    branch: string
    parent: string | null
    message: string
    by: Signature
    files: Record<string, string | null>
  },
): Promise<string> {
  const chunks: string[] = []
  const data = (text: string) => chunks.push(`data ${Buffer.byteLength(text)}\n${text}\n`)
  chunks.push(`commit refs/heads/${change.branch}\n`)
  chunks.push(`committer ${change.by.name} <${change.by.email}> ${change.by.at} +0000\n`)
  data(change.message)
  if (change.parent !== null) chunks.push(`from ${change.parent}\n`)
  for (const [path, content] of Object.entries(change.files)) {
    if (content === null) {
      chunks.push(`D ${JSON.stringify(path)}\n`)
      continue
    }
    chunks.push(`M ${content.startsWith('#!') ? '100755' : '100644'} inline ${JSON.stringify(path)}\n`)
    data(content)
  }
  await git(gitDir, ['fast-import', '--quiet', '--force', '--date-format=raw'], { input: chunks.join('') })
  return (await resolveCommit(gitDir, change.branch)) as string
}

export async function readText(gitDir: string, rev: string, path: string): Promise<string | null> {
  const commit = await resolveCommit(gitDir, rev)
  const entry = commit && (await entryAt(gitDir, commit, path))
  return entry && entry.type === 'blob' ? (await readBlob(gitDir, entry.sha)).toString('utf8') : null
}
