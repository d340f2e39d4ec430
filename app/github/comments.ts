/** Comments and reactions. A comment of ours is found again by the mark in its body. */
import { seqOf, visibleText } from '../domain/render/markers.ts'
import type { Clients, Octokit } from './client.ts'
import { orNull, toGitHubError } from './error-mapping.ts'
import type { Comment, GitHubPort, MarkedComment, OwnComment, Reaction, Repo } from './port.ts'
import { smallMemory } from './small-memory.ts'
import type { SmallMemory } from './small-memory.ts'

const PAGE = 100
const PAGES_MAX = 5
/** GitHub's clock and ours may differ. */
const CLOCK_SKEW_MS = 60_000
const BODIES_MAX = 1_000
const MINIMIZE_MAX = 10

type Sent = SmallMemory<number, { body: string; url: string }>
type CommentFunctions = Pick<
  GitHubPort,
  | 'addReaction'
  | 'addReviewReaction'
  | 'upsertStatusComment'
  | 'postNotice'
  | 'ownComments'
  | 'editComment'
  | 'minimizeComments'
  | 'restoreComment'
>

export function commentsOf({ as, appId }: Clients): CommentFunctions {
  /** What this process sent or saw last, by comment: spares a look before most edits. */
  const sent: Sent = smallMemory(BODIES_MAX)

  const create = async (octokit: Octokit, signal: AbortSignal, repo: Repo, issue: number, body: string) => {
    const request = { owner: repo.owner, repo: repo.name, issue_number: issue, body, request: { signal } }
    const { data } = await octokit.rest.issues.createComment(request)
    sent.set(data.id, { body, url: data.html_url })
    return { commentId: data.id, url: data.html_url }
  }
  const ours = (octokit: Octokit, signal: AbortSignal, repo: Repo, issue: number, since: number) =>
    listOwn(octokit, signal, appId, repo, issue, since)
  const findMarked = async (octokit: Octokit, signal: AbortSignal, repo: Repo, issue: number, by: MarkedComment) =>
    (await ours(octokit, signal, repo, issue, by.since)).find((comment) => comment.body.includes(by.marker)) ?? null

  return {
    addReaction: (repo, commentId, content) =>
      as(repo.installationId, async (octokit, signal) => {
        const request = { owner: repo.owner, repo: repo.name, comment_id: commentId, content, request: { signal } }
        // The comment may be deleted by now; GitHub answers the same reaction again with the first one.
        await orNull(octokit.rest.reactions.createForIssueComment(request))
      }),

    addReviewReaction: (repo, nodeId, content) =>
      as(repo.installationId, async (octokit, signal) => {
        const variables = { id: nodeId, content: graphqlContents[content], request: { signal } }
        await octokit.graphql(REACT, variables).catch((error: unknown) => {
          // GitHub has answered, and says no: the review may be deleted by now.
          if (!(error instanceof Error && error.name === 'GraphqlResponseError')) throw error
        })
      }),

    upsertStatusComment: (repo, issue, { commentId, ...comment }) =>
      as(repo.installationId, async (octokit, signal) => {
        const first = commentId === null && comment.retried
        const found = first ? await findMarked(octokit, signal, repo, issue, comment) : null
        if (found) sent.set(found.commentId, found)
        const id = commentId ?? found?.commentId ?? null
        if (id === null) return create(octokit, signal, repo, issue, comment.body)
        return edit(octokit, signal, sent, repo, id, comment.body)
      }),

    postNotice: (repo, issue, comment) =>
      as(repo.installationId, async (octokit, signal) => {
        const found = comment.retried ? await findMarked(octokit, signal, repo, issue, comment) : null
        return found
          ? { commentId: found.commentId, url: found.url }
          : create(octokit, signal, repo, issue, comment.body)
      }),

    ownComments: (repo, issue, since) =>
      as(repo.installationId, (octokit, signal) => ours(octokit, signal, repo, issue, since)),

    editComment: (repo, commentId, body) =>
      as(repo.installationId, async (octokit, signal) => {
        const request = { owner: repo.owner, repo: repo.name, comment_id: commentId, body, request: { signal } }
        await orNull(octokit.rest.issues.updateComment(request))
      }),

    minimizeComments: (repo, nodeIds) =>
      as(repo.installationId, async (octokit, signal) => {
        for (const id of nodeIds.slice(0, MINIMIZE_MAX)) {
          await fold(octokit, signal, MINIMIZE, id)
        }
      }),

    restoreComment: (repo, nodeId) =>
      as(repo.installationId, (octokit, signal) => fold(octokit, signal, RESTORE, nodeId)),
  }
}

/** Not worth failing for: the comment itself is there. */
async function fold(octokit: Octokit, signal: AbortSignal, mutation: string, id: string): Promise<void> {
  await octokit.graphql(mutation, { id, request: { signal } }).catch((error: unknown) => {
    octokit.log.debug(`A reply could not be folded or unfolded: ${toGitHubError(error, Date.now()).kind}`)
  })
}

/** REST has no reactions to reviews. */
const REACT = `mutation ($id: ID!, $content: ReactionContent!) {
  addReaction(input: { subjectId: $id, content: $content }) { reaction { content } }
}`
const graphqlContents: Record<Reaction, string> = {
  '+1': 'THUMBS_UP',
  '-1': 'THUMBS_DOWN',
  laugh: 'LAUGH',
  confused: 'CONFUSED',
  heart: 'HEART',
  hooray: 'HOORAY',
  rocket: 'ROCKET',
  eyes: 'EYES',
}
const RESTORE = `mutation ($id: ID!) {
  unminimizeComment(input: { subjectId: $id }) { unminimizedComment { isMinimized } }
}`
const MINIMIZE = `mutation ($id: ID!) {
  minimizeComment(input: { subjectId: $id, classifier: OUTDATED }) { minimizedComment { isMinimized } }
}`

/**
 * Sends the text unless the visible part is there already or a newer one is (surfaces.md 1.5: a late worker cannot
 * overwrite a newer text). What this process remembers spares the look only where the text is sent: another replica may
 * have written since, so that nothing is kept back for the sake of a text that does not stand there any more.
 */
async function edit(
  octokit: Octokit,
  signal: AbortSignal,
  sent: Sent,
  repo: Repo,
  commentId: number,
  body: string,
): Promise<Comment | 'gone'> {
  const at = { owner: repo.owner, repo: repo.name, comment_id: commentId, request: { signal } }
  const remembered = sent.get(commentId)
  if (!remembered || isSettledBy(remembered.body, body)) {
    const found = await orNull(octokit.rest.issues.getComment(at))
    if (!found) return 'gone'
    const stands = { body: found.data.body ?? '', url: found.data.html_url }
    sent.set(commentId, stands)
    if (isSettledBy(stands.body, body)) return { commentId, url: stands.url }
  }
  const updated = await orNull(octokit.rest.issues.updateComment({ ...at, body }))
  if (!updated) return 'gone'
  sent.set(commentId, { body, url: updated.data.html_url })
  return { commentId, url: updated.data.html_url }
}

/** True where the text that stands shows the same, or is newer: then there is nothing to send. */
function isSettledBy(stands: string, body: string): boolean {
  return visibleText(stands) === visibleText(body) || (seqOf(stands) ?? 0) > (seqOf(body) ?? 0)
}

async function listOwn(
  octokit: Octokit,
  signal: AbortSignal,
  appId: number,
  repo: Repo,
  issue: number,
  since: number,
): Promise<OwnComment[]> {
  const own: OwnComment[] = []
  const after = new Date(Math.max(0, since - CLOCK_SKEW_MS)).toISOString()
  for (let page = 1; page <= PAGES_MAX; page++) {
    const { data } = await octokit.rest.issues.listComments({
      owner: repo.owner,
      repo: repo.name,
      issue_number: issue,
      since: after,
      per_page: PAGE,
      page,
      request: { signal },
    })
    for (const comment of data) {
      if (comment.performed_via_github_app?.id !== appId) continue
      own.push({
        commentId: comment.id,
        nodeId: comment.node_id,
        url: comment.html_url,
        body: comment.body ?? '',
        createdAt: Date.parse(comment.created_at),
      })
    }
    if (data.length < PAGE) break
  }
  return own
}
