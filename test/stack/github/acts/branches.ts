/** What follows from a moved ref, however it moved (REST, git, a person, a merge): events, pull requests, dates. */
import { followBranch } from './pulls.ts'
import { actorOf } from '../auth.ts'
import type { Actor, Principal } from '../auth.ts'
import { diffFiles, listCommits, mergeBase } from '../git/history.ts'
import { isAncestor, listRefs, readCommit, ZERO_SHA } from '../git/objects.ts'
import type { Ref } from '../git/objects.ts'
import type { RepositoryRecord } from '../records.ts'
import { repositoryHtml } from '../views/common.ts'
import type { Json } from '../views/common.ts'
import { noreply, pushedCommitView } from '../views/git.ts'
import type { World } from '../world.ts'

const PUSHED_COMMITS_MAX = 20

export interface RefChange {
  ref: string
  /** Zeros when it is new. */
  before: string
  /** Null when it is gone. */
  after: string | null
}

export async function pushed(
  world: World,
  actor: Actor,
  repository: RepositoryRecord,
  change: RefChange,
): Promise<void> {
  repository.pushedAt = world.now()
  const name = change.ref.replace(/^refs\/(heads|tags)\//, '')
  const data = await pushData(world, actor, repository, change)
  const common = { repository, sender: actor.user, startsWorkflows: actor.startsWorkflows, action: null }
  if (change.before === ZERO_SHA || change.after === null) emitRef(world, actor, repository, change, name)
  world.emit({ ...common, name: 'push', data })
  if (change.ref.startsWith('refs/heads/')) {
    await followBranch(world, actor, repository, { branch: name, before: change.before, after: change.after })
  }
}

function emitRef(world: World, actor: Actor, repository: RepositoryRecord, change: RefChange, ref: string): void {
  const refType = change.ref.startsWith('refs/tags/') ? 'tag' : 'branch'
  const gone = change.after === null
  const extra = gone ? {} : { master_branch: repository.defaultBranch, description: repository.description }
  const data = { ref, ref_type: refType, ...extra, pusher_type: 'user' }
  const { user: sender, startsWorkflows } = actor
  world.emit({ name: gone ? 'delete' : 'create', action: null, repository, sender, startsWorkflows, data })
}

async function pushData(world: World, actor: Actor, repository: RepositoryRecord, change: RefChange): Promise<Json> {
  const { gitDir } = repository
  const { before, after } = change
  const html = repositoryHtml(world, repository)
  const created = before === ZERO_SHA
  const commits = after === null ? [] : await pushedCommits(repository, change.before, after)
  const views = commits.map(async (commit) => {
    return pushedCommitView(world, repository, commit, await diffFiles(gitDir, commit.parents[0] ?? null, commit.sha))
  })
  const shown = await Promise.all(views)
  const head =
    after === null ? null : (shown.at(-1) ?? pushedCommitView(world, repository, await readCommit(gitDir, after), []))
  return {
    ref: change.ref,
    before,
    after: after ?? ZERO_SHA,
    pusher: { name: actor.user.login, email: noreply(actor.user) },
    created,
    deleted: after === null,
    forced: !created && after !== null && !(await isAncestor(gitDir, before, after)),
    base_ref: null,
    compare: `${html}/compare/${before.slice(0, 12)}...${(after ?? ZERO_SHA).slice(0, 12)}`,
    commits: shown,
    head_commit: head,
  }
}

/** Oldest first; for a new branch, what the default branch does not have. */
async function pushedCommits(repository: RepositoryRecord, before: string, after: string) {
  const { gitDir } = repository
  const [main] = await listRefs(gitDir, `refs/heads/${repository.defaultBranch}`)
  const base = before === ZERO_SHA ? main && main.sha !== after && (await mergeBase(gitDir, main.sha, after)) : before
  const found = await listCommits(gitDir, after, { ...(base ? { base } : {}), limit: PUSHED_COMMITS_MAX })
  return found.toReversed()
}

/** After `git push`: finds out what moved, since receive-pack tells its client only. */
export async function afterPush(
  world: World,
  principal: Principal,
  repository: RepositoryRecord,
  before: readonly Ref[],
): Promise<void> {
  const actor = actorOf(world, principal)
  const after = await listRefs(repository.gitDir, 'refs/heads', 'refs/tags')
  for (const ref of new Set([...before, ...after].map((r) => r.ref))) {
    const [old, now] = [before, after].map((refs) => refs.find((r) => r.ref === ref)?.sha)
    if (old !== now) await pushed(world, actor, repository, { ref, before: old ?? ZERO_SHA, after: now ?? null })
  }
}
