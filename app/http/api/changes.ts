/** What an agent made, for the people who look at it: GitHub's comparison once it is there, before that the proposal. */
import { z } from 'zod'

import { ChangesBody } from '../../contracts/api.ts'
import type { Proposal, ProposalFile } from '../../contracts/executor.ts'
import { RunId } from '../../contracts/ids.ts'
import { NoProposal, proposalIn } from '../../domain/proposal.ts'
import type { Run } from '../../domain/run.ts'
import { route } from '../route.ts'
import type { Identity, Route } from '../route.ts'
import { asking, readableRun } from './answers.ts'
import { dryRunFiles, withoutDiff, wouldOpen } from './dry-run-changes.ts'
import type { ApiPorts } from './ports.ts'

const FILES_MAX = 300
const nothing = { url: null, commits: [], files: [] }

export function changesRoute(ports: ApiPorts): Route {
  const triedFiles = dryRunFiles(ports)
  return route({
    method: 'GET',
    path: '/api/runs/:id/changes',
    access: 'read',
    summary:
      'What the agent made: its commits, the files that they change, and the diff once it is on GitHub, or was a dry run',
    params: z.strictObject({ id: RunId }),
    answer: ChangesBody,
    async handle({ who, params }) {
      const run = await readableRun(ports, who, params.id)
      return { json: await changesOf(ports, who, run, (digest, files) => triedFiles(who, run, digest, files)) }
    },
  })
}

type TriedFiles = (digest: string, files: readonly ProposalFile[]) => Promise<ChangesBody['files']>

async function changesOf(ports: ApiPorts, who: Identity, run: Run, triedFiles: TriedFiles): Promise<ChangesBody> {
  if (run.branch && run.baseSha) {
    ports.access.count(who)
    const found = await asking(ports.github.compare(run.repository, run.baseSha, run.branch.sha))
    if (found) return { from: 'branch', unavailable: null, ...found }
    return { from: 'branch', unavailable: 'Changes are not available: the branch was deleted.', ...nothing }
  }
  if (!run.proposal) return { from: null, unavailable: null, ...nothing }
  const { digest } = run.proposal
  const bytes = await ports.proposals.getProposal(run.id, digest)
  if (!bytes) return unavailable('proposals are kept for 30 days.')
  const proposal = proposalOf(bytes)
  if (!proposal) return unavailable('what the job handed over is no proposal that is accepted.')
  const commits = proposal.commits.map(({ message }) => ({ sha: null, message }))
  const made = { from: 'proposal', unavailable: null, url: null, commits } as const
  const files = lastOf(proposal)
  if (run.reason !== 'dry_run') return { ...made, files: files.map(withoutDiff) }
  return { ...made, wouldOpen: await wouldOpen(ports, run, proposal), files: await triedFiles(digest, files) }
}

const unavailable = (why: string): ChangesBody => ({
  from: 'proposal',
  unavailable: `Changes are not available: ${why}`,
  ...nothing,
})

/** A proposal that the policy refused may be malformed; then there is nothing to show. */
function proposalOf(bytes: Uint8Array): Proposal | null {
  try {
    return proposalIn(bytes)
  } catch (error) {
    if (error instanceof NoProposal) return null
    throw error
  }
}

/** Each file as the last commit that touches it leaves it. */
function lastOf({ commits }: Proposal): ProposalFile[] {
  const last = new Map(commits.flatMap(({ files }) => files.map((file) => [file.path, file] as const)))
  return [...last.values()].slice(0, FILES_MAX)
}
