/** What an agent made, for the people who look at it: GitHub's comparison once it is there, before that the proposal. */
import { z } from 'zod'

import { ChangesBody } from '../../contracts/api.ts'
import { Proposal } from '../../contracts/executor.ts'
import { RunId } from '../../contracts/ids.ts'
import type { Run } from '../../domain/run.ts'
import { route } from '../route.ts'
import type { Route } from '../route.ts'
import { asking, readableRun } from './answers.ts'
import type { ApiPorts } from './ports.ts'

const FILES_MAX = 300
const nothing = { url: null, commits: [], files: [] }

export function changesRoute(ports: ApiPorts): Route {
  return route({
    method: 'GET',
    path: '/api/runs/:id/changes',
    access: 'read',
    summary: 'What the agent made: its commits, the files that they change, and the diff once it is on GitHub',
    params: z.strictObject({ id: RunId }),
    answer: ChangesBody,
    handle: async ({ who, params }) => ({ json: await changesOf(ports, await readableRun(ports, who, params.id)) }),
  })
}

async function changesOf(ports: ApiPorts, run: Run): Promise<ChangesBody> {
  if (run.branch && run.baseSha) {
    const found = await asking(ports.github.compare(run.repository, run.baseSha, run.branch.sha))
    if (found) return { from: 'branch', unavailable: null, ...found }
    return { from: 'branch', unavailable: 'Changes are not available: the branch was deleted.', ...nothing }
  }
  if (!run.proposal) return { from: null, unavailable: null, ...nothing }
  const bytes = await ports.proposals.getProposal(run.id, run.proposal.digest)
  const proposal = bytes && proposalOf(bytes)
  if (proposal) return { from: 'proposal', unavailable: null, ...proposal }
  return { from: 'proposal', unavailable: 'Changes are not available: proposals are kept for 30 days.', ...nothing }
}

/** A proposal that the policy refused may be malformed; then there is nothing to show. */
function proposalOf(bytes: Uint8Array): Pick<ChangesBody, 'url' | 'commits' | 'files'> | null {
  const proposal = Proposal.safeParse(jsonOf(bytes)).data
  if (!proposal) return null
  const last = new Map<string, 'written' | 'removed'>()
  for (const { files } of proposal.commits) {
    for (const { path, change } of files) last.set(path, change === 'put' ? 'written' : 'removed')
  }
  const files = [...last].slice(0, FILES_MAX).map(([path, status]) => ({ path, status, ...withoutDiff }))
  return { url: null, commits: proposal.commits.map(({ message }) => ({ sha: null, message })), files }
}
const withoutDiff = { previousPath: null, additions: null, deletions: null, patch: null }

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    return null
  }
}
