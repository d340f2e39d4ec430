/** What passes between the app and one Actions job: the token it reads with, and what it could not deliver. */
import type { Clients } from './client.ts'
import { orNull } from './error-mapping.ts'
import { GitHubError } from './errors.ts'
import type { GitHubPort } from './port.ts'

const ARTIFACT_BYTES_MAX = 8 * 1024 * 1024

export function jobOf({ as }: Clients): Pick<GitHubPort, 'downloadArtifact' | 'readToken'> {
  return {
    downloadArtifact: ({ owner, name, installationId }, workflowRunId, artifact) =>
      as(installationId, async (octokit, signal) => {
        const at = { owner, repo: name, request: { signal } }
        const listed = await orNull(
          octokit.rest.actions.listWorkflowRunArtifacts({ ...at, run_id: workflowRunId, name: artifact }),
        )
        const found = listed?.data.artifacts.find((a) => a.name === artifact && !a.expired)
        if (!found) return null
        if (found.size_in_bytes > ARTIFACT_BYTES_MAX) {
          throw new GitHubError(
            'invalid',
            `The artifact ${artifact} has ${found.size_in_bytes} bytes, which is too many.`,
          )
        }
        const zip = await orNull(
          octokit.rest.actions.downloadArtifact({ ...at, artifact_id: found.id, archive_format: 'zip' }),
        )
        return zip && new Uint8Array(zip.data as ArrayBuffer)
      }),

    readToken: ({ id, installationId }) =>
      as(installationId, async (octokit) => {
        const token = (await octokit.auth({
          type: 'installation',
          installationId,
          repositoryIds: [id],
          permissions: { contents: 'read' },
          // A cached one may end in a minute, and a job is to live on it for an hour.
          refresh: true,
        })) as { token: string; expiresAt: string }
        return { value: token.token, expiresAt: token.expiresAt }
      }),
  }
}
