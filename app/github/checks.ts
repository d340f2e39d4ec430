/** Check runs, found again by `external_id`, which is the Run's id. */
import type { Clients } from './client.ts'
import { hasStatus, orNull } from './error-mapping.ts'
import type { CheckChange, CheckToPublish, GitHubPort } from './port.ts'

/** GitHub's own limit of one request. */
const ANNOTATIONS_A_REQUEST_MAX = 50

export function checksOf({ as, appId, log }: Clients): Pick<GitHubPort, 'publishCheck' | 'updateCheck'> {
  return {
    publishCheck: ({ owner, name, installationId }, check) =>
      as(installationId, async (octokit, signal) => {
        const at = { owner, repo: name, request: { signal } }
        const { headSha } = check
        const named = { name: check.name, details_url: check.detailsUrl, external_id: check.runId }
        let id = check.checkRunId
        let annotated = 0
        if (id === null && check.retried) {
          const request = { ...at, ref: headSha, check_name: check.name, app_id: appId }
          const { data } = await octokit.rest.checks.listForRef(request)
          const found = data.check_runs.find(({ external_id }) => external_id === check.runId)
          id = found?.id ?? null
          annotated = found?.output.annotations_count ?? 0
        }
        /** GitHub refuses all for one remark that it does not like; the words are worth more than the remarks. */
        const orPlain = async <T>(content: Content, send: (content: Content) => Promise<T>): Promise<T> => {
          try {
            return await send(content)
          } catch (error) {
            const { annotations, ...words } = content.output
            if (!annotations || !hasStatus(error, 422)) throw error
            log.warn({ runId: check.runId, annotations: annotations.length }, 'check_annotations_refused')
            return send({ ...content, output: words })
          }
        }
        const update = async (given: Content) => {
          const known = id
          if (known === null) return null
          const send = (content: Content) =>
            orNull(octokit.rest.checks.update({ ...at, check_run_id: known, ...named, ...content }))
          return orPlain(given, send)
        }
        const [first, ...more] = contentsOf(check, annotated)
        id = (await update(first))?.data.id ?? null
        if (id === null) {
          const send = (content: Content) =>
            octokit.rest.checks.create({ ...at, head_sha: headSha, ...named, ...content })
          id = (await orPlain(first, send)).data.id
        }
        for (const content of more) await update(content)
        return id
      }),

    updateCheck: ({ owner, name, installationId }, checkRunId, change) =>
      as(installationId, async (octokit, signal) => {
        const at = { owner, repo: name, check_run_id: checkRunId, request: { signal } }
        await orNull(octokit.rest.checks.update({ ...at, ...contentOf(change) }))
      }),
  }
}

type Content = ReturnType<typeof contentOf>

/** What to send, a request each: the first says everything, the others bring annotations for which it had no room. */
function contentsOf(check: CheckToPublish, annotated: number): [Content, ...Content[]] {
  const all = check.annotations.slice(annotated)
  const contents: [Content, ...Content[]] = [contentOf(check, all.slice(0, ANNOTATIONS_A_REQUEST_MAX))]
  for (let from = ANNOTATIONS_A_REQUEST_MAX; from < all.length; from += ANNOTATIONS_A_REQUEST_MAX) {
    contents.push(contentOf(check, all.slice(from, from + ANNOTATIONS_A_REQUEST_MAX)))
  }
  return contents
}

function contentOf(
  { status, conclusion, title, summary, actions }: CheckChange,
  annotations: CheckToPublish['annotations'] = [],
) {
  const state =
    status === 'completed' && conclusion
      ? { status: 'completed' as const, conclusion }
      : status && status !== 'completed'
        ? { status }
        : {}
  // Of a whole file: GitHub wants lines, and shows what stands at the first above the file.
  const beside = annotations.map(({ path, message }) => ({
    path,
    message,
    start_line: 1,
    end_line: 1,
    annotation_level: 'warning' as const,
  }))
  const output = { title, summary, ...(beside.length > 0 ? { annotations: beside } : {}) }
  return { output, ...(actions ? { actions: [...actions] } : {}), ...state }
}
