/**
 * Settles a Run whose job fell silent: GitHub is asked by the workflow run's id what became of it, and what the job left
 * in its artifact is taken as if it had arrived. It may be we who were away, while the job did all its work.
 */
import { unzipSync } from 'fflate'

import { PROPOSAL_BYTES_MAX, UNDELIVERED_ARTIFACT_PREFIX, UNDELIVERED_PROPOSAL_PREFIX } from '../contracts/executor.ts'
import { silenceAskedMs } from '../domain/policy.ts'
import type { Run } from '../domain/run.ts'
import { GitHubError } from '../github/errors.ts'
import type { Repo } from '../github/port.ts'
import { NotYet, executorRepo, nothing } from './perform.ts'
import type { Perform, PerformDeps, Undelivered } from './perform.ts'

/** A job that has just said its last word is still uploading. */
const LOOK_AGAIN_MS = 5_000
const EVENTS_BYTES_MAX = 8 * 1024 * 1024
const LINES_MAX = 1_000
const PROPOSALS_MAX = 5

export const settleFromWorkflow: Perform = async (deps, performance) => {
  try {
    return await settle(deps, performance)
  } catch (error) {
    // A clock runs: where GitHub breaks it is asked again soon, and not ever later.
    if (error instanceof GitHubError && error.kind === 'unavailable') throw new NotYet(error.message, LOOK_AGAIN_MS)
    throw error
  }
}

const settle: Perform = async (deps, { run }) => {
  const { workflowRunId, dispatch } = run
  if (workflowRunId === null || dispatch.silentAt === null) return nothing
  const repo = await executorRepo(deps, run)
  const { state, conclusion } = await deps.github.workflowRun(repo, workflowRunId)
  if (state === 'queued' || state === 'in_progress') {
    if (deps.now() < dispatch.silentAt + silenceAskedMs(run.clocks))
      throw new NotYet('The job is still there.', LOOK_AGAIN_MS)
    return nothing
  }
  if (state === 'completed') await takeLeft(deps, run, repo, workflowRunId)
  // Changes nothing in a Run that what was left has brought to its end, or to its publishing.
  return { outcome: { type: 'executor.gone', data: { conclusion } } }
}

async function takeLeft(deps: PerformDeps, { id }: Run, repo: Repo, workflowRunId: number): Promise<void> {
  const zip = await deps.github.downloadArtifact(repo, workflowRunId, `${UNDELIVERED_ARTIFACT_PREFIX}${id}`)
  const left = zip && unpack(zip, id)
  if (left) await deps.takeUndelivered(id, left)
}

/**
 * The files that we know, within their sizes and no more of them than a job leaves. Whoever can write to the workflow can
 * make the archive: it is foreign.
 */
function unpack(zip: Uint8Array, runId: string): Undelivered | null {
  const eventsName = `${UNDELIVERED_ARTIFACT_PREFIX}${runId}.ndjson`
  const taken = { events: 0, proposals: 0 }
  const isWanted = ({ name, originalSize }: { name: string; originalSize: number }): boolean => {
    // A name may stand in an archive twice.
    if (name === eventsName) return originalSize <= EVENTS_BYTES_MAX && ++taken.events <= 1
    return digestOf(name) !== null && originalSize <= PROPOSAL_BYTES_MAX && ++taken.proposals <= PROPOSALS_MAX
  }
  try {
    const { [eventsName]: events, ...others } = unzipSync(zip, { filter: isWanted })
    const lines = events === undefined ? [] : new TextDecoder().decode(events).split('\n').filter(Boolean)
    const proposals = Object.entries(others).map(([name, bytes]) => [digestOf(name) ?? name, bytes] as const)
    return { lines: lines.slice(0, LINES_MAX), proposals: new Map(proposals) }
  } catch {
    return null
  }
}

function digestOf(name: string): string | null {
  const found = new RegExp(`^${UNDELIVERED_PROPOSAL_PREFIX}([0-9a-f]{64})\\.json$`).exec(name)
  return found?.[1] ?? null
}
