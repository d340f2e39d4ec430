/**
 * The repository `deckhand/deckhand` of the local world: our action and our reusable workflow out of this checkout,
 * pinned the way a release is. The first commit holds the action, the second one the workflow that names the first.
 */
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'

import { ACTION_DIR, requireFreshAction } from '../../../scripts/action-digest.ts'
import { CALLER_WORKFLOW, REUSABLE_WORKFLOW, pinRelease } from '../../../scripts/pin-release.ts'
import type { People } from '../github/types.ts'
import { checkOut, git, resolveRef } from './git.ts'

const OWNER = 'deckhand'
const FULL_NAME = 'deckhand/deckhand'

export interface PublishOptions {
  /** Our checkout. */
  root: string
  /** Take the files as they lie there now, committed or not; default the tree of HEAD. */
  worktree?: boolean
  /** Inputs for the reusable workflow, written into the caller file as `with:`. */
  inputs?: Record<string, string>
}

export interface PublishedDeckhand {
  fullName: typeof FULL_NAME
  actionSha: string
  workflowSha: string
  /** Content of `.github/workflows/deckhand.yml` for a repository that uses Deckhand. */
  callerFile: string
}

/** Makes the repository; throws when the committed bundle was built from other sources. */
export async function publishDeckhand(
  github: Pick<People, 'createRepository' | 'push'>,
  options: PublishOptions,
): Promise<PublishedDeckhand> {
  const folder = options.worktree ? options.root : await headTree(options.root)
  try {
    requireFreshAction(folder)
    const files = { ...(await actionFiles(folder)), [REUSABLE_WORKFLOW]: await text(folder, REUSABLE_WORKFLOW) }
    const { gitDir } = await github.createRepository({ owner: OWNER, name: OWNER, files, install: false })
    const actionSha = (await resolveRef(gitDir, 'refs/heads/main'))!.sha
    const workflowSha = await github.push({
      repository: FULL_NAME,
      by: OWNER,
      message: 'Pin the action',
      files: { [REUSABLE_WORKFLOW]: pinRelease(files[REUSABLE_WORKFLOW], actionSha) },
    })
    const caller = pinRelease(await text(folder, CALLER_WORKFLOW), workflowSha)
    return { fullName: FULL_NAME, actionSha, workflowSha, callerFile: withInputs(caller, options.inputs ?? {}) }
  } finally {
    if (folder !== options.root) await rm(dirname(folder), { recursive: true, force: true })
  }
}

/** HEAD's files, in the one folder of a new temporary one. */
async function headTree(root: string): Promise<string> {
  const gitDir = (await git(['-C', root, 'rev-parse', '--absolute-git-dir'])).trim()
  const sha = (await git(['-C', root, 'rev-parse', 'HEAD'])).trim()
  const folder = await mkdtemp(join(tmpdir(), 'deckhand-head-'))
  await checkOut(gitDir, sha, join(folder, 'tree'))
  return join(folder, 'tree')
}

async function actionFiles(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(join(folder, ACTION_DIR, 'dist'), { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const all = [join(folder, ACTION_DIR, 'action.yml'), ...paths]
  const pairs = all.map(async (path) => [relative(folder, path), await readFile(path, 'utf8')] as const)
  return Object.fromEntries(await Promise.all(pairs))
}

function text(folder: string, path: string): Promise<string> {
  return readFile(join(folder, path), 'utf8')
}

/** Puts `with:` under the line that calls our workflow. */
function withInputs(caller: string, inputs: Record<string, string>): string {
  if (Object.keys(inputs).length === 0) return caller
  const lines = Object.entries(inputs).map(([name, value]) => `      ${name}: ${JSON.stringify(value)}`)
  return caller.replace(/^( {4}uses: deckhand\/deckhand\/.*)$/m, `$1\n    with:\n${lines.join('\n')}`)
}
