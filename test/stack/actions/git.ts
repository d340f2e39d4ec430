/** Reads bare repositories with git, as GitHub does for workflow files and the runner for actions. */
import { execFile } from 'node:child_process'
import { mkdir, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const GIT_TIMEOUT_MS = 30_000
const GIT_OUTPUT_BYTES_MAX = 64 * 1024 * 1024

/** A checkout that belongs to another user, as in many containers, is read all the same. */
const cleanGit = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'safe.directory',
  GIT_CONFIG_VALUE_0: '*',
}

/** Runs git without the person's or the machine's configuration. */
export async function git(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const { stdout } = await run('git', [...args], {
    env: { ...cleanGit, PATH: process.env['PATH'], ...env },
    timeout: GIT_TIMEOUT_MS,
    maxBuffer: GIT_OUTPUT_BYTES_MAX,
  })
  return stdout
}

export interface ResolvedRef {
  sha: string
  /** As OIDC claims and logs write it: `refs/heads/main`, `refs/tags/v1`, or the commit id itself. */
  name: string
}

/** A branch, a tag or a full commit id; null when there is none. Short ids are refused, as GitHub does. */
export async function resolveRef(gitDir: string, ref: string): Promise<ResolvedRef | null> {
  const isFullSha = /^[0-9a-f]{40}$/.test(ref)
  const names = isFullSha ? [ref] : ref.startsWith('refs/') ? [ref] : [`refs/heads/${ref}`, `refs/tags/${ref}`]
  for (const name of names) {
    const sha = await git(['--git-dir', gitDir, 'rev-parse', '--verify', '--quiet', `${name}^{commit}`]).catch(() => '')
    if (sha) return { sha: sha.trim(), name }
  }
  return null
}

export async function readBlob(gitDir: string, sha: string, path: string): Promise<string | null> {
  return git(['--git-dir', gitDir, 'show', `${sha}:${path}`]).catch(() => null)
}

/** The workflow files of a commit; subfolders do not count, as with GitHub. */
export async function workflowPaths(gitDir: string, sha: string): Promise<string[]> {
  const listing = await git(['--git-dir', gitDir, 'ls-tree', '--name-only', '-z', sha, '.github/workflows/'])
  return listing.split('\0').filter((path) => /\.ya?ml$/.test(path))
}

/** Writes the tree of a commit into a new folder. */
export async function checkOut(gitDir: string, sha: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const index = `${dirname(folder)}/index-${sha}`
  try {
    await git(['--git-dir', gitDir, 'read-tree', sha], { GIT_INDEX_FILE: index })
    await git(['--git-dir', gitDir, '--work-tree', folder, 'checkout-index', '--all'], { GIT_INDEX_FILE: index })
  } finally {
    await rm(index, { force: true })
  }
}
