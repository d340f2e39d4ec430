/** The product's own GitHub port in front of a local GitHub with one repository and one issue, for the port's tests. */
import { pino } from 'pino'
import { expect } from 'vitest'

import type { Budget } from '../../app/github/budget.ts'
import { createGitHub } from '../../app/github/github.ts'
import type { BranchToWrite, GitHubPort, RepoWithId } from '../../app/github/port.ts'
import type { ProposalFile } from '../../app/contracts/executor.ts'
import { startLocalGitHub } from './github/local-github.ts'
import { openShop } from './github/testing.ts'
import type { LocalGitHub, LocalGitHubOptions } from './github/types.ts'

export const runId = 'r_8k2f0q7w3z'
export const branch = 'agent/1-broken-8k2f0q7w3z'
export const put = (path: string, content: string | Buffer, mode = '100644'): ProposalFile => ({
  change: 'put',
  path,
  mode,
  contentBase64: Buffer.from(content).toString('base64'),
})

export interface World extends AsyncDisposable {
  local: LocalGitHub
  github: GitHubPort
  repo: RepoWithId
  issue: number
}

export interface OpenWorldOptions {
  private?: boolean
  appOwner?: LocalGitHubOptions['appOwner']
  /** GitHub's clock; the real one unless a test moves it. */
  now?: () => number
}

export async function openWorld({ appOwner, now, ...options }: OpenWorldOptions = {}): Promise<World> {
  const local = await startLocalGitHub({ checkResponses: true, ...(appOwner ? { appOwner } : {}), ...(now && { now }) })
  await openShop(local, options)
  const github = portOf(local)
  const repo = (await github.repository('acme', 'shop'))!
  const issue = local.openIssue({ repository: 'acme/shop', by: 'octocat', title: 'Broken', body: 'Fix it' }).number
  return {
    local,
    github,
    repo,
    issue,
    [Symbol.asyncDispose]: async () => {
      expect(local.violations()).toEqual([])
      await local[Symbol.asyncDispose]()
    },
  }
}

export function portOf(
  local: LocalGitHub,
  callMsMax?: number,
  budget: Budget | null = null,
  allowedBots: readonly string[] = [],
): GitHubPort {
  return createGitHub({
    appId: local.app.id,
    privateKey: local.app.privateKeyPem,
    apiUrl: local.apiUrl,
    log: pino({ level: 'silent' }),
    budget,
    allowedBots,
    ...(callMsMax === undefined ? {} : { callMsMax }),
  })
}

export async function toWrite({ github, repo }: World, change: Partial<BranchToWrite> = {}): Promise<BranchToWrite> {
  const message = `Add a line\n\nRefs: #1\nAgent-Run-Id: ${runId}`
  const commits = [{ message, files: [put('README.md', '# Shop\nhello\n')] }]
  return { branch, base: await github.baseCommit(repo, 'main'), runId, commits, retried: false, ...change }
}
