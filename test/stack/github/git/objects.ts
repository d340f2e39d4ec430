/** Reading and writing git objects and refs of a bare repository: what the Git database API is made of. */
import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { git, gitResult, gitText } from './plumbing.ts'

export interface Signature {
  name: string
  email: string
  /** Epoch seconds. */
  at: number
}
export interface GitCommit {
  sha: string
  tree: string
  parents: string[]
  author: Signature
  committer: Signature
  message: string
}
export interface TreeEntry {
  path: string
  mode: string
  type: 'blob' | 'tree' | 'commit'
  sha: string
  size: number | null
}
export interface Ref {
  ref: string
  sha: string
  type: 'commit' | 'tag'
}
export const ZERO_SHA = '0'.repeat(40)
const SHA = /^[0-9a-f]{40}$/
export const isSha = (text: string): boolean => SHA.test(text)

/** As github.com: any reachable commit may be asked for by its id, and shallow and partial clones work. */
const CONFIG = `[uploadpack]
	allowAnySHA1InWant = true
	allowFilter = true
[gc]
	auto = 0
[receive]
	hideRefs = refs/pull
`

export async function initBare(gitDir: string, defaultBranch: string): Promise<void> {
  await git(gitDir, ['init', '--quiet', '--bare', '--template=', `--initial-branch=${defaultBranch}`])
  await appendFile(join(gitDir, 'config'), CONFIG)
}

/** The commit that a branch, tag, full ref or sha means; null when there is none. */
export async function resolveCommit(gitDir: string, rev: string): Promise<string | null> {
  if (rev.startsWith('-') || rev === '') return null
  const tries = isSha(rev) ? [rev] : [`refs/heads/${rev}`, `refs/tags/${rev}`, rev]
  for (const name of tries) {
    const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`]
    const { code, stdout } = await gitResult(gitDir, args, { accept: [1, 128] })
    if (code === 0) return stdout.toString().trim()
  }
  return null
}

export async function objectType(gitDir: string, sha: string): Promise<string | null> {
  if (!isSha(sha)) return null
  const { code, stdout } = await gitResult(gitDir, ['cat-file', '-t', sha], { accept: [1, 128] })
  return code === 0 ? stdout.toString().trim() : null
}

export async function listRefs(gitDir: string, ...prefixes: readonly string[]): Promise<Ref[]> {
  const format = '--format=%(objectname) %(objecttype) %(refname)'
  const text = await gitText(gitDir, ['for-each-ref', format, ...prefixes])
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [sha = '', type = '', ref = ''] = line.split(' ')
      return { ref, sha, type: type as Ref['type'] }
    })
}

export async function readRef(gitDir: string, ref: string): Promise<Ref | null> {
  return (await listRefs(gitDir, ref)).find((found) => found.ref === ref) ?? null
}

/** Compare-and-set: rejects with `GitError` when the ref is not at `before` (zeros: must not exist) any more. */
export async function writeRef(gitDir: string, ref: string, after: string, before?: string): Promise<void> {
  await git(gitDir, ['update-ref', '--', ref, after, ...(before === undefined ? [] : [before])])
}
export async function deleteRef(gitDir: string, ref: string): Promise<void> {
  await git(gitDir, ['update-ref', '-d', '--', ref])
}
export async function isRefName(gitDir: string, ref: string): Promise<boolean> {
  return (await gitResult(gitDir, ['check-ref-format', ref], { accept: [1, 128, 129] })).code === 0
}

export async function isAncestor(gitDir: string, ancestor: string, descendant: string): Promise<boolean> {
  return (await gitResult(gitDir, ['merge-base', '--is-ancestor', ancestor, descendant], { accept: [1] })).code === 0
}

export async function readCommit(gitDir: string, sha: string): Promise<GitCommit> {
  const text = await gitText(gitDir, ['cat-file', 'commit', sha])
  const end = text.indexOf('\n\n')
  const headers = text.slice(0, end).split('\n')
  const all = (name: string) => headers.filter((h) => h.startsWith(`${name} `)).map((h) => h.slice(name.length + 1))
  return {
    sha,
    tree: all('tree')[0] ?? '',
    parents: all('parent'),
    author: signature(all('author')[0]),
    committer: signature(all('committer')[0]),
    message: text.slice(end + 2).replace(/\n$/, ''),
  }
}

function signature(line = ''): Signature {
  const [, name = '', email = '', at = '0'] = /^(.*?) ?<(.*)> (\d+) [+-]\d{4}$/.exec(line) ?? []
  return { name, email, at: Number(at) }
}

const clean = (text: string) => text.replaceAll(/[\n<>\0]/g, '')
const signed = (s: Signature) => `${clean(s.name)} <${clean(s.email)}> ${s.at} +0000`

export async function writeCommit(gitDir: string, commit: Omit<GitCommit, 'sha'>): Promise<string> {
  const lines = [
    `tree ${commit.tree}`,
    ...commit.parents.map((parent) => `parent ${parent}`),
    `author ${signed(commit.author)}`,
    `committer ${signed(commit.committer)}`,
  ]
  const input = `${lines.join('\n')}\n\n${commit.message}`
  return (await gitText(gitDir, ['hash-object', '-t', 'commit', '-w', '--stdin'], { input })).trim()
}

export async function writeBlob(gitDir: string, content: Uint8Array): Promise<string> {
  return (await gitText(gitDir, ['hash-object', '-w', '--stdin'], { input: content })).trim()
}
export async function readBlob(gitDir: string, sha: string): Promise<Buffer> {
  return git(gitDir, ['cat-file', 'blob', sha])
}

/** One tree, or everything below it; directories are listed too when recursive, as GitHub does. */
export async function readTree(
  gitDir: string,
  treeish: string,
  recursive = false,
  path?: string,
): Promise<TreeEntry[]> {
  const flags = ['-z', '-l', '--full-tree', ...(recursive ? ['-r', '-t'] : [])]
  const text = await gitText(gitDir, ['ls-tree', ...flags, treeish, ...(path === undefined ? [] : ['--', path])])
  return text
    .split('\0')
    .filter(Boolean)
    .map((line) => {
      const tab = line.indexOf('\t')
      const head = line.slice(0, tab)
      const name = line.slice(tab + 1)
      const [mode = '', type = '', sha = '', size = '-'] = head.split(/ +/)
      return { path: name, mode, type: type as TreeEntry['type'], sha, size: size === '-' ? null : Number(size) }
    })
}

/** A path at a commit; null when absent. */
export async function entryAt(gitDir: string, commit: string, path: string): Promise<TreeEntry | null> {
  return (await readTree(gitDir, commit, false, path)).find((entry) => entry.path === path) ?? null
}

export interface TreeChange {
  path: string
  mode: string
  /** Null deletes. */
  sha: string | null
}

/** A tree from a base and changes, by way of a throwaway index; subtrees are read in, deletions take whole folders. */
export async function writeTree(gitDir: string, base: string | null, changes: readonly TreeChange[]): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'local-github-index-'))
  const env = { GIT_INDEX_FILE: join(directory, 'index') }
  try {
    if (base !== null) await git(gitDir, ['read-tree', base], { env })
    for (const { path, sha } of changes.filter((c) => c.mode === '040000' && c.sha !== null)) {
      await removeFromIndex(gitDir, path, env)
      await git(gitDir, ['read-tree', `--prefix=${path}/`, sha as string], { env })
    }
    for (const { path } of changes.filter((c) => c.sha === null)) await removeFromIndex(gitDir, path, env)
    const lines = changes
      .filter((c) => c.sha !== null && c.mode !== '040000')
      .map((c) => `${c.mode} ${c.sha}\t${c.path}\0`)
    // `--replace`: a file takes the place of a folder of the same name, and the other way round.
    const input = lines.join('')
    if (input) await git(gitDir, ['update-index', '--add', '--replace', '-z', '--index-info'], { env, input })
    return (await gitText(gitDir, ['write-tree'], { env })).trim()
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function removeFromIndex(gitDir: string, path: string, env: Record<string, string>): Promise<void> {
  const args = ['--literal-pathspecs', 'ls-files', '-z', '--cached', '--', path]
  const found = await gitText(gitDir, args, { env })
  const input = found
    .split('\0')
    .filter(Boolean)
    .map((name) => `0 ${ZERO_SHA}\t${name}\0`)
    .join('')
  if (input) await git(gitDir, ['update-index', '-z', '--index-info'], { env, input })
}
