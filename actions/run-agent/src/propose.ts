/** Hands over what the agent made: as data, stored under its digest, then told to the app in a signed callback. */
import { DETAIL_CHARS_MAX } from '#contracts/callbacks.ts'
import { PROPOSAL_BYTES_MAX } from '#contracts/executor.ts'
import type { Proposal } from '#contracts/executor.ts'
import type { Sandbox } from '#sandboxes/provider.ts'

import { ChangeRefused, collectChange } from './collect.ts'
import type { Change } from './collect.ts'
import type { AgentWork } from './execute.ts'
import { handOver } from './hand-over.ts'
import { sha256Hex } from './signing.ts'
import { PolicyRefusal, clip } from './stage.ts'
import type { Stage } from './stage.ts'
import type { Workspace } from './workspace.ts'

const NO_CHANGE = { commits: 0, files: 0, additions: 0, deletions: 0 }

/**
 * Reports `agent.finished`, and `proposal.submitted` when there is a change.
 * @returns what was changed. @throws PolicyRefusal after it reported why the change cannot be handed over.
 */
export async function proposeChange(
  stage: Stage,
  sandbox: Sandbox,
  workspace: Workspace,
  work: AgentWork,
): Promise<Change['counts']> {
  const { run } = stage
  const bytesMax = Math.min(run.limits.proposalBytesMax, PROPOSAL_BYTES_MAX)
  const texts = textsOf(stage, work)
  try {
    const change = await collectChange(sandbox, workspace, run.base.sha, bytesMax)
    stage.link.steering.obey()
    const body = change && encode(stage, texts, change, bytesMax)
    const counts = change?.counts ?? NO_CHANGE
    const { summary, handoff } = texts
    stage.report({ type: 'agent.finished', data: { ...counts, summary, handoff, ms: work.ms } })
    if (change && body) await submit(stage, change, body)
    return counts
  } catch (error) {
    stage.link.steering.obey()
    if (!(error instanceof ChangeRefused)) throw error
    const detail = clip(stage.world.redactor.redact(error.message), DETAIL_CHARS_MAX)
    stage.report({ type: 'agent.failed', data: { reason: 'agent_failed', exitCode: null, detail, ms: work.ms } })
    throw new PolicyRefusal(detail)
  }
}

/** What the agent says of its work, without our secrets and within the contract's lengths. */
function textsOf({ world }: Stage, { summary, risks, handoff }: AgentWork) {
  const text = (value: string, charsMax: number): string => clip(world.redactor.redact(value), charsMax)
  return {
    summary: text(summary, 4_000),
    risks: risks.slice(0, 20).map((risk) => text(risk, 500)),
    handoff: {
      goal: text(handoff.goal, 1_000),
      did: text(handoff.did, 4_000),
      forNextAgent: text(handoff.forNextAgent, 4_000),
    },
  }
}

function encode({ run }: Stage, texts: ReturnType<typeof textsOf>, change: Change, bytesMax: number): Buffer {
  const { runId, attempt } = run
  const proposal: Proposal = { v: 1, runId, attempt, baseSha: run.base.sha, ...texts, commits: change.commits }
  const body = Buffer.from(JSON.stringify(proposal))
  if (body.byteLength <= bytesMax) return body
  throw new ChangeRefused(`The change is ${body.byteLength} bytes as a proposal; at most ${bytesMax} are accepted.`)
}

/**
 * Stores the proposal, then tells of it: an event never names something that the app does not have. An app that cannot
 * be reached for too long finds both in the job's artifact.
 */
async function submit(stage: Stage, change: Change, body: Buffer): Promise<void> {
  const { run } = stage
  const digest = sha256Hex(body)
  await handOver(stage, digest, body, stage.link.steering.hard)
  const latest = change.commits.at(-1)?.message.split('\n')[0] ?? ''
  stage.report({
    type: 'proposal.submitted',
    data: {
      digest,
      bytes: body.byteLength,
      baseSha: run.base.sha,
      latestCommitMessage: clip(latest, 200),
      ...change.counts,
    },
  })
}
