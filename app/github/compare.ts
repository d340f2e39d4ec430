/** What lies between two commits, as GitHub compares them: for people who look at what an agent made. */
import type { Clients } from './client.ts'
import { orNull } from './error-mapping.ts'
import { fileText, patchBudget } from '../domain/patches.ts'
import type { Comparison, FileAt, GitHubPort } from './port.ts'
import { smallMemory } from './small-memory.ts'

/** GitHub tells no more files than this. */
const FILES_MAX = 300
/** Between two commits there is always the same, so it is asked for once. About a megabyte each at the most. */
const COMPARISONS_KEPT_MAX = 20
/** As they stand at a commit, where they never change; at most `FILE_BYTES_MAX` each. */
const FILES_KEPT_MAX = 100

export function compareOf({ as }: Clients): Pick<GitHubPort, 'compare' | 'fileAt'> {
  const known = smallMemory<string, Comparison>(COMPARISONS_KEPT_MAX)
  const files = smallMemory<string, FileAt>(FILES_KEPT_MAX)
  return {
    async compare({ owner, name, installationId }, base, head) {
      const key = `${owner}/${name}:${base}...${head}`
      const before = known.get(key)
      if (before) return before
      const basehead = `${base}...${head}`
      const found = await orNull(
        as(installationId, (octokit, signal) =>
          octokit.rest.repos.compareCommitsWithBasehead({ owner, repo: name, basehead, request: { signal } }),
        ),
      )
      if (!found) return null
      const { commits, files = [], html_url: url } = found.data
      const room = patchBudget()
      const comparison: Comparison = {
        url,
        commits: commits.map(({ sha, commit }) => ({ sha, message: commit.message })),
        files: files.slice(0, FILES_MAX).map((file) => ({
          path: file.filename,
          previousPath: file.previous_filename ?? null,
          status: file.status === 'copied' || file.status === 'unchanged' ? 'changed' : file.status,
          additions: file.additions,
          deletions: file.deletions,
          patch: room(file.patch ?? null),
        })),
      }
      known.set(key, comparison)
      return comparison
    },

    async fileAt({ owner, name, installationId }, sha, path) {
      const key = `${owner}/${name}:${sha}:${path}`
      const before = files.get(key)
      if (before) return before
      const found = await orNull(
        as(installationId, (octokit, signal) =>
          octokit.rest.repos.getContent({ owner, repo: name, path, ref: sha, request: { signal } }),
        ),
      )
      if (!found) return null
      const file = { text: textOf(found.data) }
      files.set(key, file)
      return file
    },
  }
}

/** GitHub gives a folder as a list, and a file of more than a megabyte without its content. */
function textOf(data: object): string | null {
  const { type, encoding, content } = data as { type?: string; encoding?: string; content?: string }
  if (type !== 'file' || encoding !== 'base64' || content === undefined) return null
  return fileText(Buffer.from(content, 'base64'))
}
