/**
 * Brings the repository into the sandbox: exactly the base commit is fetched on the runner with the read token, and
 * the checkout goes up as an archive. The token is in neither; nothing of the checkout is executed on the runner.
 */
import { mkdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { CHECKPOINT_REF } from '#contracts/executor.ts'
import type { Sandbox } from '#sandboxes/provider.ts'

import type { Reading } from './agents/agent.ts'
import { git, networkConfig, runTool } from './git.ts'
import type { GitWorld } from './git.ts'
import { must } from './must.ts'
import { giveReading } from './reading.ts'
import { msSince } from './stage.ts'
import type { Stage } from './stage.ts'

export const WORKSPACE_BYTES_MAX = 512 * 1024 * 1024
const BRANCH = 'deckhand/work'
/** Who commits inside the sandbox. The app writes the commits anew as itself, so nobody is meant by it. */
const IDENTITY = { name: 'Deckhand agent', email: 'agent@deckhand.invalid' }

export interface Workspace {
  /** The clone on the runner. */
  clone: string
  /** The checkout inside the sandbox. */
  checkout: string
  gitWorld: GitWorld
  /** What the agent is given to read besides the issue. */
  readings: readonly Reading[]
}

/** @param scratch an empty folder on the runner. @throws Error with what went wrong, for people. */
export async function prepareWorkspace(stage: Stage, sandbox: Sandbox, scratch: string): Promise<Workspace> {
  const start = performance.now()
  const { environment } = stage.world.inputs
  const gitWorld = { path: environment.path, passOn: environment.passOn, signal: stage.link.steering.hard }
  const clone = join(scratch, 'clone')
  await fetchBase(stage, gitWorld, clone)
  stage.link.steering.obey()
  const prepared = async (bytes: number, checkout: string): Promise<Workspace> => {
    const { readings, pieces } = await giveReading(stage, sandbox, clone)
    const given = pieces.length > 0 ? { given: pieces } : {}
    const data = { baseSha: stage.run.base.sha, bytes, ms: msSince(start), ...given }
    stage.report({ type: 'workspace.prepared', data })
    return { clone, checkout, gitWorld, readings }
  }
  if (stage.held.attached) {
    const checkout = checkoutOf(sandbox)
    // A command that the pause ended may have left its locks; whoever held them is gone.
    const unlock = ['find', `${checkout}/.git`, '-type', 'f', '-name', '*.lock', '-exec', 'rm', '-f', '{}', '+']
    await must(sandbox, [unlock, ['git', '-C', checkout, 'rev-parse', '--verify', '--quiet', 'HEAD']], gitWorld.signal)
    return prepared(0, checkout)
  }
  const archive = join(scratch, 'workspace.tgz')
  await runTool(gitWorld, 'tar', ['-czf', archive, '-C', clone, '.'], { cwd: scratch })
  const { size: bytes } = await stat(archive)
  if (bytes > WORKSPACE_BYTES_MAX) {
    throw new Error(`The checkout is ${bytes} bytes as an archive; at most ${WORKSPACE_BYTES_MAX} are accepted.`)
  }
  const checkout = await unpack(sandbox, await readFile(archive), stage.link.steering.hard)
  await rm(archive)
  const bundle = stage.run.resume?.bundleBase64
  if (bundle) await restore(sandbox, checkout, Buffer.from(bundle, 'base64'), gitWorld.signal)
  return prepared(bytes, checkout)
}

async function fetchBase(stage: Stage, world: GitWorld, clone: string): Promise<void> {
  const { repository, base, token } = stage.run
  await mkdir(clone)
  await git(world, clone, ['init', '--quiet', '--template=', '--initial-branch=main'])
  const config = networkConfig(repository.cloneUrl, token.value)
  const fetch = ['fetch', '--quiet', '--depth=1', '--no-tags', '--no-recurse-submodules', '--no-write-fetch-head']
  await git(world, clone, [...fetch, repository.cloneUrl, base.sha], { config })
  await git(world, clone, ['checkout', '--quiet', '-B', BRANCH, base.sha])
  const head = (await git(world, clone, ['rev-parse', '--verify', 'HEAD'])).toString().trim()
  if (head !== base.sha) throw new Error(`The checkout is at ${head} instead of ${base.sha}.`)
}

const checkoutOf = (sandbox: Sandbox): string => `${sandbox.workdir}/repository`

/** A checkpoint of an earlier action has no second parent: nothing of it was staged. */
const RESTORE = `
set -e
cd "$1"
quiet() { git -c core.hooksPath=/dev/null "$@" --quiet; }
quiet fetch "$2" ${CHECKPOINT_REF}
quiet reset --hard FETCH_HEAD
staged=$(git rev-parse --verify --quiet 'FETCH_HEAD^2') || staged=FETCH_HEAD^
quiet reset --mixed "$staged"
quiet reset --soft FETCH_HEAD^
`

/** The agent's commits, and on top of them what it had staged and what it had not, as it was at the checkpoint. */
async function restore(sandbox: Sandbox, checkout: string, bundle: Uint8Array, signal: AbortSignal): Promise<void> {
  const path = `${sandbox.workdir}/deckhand-checkpoint.bundle`
  await sandbox.write(path, bundle)
  const steps = [
    ['sh', '-c', RESTORE, 'sh', checkout, path],
    ['rm', '-f', path],
  ]
  await must(sandbox, steps, signal)
}

async function unpack(sandbox: Sandbox, archive: Uint8Array, signal: AbortSignal): Promise<string> {
  const upload = `${sandbox.workdir}/deckhand-workspace.tgz`
  const checkout = checkoutOf(sandbox)
  await sandbox.write(upload, archive)
  const steps = [
    ['mkdir', '-p', checkout],
    ['tar', '-xzf', upload, '-o', '-C', checkout],
    ['rm', '-f', upload],
    ['git', '-C', checkout, 'config', 'user.name', IDENTITY.name],
    ['git', '-C', checkout, 'config', 'user.email', IDENTITY.email],
  ]
  await must(sandbox, steps, signal)
  return checkout
}
