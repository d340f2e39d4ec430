/**
 * Takes the agent's commits out of the sandbox as a git bundle and reads them with plumbing on the runner. Everything
 * that comes from the sandbox is data: sizes are known before contents are read, and no path or text is executed.
 */
import { PROPOSAL_COMMITS_MAX, PROPOSAL_FILES_MAX } from '#contracts/executor.ts'
import type { Proposal, ProposalFile } from '#contracts/executor.ts'
import type { Sandbox } from '#sandboxes/provider.ts'

import { git } from './git.ts'
import { clipCount } from './stage.ts'
import type { Workspace } from './workspace.ts'

const SANDBOX_GIT_TIMEOUT_MS = 120_000
const GITLINK = '160000'
const MESSAGE_CHARS_MAX = 16_384

export interface Change {
  commits: Proposal['commits']
  counts: { commits: number; files: number; additions: number; deletions: number }
}

/** The change cannot be handed over; the message says which bound it breaks, for people. */
export class ChangeRefused extends Error {
  override readonly name = 'ChangeRefused'
}

/** @returns null when the agent committed nothing. @throws ChangeRefused; other errors are failures of ours. */
export async function collectChange(
  sandbox: Sandbox,
  workspace: Workspace,
  baseSha: string,
  bytesMax: number,
): Promise<Change | null> {
  const bundle = await bundleOf(sandbox, workspace, baseSha, bytesMax)
  if (!bundle) return null
  const run = (...args: string[]): Promise<Buffer> => git(workspace.gitWorld, workspace.clone, args)
  const tip = await takeIn(workspace, bundle, bytesMax)
  const shas = await lineOf(run, baseSha, tip)
  if (shas.length === 0) return null
  const budget = { files: PROPOSAL_FILES_MAX, bytes: bytesMax }
  const commits: Proposal['commits'] = []
  for (const sha of shas) commits.push(await readCommit(run, sha, budget))
  return { commits, counts: { commits: shas.length, ...(await countChanges(run, baseSha, tip)) } }
}

type Run = (...args: string[]) => Promise<Buffer>

async function bundleOf(
  sandbox: Sandbox,
  { checkout, gitWorld }: Workspace,
  baseSha: string,
  bytesMax: number,
): Promise<Uint8Array | null> {
  const options = { timeoutMs: SANDBOX_GIT_TIMEOUT_MS, signal: gitWorld.signal, cwd: checkout }
  const must = async (argv: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await sandbox.exec(argv, options)
    if (exitCode === 0) return stdout.trim()
    throw new ChangeRefused(
      `The agent's commits cannot be read: ${argv.slice(0, 2).join(' ')}: ${stderr.trim().slice(-300)}`,
    )
  }
  if ((await must(['git', 'rev-list', '--count', `${baseSha}..HEAD`])) === '0') return null
  const path = `${sandbox.workdir}/deckhand-proposal.bundle`
  await must(['git', 'bundle', 'create', '--quiet', path, `${baseSha}..HEAD`])
  // The size is asked first, so that a huge file is never brought into this process.
  const size = Number(await must(['sh', '-c', 'wc -c < "$1"', 'sh', path]))
  if (!(size <= bytesMax)) throw tooLarge(size, bytesMax)
  const bundle = await sandbox.read(path)
  if (bundle.byteLength > bytesMax) throw tooLarge(bundle.byteLength, bytesMax)
  return bundle
}

/**
 * Puts the bundle's objects into the clone, each one checked: a fetch from a bundle checks them only since git 2.46,
 * `index-pack --strict` always did. @returns the commit that the bundle calls HEAD.
 */
async function takeIn({ clone, gitWorld }: Workspace, bundle: Uint8Array, bytesMax: number): Promise<string> {
  const bytes = Buffer.from(bundle)
  const end = bytes.indexOf('\n\n')
  const header = end < 0 ? '' : bytes.subarray(0, end).toString('latin1')
  const tip = /^([0-9a-f]{40}) HEAD$/m.exec(header)?.[1]
  if (!tip || !/^# v[23] git bundle\n/.test(header)) throw new ChangeRefused('The sandbox gave no git bundle.')
  const args = ['index-pack', '--strict', '--fix-thin', '--stdin', `--max-input-size=${bytesMax}`]
  await git(gitWorld, clone, args, { input: bytes.subarray(end + 2) }).catch((error: Error) => {
    throw new ChangeRefused(`The agent's commits are not sound: ${error.message}`)
  })
  return tip
}

const tooLarge = (bytes: number, bytesMax: number): ChangeRefused =>
  new ChangeRefused(`The change is ${bytes} bytes; at most ${bytesMax} are accepted.`)

/** The commits from base to tip, oldest first; they have to be a straight line on the base. */
async function lineOf(run: Run, baseSha: string, tip: string): Promise<string[]> {
  const count = Number((await run('rev-list', '--count', `${baseSha}..${tip}`)).toString())
  if (count > PROPOSAL_COMMITS_MAX) {
    throw new ChangeRefused(`The agent made ${count} commits; at most ${PROPOSAL_COMMITS_MAX} are accepted.`)
  }
  const lines = (await run('rev-list', '--reverse', '--topo-order', '--parents', `${baseSha}..${tip}`)).toString()
  let parent = baseSha
  return lines
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [sha = '', ...parents] = line.split(' ')
      if (parents.length !== 1 || parents[0] !== parent) {
        throw new ChangeRefused('The commits of the agent have to be a straight line on the base, without merges.')
      }
      parent = sha
      return sha
    })
}

async function readCommit(
  run: Run,
  sha: string,
  budget: { files: number; bytes: number },
): Promise<Proposal['commits'][number]> {
  const raw = utf8(await run('cat-file', 'commit', sha), 'A commit message')
  const message = raw.slice(raw.indexOf('\n\n') + 2).trim()
  if (message.length > MESSAGE_CHARS_MAX) {
    throw new ChangeRefused(
      `A commit message has ${message.length} characters; at most ${MESSAGE_CHARS_MAX} are accepted.`,
    )
  }
  const fields = utf8(await run('diff-tree', '-r', '--raw', '-z', '--no-renames', '--no-commit-id', sha), 'A path')
    .split('\0')
    .filter(Boolean)
  const files: ProposalFile[] = []
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [, mode = '', , blob = '', status] = (fields[index] as string).split(' ')
    const path = fields[index + 1] as string
    if (--budget.files < 0) {
      throw new ChangeRefused(`The change touches more than ${PROPOSAL_FILES_MAX} files.`)
    }
    if (status === 'D') files.push({ change: 'delete', path })
    else files.push({ change: 'put', path, mode, contentBase64: await contentOf(run, mode, blob, budget) })
  }
  return { message, files }
}

/** A submodule has no content here; its commit id stands for it, and the app's policy answers it by its mode. */
async function contentOf(run: Run, mode: string, blob: string, budget: { bytes: number }): Promise<string> {
  if (mode === GITLINK) return Buffer.from(blob).toString('base64')
  const size = Number((await run('cat-file', '-s', blob)).toString())
  budget.bytes -= size
  if (!(budget.bytes >= 0)) throw new ChangeRefused('The contents of the change are larger than what is accepted.')
  return (await run('cat-file', 'blob', blob)).toString('base64')
}

async function countChanges(run: Run, baseSha: string, tip: string): Promise<Omit<Change['counts'], 'commits'>> {
  const options = ['-r', '-z', '--numstat', '--no-renames', '--no-ext-diff', '--no-textconv']
  const stats = (await run('diff-tree', ...options, baseSha, tip)).toString().split('\0').filter(Boolean)
  const counts = { files: 0, additions: 0, deletions: 0 }
  for (const stat of stats) {
    const [added, deleted] = stat.split('\t')
    counts.files++
    // A binary file has "-" for both.
    counts.additions += Number(added) || 0
    counts.deletions += Number(deleted) || 0
  }
  const { files, additions, deletions } = counts
  return { files: clipCount(files), additions: clipCount(additions), deletions: clipCount(deletions) }
}

function utf8(bytes: Buffer, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new ChangeRefused(`${what} of the change is not valid UTF-8.`)
  }
}
