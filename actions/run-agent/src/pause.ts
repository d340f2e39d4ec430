/**
 * Puts the work away at a checkpoint: what was done goes to the app as a git bundle, and the sandbox stays with its
 * provider where that can keep it. Where it cannot, the job destroys it as at every end.
 */
import type { ExecutorEvent } from '#contracts/callbacks.ts'
import { CHECKPOINT_BUNDLE_BYTES_MAX, CHECKPOINT_REF } from '#contracts/executor.ts'
import type { Checkpoint } from '#contracts/executor.ts'
import type { Sandbox } from '#sandboxes/provider.ts'

import { handOver } from './hand-over.ts'
import { sha256Hex } from './signing.ts'
import { clipCount, msSince } from './stage.ts'
import type { Stage } from './stage.ts'
import type { Workspace } from './workspace.ts'

const SAVE_MS_MAX = 60_000

/**
 * A commit of everything as it lies there, on top of the agent's own, and beside it one of what is staged; index, branch
 * and files stay as they are, because the sandbox may be brought back. Prints the number of the agent's commits, the
 * size of the bundle, and 0 when nothing had to be left out. The copy of the index keeps its time, by which git tells
 * what changed since.
 */
const SAVE = `
set -e
base="$1" bundle="$2"
git rev-list --count "$base..HEAD"
rm -f "$bundle"*
index=$(git rev-parse --git-path index)
GIT_INDEX_FILE="$bundle.index"
export GIT_INDEX_FILE
cp -p "$index" "$GIT_INDEX_FILE" || git read-tree HEAD
tree=$(git write-tree) || tree=$(git rev-parse 'HEAD^{tree}')
staged=$(git commit-tree "$tree" -p HEAD -m 'Staged')
left=0
git add --all --ignore-errors || left=$?
# A file that ends the command, as by its filter, keeps all others out: then one path after the other.
if [ "$left" -ge 128 ]; then
  { git diff-files -z --name-only; git ls-files -z --others --exclude-standard; } |
    xargs -0 -r -n 1 git --literal-pathspecs add --all -- || left=1
fi
tree=$(git write-tree)
commit=$(git commit-tree "$tree" -p HEAD -p "$staged" -m 'Not committed yet')
git update-ref ${CHECKPOINT_REF} "$commit"
git bundle create --quiet "$bundle" "$base..${CHECKPOINT_REF}"
rm -f "$GIT_INDEX_FILE"
wc -c < "$bundle"
echo "$left"
`

/** Saves, then puts the sandbox away. @throws Error when the work is neither saved nor kept. */
export async function pauseWork(stage: Stage): Promise<void> {
  const { sandbox, workspace, attached } = stage.held
  if (!sandbox) return
  const canKeep = sandbox.pause !== undefined
  let stored = typeof stage.run.resume?.bundleBase64 === 'string'
  if (workspace) {
    const data = await save(stage, sandbox, workspace, canKeep)
    stage.report({ type: 'checkpoint.saved', data })
    stored = data.digest !== null
  }
  // A sandbox in which nothing was prepared has nothing to keep, unless it is the one of the pause before.
  if (canKeep && (workspace || attached)) await putAway(stage, sandbox, stored)
}

type Saved = Extract<ExecutorEvent, { type: 'checkpoint.saved' }>['data']

/** What cannot be stored is no reason to lose it where the sandbox is kept. */
async function save(stage: Stage, sandbox: Sandbox, workspace: Workspace, canKeep: boolean): Promise<Saved> {
  const { run, held, link } = stage
  const signal = AbortSignal.any([link.steering.killed, AbortSignal.timeout(SAVE_MS_MAX)])
  const path = `${sandbox.workdir}/deckhand-checkpoint.bundle`
  const ms = held.agentStartedAt === null ? 0 : msSince(held.agentStartedAt)
  const told = { commits: 0, step: held.step, ms }
  try {
    const options = { cwd: workspace.checkout, signal }
    const { exitCode, stdout, stderr } = await sandbox.exec(['sh', '-c', SAVE, 'sh', run.base.sha, path], options)
    const [commits = NaN, size = NaN, left = NaN] = stdout.trim().split('\n').map(Number)
    if (Number.isInteger(commits)) told.commits = clipCount(commits)
    const said = stderr.trim().slice(-300)
    if (exitCode !== 0 || !Number.isInteger(size)) {
      throw new Error(`The work so far could not be saved: ${said || `exit code ${exitCode}`}`)
    }
    if (left !== 0) stage.say('warn', `Not everything that is not committed could be saved: ${said}`)
    if (size > CHECKPOINT_BUNDLE_BYTES_MAX) {
      throw new Error(`The work so far is ${size} bytes; at most ${CHECKPOINT_BUNDLE_BYTES_MAX} can be saved.`)
    }
    return { ...(await store(stage, await sandbox.read(path), signal)), ...told }
  } catch (error) {
    link.steering.obey()
    if (!canKeep) throw error
    stage.say('warn', `Only the paused sandbox has the work so far: ${(error as Error).message}`)
    return { digest: null, bytes: 0, ...told }
  }
}

async function store(
  stage: Stage,
  bundle: Uint8Array,
  signal: AbortSignal,
): Promise<{ digest: string; bytes: number }> {
  const { runId, attempt, base } = stage.run
  const bundleBase64 = Buffer.from(bundle).toString('base64')
  const checkpoint: Checkpoint = { v: 1, runId, attempt, baseSha: base.sha, bundleBase64 }
  const body = Buffer.from(JSON.stringify(checkpoint))
  const digest = sha256Hex(body)
  await handOver(stage, digest, body, signal)
  return { digest, bytes: body.byteLength }
}

/**
 * What cannot be put away is destroyed by the clean-up that follows. @throws Error when nothing but the sandbox has the
 * work: a Run that is called paused without it would go on as if the steps that are done had left something.
 */
async function putAway(stage: Stage, sandbox: Sandbox, stored: boolean): Promise<void> {
  const start = performance.now()
  // Nothing may lengthen its life or end it in between.
  stage.held.sandbox = null
  try {
    await sandbox.pause?.()
  } catch (error) {
    stage.held.sandbox = sandbox
    const { message } = error as Error
    if (!stored) {
      throw new Error(`The sandbox could not be paused, and only it had the work so far: ${message}`, { cause: error })
    }
    return stage.say('warn', `The sandbox could not be paused, so it is released: ${message}`)
  }
  stage.world.commands.saveState('sandbox', '')
  stage.report({ type: 'sandbox.paused', data: { sandboxId: sandbox.id, ms: msSince(start) } })
}
