/**
 * What a dry run would have written: nothing of it is on GitHub, so the diff is made here, of the proposal and of the
 * files as they stand at the base, and the pull request is rendered as it would have been opened. Only so many files are
 * read for one reader; the others are named without a diff. What was found is kept for a while, because readers come
 * back.
 */
import { setImmediate } from 'node:timers/promises'

import { LRUCache } from 'lru-cache'

import type { ChangesBody } from '../../contracts/api.ts'
import type { Proposal, ProposalFile } from '../../contracts/executor.ts'
import type { RepositoryRef } from '../../domain/events.ts'
import { fileText, patchBudget } from '../../domain/patches.ts'
import { madeOf, renderPullRequest } from '../../domain/render/pull-request.ts'
import { createUrls } from '../../domain/render/urls.ts'
import type { Run } from '../../domain/run.ts'
import { asking } from './answers.ts'
import type { Identity } from '../route.ts'
import type { ApiPorts } from './ports.ts'
import { unifiedDiff } from './unified-diff.ts'

const FILES_READ_MAX = 20
/** About a megabyte each at the most. */
const TRIED_KEPT_MAX = 20
const TRIED_KEPT_MS = 600_000

type File = ChangesBody['files'][number]
type GitHub = Pick<ApiPorts['github'], 'compare' | 'fileAt'>
type Room = ReturnType<typeof patchBudget>

/** A file that is named and not shown. */
export const withoutDiff = ({ path, change }: ProposalFile): File =>
  fileOf(path, change === 'put' ? 'written' : 'removed')

const fileOf = (path: string, status: File['status']): File => ({
  path,
  status,
  previousPath: null,
  additions: null,
  deletions: null,
  patch: null,
})

/** Reads the files of dry runs with their diffs, as the last commit leaves them. */
export function dryRunFiles({ github, access }: { github: GitHub; access: Pick<ApiPorts['access'], 'count'> }) {
  const kept = new LRUCache<string, File[]>({ max: TRIED_KEPT_MAX, ttl: TRIED_KEPT_MS })
  return async (who: Identity, run: Run, digest: string, files: readonly ProposalFile[]): Promise<File[]> => {
    const key = `${run.id}:${digest}`
    const before = kept.get(key)
    if (before) return before
    access.count(who)
    const { repository, baseSha } = run
    if (baseSha === null || !(await isThere(github, repository, baseSha))) return files.map(withoutDiff)
    const room = patchBudget()
    const tried: File[] = []
    for (const file of files.slice(0, FILES_READ_MAX)) {
      const text = await asking(github.fileAt(repository, baseSha, file.path))
      tried.push(...compared(file, text, room))
      // The others who wait for this replica come in between.
      await setImmediate()
    }
    const all = [...tried, ...files.slice(FILES_READ_MAX).map(withoutDiff)]
    kept.set(key, all)
    return all
  }
}

/** Of a base that GitHub has no more every file would look like a new one. */
async function isThere(github: GitHub, repository: RepositoryRef, sha: string): Promise<boolean> {
  return (await asking(github.compare(repository, sha, sha))) !== null
}

/** Nothing for a file that was written and taken away again. */
function compared(file: ProposalFile, before: { text: string | null } | null, room: Room): File[] {
  if (before === null && file.change === 'delete') return []
  const status = file.change === 'delete' ? 'removed' : before === null ? 'added' : 'modified'
  const from = before === null ? '' : before.text
  const to = file.change === 'delete' ? '' : fileText(Buffer.from(file.contentBase64, 'base64'))
  const named = fileOf(file.path, status)
  if (from === null || to === null) return [named]
  const { patch, additions, deletions } = unifiedDiff(from, to)
  return [{ ...named, additions, deletions, patch: room(patch === '' ? null : patch) }]
}

/** The pull request that would have been opened, as it would have been now. */
export async function wouldOpen(
  { runs, urls }: Pick<ApiPorts, 'runs' | 'urls'>,
  run: Run,
  proposal: Proposal,
): Promise<NonNullable<ChangesBody['wouldOpen']>> {
  const earlier = await runs.pullRequestsBefore(run)
  const { title, body, draft } = renderPullRequest(run, madeOf(proposal), createUrls(urls), { earlier })
  return { title, body, draft }
}
