/** What lies between two commits, as GitHub compares them: for people who look at what an agent made. */
import type { Clients } from './client.ts'
import { orNull } from './error-mapping.ts'
import type { Comparison, GitHubPort } from './port.ts'
import { smallMemory } from './small-memory.ts'

/** GitHub tells no more files than this. */
const FILES_MAX = 300
const PATCH_CHARS_MAX = 60_000
const PATCHES_CHARS_MAX = 1_000_000
/** Between two commits there is always the same, so it is asked for once. About a megabyte each at the most. */
const COMPARISONS_KEPT_MAX = 20

export function compareOf({ as }: Clients): Pick<GitHubPort, 'compare'> {
  const known = smallMemory<string, Comparison>(COMPARISONS_KEPT_MAX)
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
      let chars = 0
      const comparison: Comparison = {
        url,
        commits: commits.map(({ sha, commit }) => ({ sha, message: commit.message })),
        files: files.slice(0, FILES_MAX).map((file) => {
          const patch = file.patch ?? null
          chars += patch?.length ?? 0
          const fits = patch !== null && patch.length <= PATCH_CHARS_MAX && chars <= PATCHES_CHARS_MAX
          return {
            path: file.filename,
            previousPath: file.previous_filename ?? null,
            status: file.status === 'copied' || file.status === 'unchanged' ? 'changed' : file.status,
            additions: file.additions,
            deletions: file.deletions,
            patch: fits ? patch : null,
          }
        }),
      }
      known.set(key, comparison)
      return comparison
    },
  }
}
