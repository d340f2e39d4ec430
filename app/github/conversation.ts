/**
 * How the app answers people on an issue (surfaces.md 1.4): who is answered, how often, and that nobody is answered
 * twice. What was said already is read from the issue itself, so that it survives restarts and holds on every replica.
 */
import type { RepositoryRef } from '../domain/events.ts'
import { REPLY_MARKER } from '../domain/render/markers.ts'
import { deniedMark, helpMark, personMark, replyMark, withReplyMark } from '../domain/render/replies.ts'
import type { ReplyTo } from '../domain/render/replies.ts'
import { GitHubError } from './errors.ts'
import { REFUSED_REACTIONS_MAX, isToBeTold, outsiders } from './outsiders.ts'
import type { Refusal } from './outsiders.ts'
import type { GitHubPort, OwnComment, Reaction, Role } from './port.ts'
import { roleAtLeast } from './port.ts'
import type { CommentEvent, IssueEvent, PersonEvent } from './translate.ts'

/** To one person on one issue: nobody can use up what others are answered with. */
const REPLIES_PER_HOUR_MAX = 5
const HOUR_MS = 3_600_000
/** How far back an earlier refusal or help is looked for. */
const LOOK_BACK_MS = 30 * 24 * HOUR_MS
const OUTDATED_MAX = 3
const HELP_OR_ERROR = /<!-- deckhand:v1 reply=(?:help|error) /

export interface Conversation {
  /** The repository as the installation sees it now; null when it is not that of the event any more (row 10). */
  admit(event: PersonEvent): Promise<RepositoryRef | null>
  mayWrite(repository: RepositoryRef, event: PersonEvent): Promise<boolean>
  /** Maintain or admin. */
  mayAdminister(repository: RepositoryRef, event: PersonEvent): Promise<boolean>
  /** Whether the App is theirs; of who has no write access GitHub is asked once while that is remembered. */
  ownsApp(repository: RepositoryRef, event: PersonEvent): Promise<boolean>
  /** For what everybody may ask: a few times a minute, and as often as they like for who may write. */
  mayAsk(repository: RepositoryRef, event: IssueEvent): Promise<boolean>
  react(repository: RepositoryRef, event: IssueEvent | CommentEvent, content: Reaction): Promise<void>
  reply(repository: RepositoryRef, event: IssueEvent, kind: ReplyTo['kind'], text: string): Promise<void>
  /** 👎, a few times a minute; a comment for collaborators only, once per person and issue. */
  deny(repository: RepositoryRef, event: IssueEvent, text: string): Promise<void>
}

/** What was said on an issue, and what is said now. */
function replies(github: GitHubPort, now: () => number) {
  const earlier = async (repository: RepositoryRef, event: IssueEvent): Promise<OwnComment[]> => {
    const own = await github.ownComments(repository, event.issue.number, now() - LOOK_BACK_MS)
    return own.filter((comment) => comment.body.trimEnd().endsWith(REPLY_MARKER))
  }

  /** GitHub lets no App write on a locked issue; then the reaction has to do. */
  const say = async (repository: RepositoryRef, { issue }: IssueEvent, body: string, marker: string): Promise<void> => {
    try {
      await github.postNotice(repository, issue.number, { body, marker, retried: false, since: 0 })
    } catch (error) {
      if (!(issue.locked && error instanceof GitHubError && error.kind === 'forbidden')) throw error
    }
  }

  const post = async (
    repository: RepositoryRef,
    event: IssueEvent,
    kind: ReplyTo['kind'],
    text: string,
    before: readonly OwnComment[],
  ): Promise<void> => {
    const to: ReplyTo = { kind, trigger: event.trigger, userId: event.by.id }
    if (before.some((comment) => comment.body.includes(replyMark(to)))) return
    const body = withReplyMark(text, to)
    const help = kind === 'help' ? before.findLast((comment) => comment.body.includes(helpMark)) : undefined
    if (help) {
      await github.editComment(repository, help.commentId, body)
      // An error that came later has folded it away.
      await github.restoreComment(repository, help.nodeId)
    } else {
      const theirs = before.filter(({ body: text }) => text.includes(personMark(event.by.id)))
      if (theirs.filter(({ createdAt }) => createdAt > now() - HOUR_MS).length >= REPLIES_PER_HOUR_MAX) return
      await say(repository, event, body, replyMark(to))
    }
    if (kind !== 'help' && kind !== 'error') return
    const outdated = before.filter((comment) => comment !== help && HELP_OR_ERROR.test(comment.body))
    const nodeIds = outdated.slice(-OUTDATED_MAX).map((comment) => comment.nodeId)
    if (nodeIds.length > 0) await github.minimizeComments(repository, nodeIds)
  }

  return { earlier, post }
}

export function createConversation(github: GitHubPort, now: () => number): Conversation {
  const { earlier, post } = replies(github, now)
  const lately = outsiders(now)

  const hasRole = async (repository: RepositoryRef, { by }: PersonEvent, least: Role): Promise<boolean> => {
    if (lately.refusal(repository.id, by.id)) return false
    const role = await github.permissionOf(repository, by.login, by.id)
    if (!roleAtLeast(role, 'write')) lately.refuse(repository, by.id)
    return roleAtLeast(role, least)
  }

  const react = async (
    repository: RepositoryRef,
    event: IssueEvent | CommentEvent,
    content: Reaction,
  ): Promise<void> => {
    if (!('comment' in event)) return
    const { id, nodeId, on } = event.comment
    if (on === 'conversation') await github.addReaction(repository, id, content)
    else await github.addReviewReaction(repository, nodeId, content)
  }

  /** Counted before it is sent, because many come at once; one that failed comes again with its delivery. */
  const thumbDown = async (repository: RepositoryRef, event: IssueEvent, refusal: Refusal): Promise<void> => {
    if (refusal.reactions >= REFUSED_REACTIONS_MAX) return
    refusal.reactions++
    await react(repository, event, '-1').catch((error: unknown) => {
      refusal.reactions--
      throw error
    })
  }

  return {
    async admit({ installationId, repository, by }) {
      // Where somebody was refused a moment ago, the installation was asked as well.
      const known = lately.refusal(repository.id, by.id)?.repository
      if (known && isOf(known, { installationId, repository })) return known
      const found = await github.repository(repository.owner, repository.name, installationId)
      return found?.id === repository.id ? found : null
    },

    mayWrite: (repository, event) => hasRole(repository, event, 'write'),
    mayAdminister: (repository, event) => hasRole(repository, event, 'maintain'),
    async ownsApp(repository, { by }) {
      const refusal = lately.refusal(repository.id, by.id)
      if (refusal?.notOwner) return false
      const owns = await github.ownsApp(by.login, by.id)
      if (refusal) refusal.notOwner = !owns
      return owns
    },
    mayAsk: async (repository, event) => lately.mayAsk(repository, event) || hasRole(repository, event, 'write'),
    react,

    async reply(repository, event, kind, text) {
      await post(repository, event, kind, text, await earlier(repository, event))
    },

    async deny(repository, event, text) {
      const { by, issue } = event
      // Who may write and is no admin has none.
      const refusal = lately.refusal(repository.id, by.id)
      if (refusal) await thumbDown(repository, event, refusal)
      else await react(repository, event, '-1')
      if (refusal && !isToBeTold(refusal, issue.number)) return
      const collaborator = refusal?.collaborator ?? (await github.isCollaborator(repository, by.login))
      if (refusal) refusal.collaborator = collaborator
      if (!collaborator) return
      const before = await earlier(repository, event)
      if (!before.some((comment) => comment.body.includes(deniedMark(by.id)))) {
        await post(repository, event, 'denied', text, before)
      }
      refusal?.told.add(issue.number)
    },
  }
}

/** A webhook tells owner and name as they were; what is spelled otherwise is asked for. */
function isOf(known: RepositoryRef, { installationId, repository }: Omit<PersonEvent, 'by' | 'automatic'>): boolean {
  const { owner, name } = repository
  return known.installationId === installationId && known.owner === owner && known.name === name
}
