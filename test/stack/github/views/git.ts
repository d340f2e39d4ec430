/** Commits, trees, refs and comparisons. */
import type { FileDiff } from '../git/history.ts'
import type { GitCommit, Ref, TreeEntry } from '../git/objects.ts'
import { gitNodeId } from '../ids.ts'
import type { RepositoryRecord, UserRecord } from '../records.ts'
import type { World } from '../world.ts'
import { iso, repositoryApi, repositoryHtml, userView } from './common.ts'
import type { Json } from './common.ts'

const signed = (s: GitCommit['author']) => ({ name: s.name, email: s.email, date: iso(s.at * 1000) })

/** Commits of an App by the Git database API are signed by GitHub itself; there is no key of ours to show. */
function verification(world: World, commit: GitCommit): Json {
  if (!world.verifiedCommits.has(commit.sha)) {
    return { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null }
  }
  return {
    verified: true,
    reason: 'valid',
    signature: '-----BEGIN PGP SIGNATURE-----\n\n(signed by the local GitHub)\n-----END PGP SIGNATURE-----\n',
    payload: `tree ${commit.tree}\n`,
    verified_at: iso(commit.committer.at * 1000),
  }
}

/** `git-commit` */
export function gitCommitView(world: World, repository: RepositoryRecord, commit: GitCommit): Json {
  const api = repositoryApi(world, repository)
  const html = repositoryHtml(world, repository)
  return {
    sha: commit.sha,
    node_id: gitNodeId('C', repository.id, commit.sha),
    url: `${api}/git/commits/${commit.sha}`,
    html_url: `${html}/commit/${commit.sha}`,
    author: signed(commit.author),
    committer: signed(commit.committer),
    tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` },
    message: commit.message,
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${api}/git/commits/${sha}`,
      html_url: `${html}/commit/${sha}`,
    })),
    verification: verification(world, commit),
  }
}

/** The account that a commit's address belongs to: `ID+login@users.noreply.github.com`. */
function accountOf(world: World, email: string): UserRecord | null {
  const login = /^(?:\d+\+)?(.+)@users\.noreply\.github\.com$/.exec(email)?.[1]
  return login === undefined ? null : world.findUser(login)
}
export const noreply = (user: UserRecord): string => `${user.id}+${user.login}@users.noreply.github.com`

/** `commit` */
export function commitView(
  world: World,
  repository: RepositoryRecord,
  commit: GitCommit,
  files?: readonly FileDiff[],
): Json {
  const api = repositoryApi(world, repository)
  const html = repositoryHtml(world, repository)
  const account = (email: string) => {
    const user = accountOf(world, email)
    return user && userView(world, user)
  }
  const total = (key: 'additions' | 'deletions') => (files ?? []).reduce((sum, file) => sum + file[key], 0)
  const [additions, deletions] = [total('additions'), total('deletions')]
  return {
    sha: commit.sha,
    node_id: gitNodeId('C', repository.id, commit.sha),
    commit: {
      author: signed(commit.author),
      committer: signed(commit.committer),
      message: commit.message,
      tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` },
      url: `${api}/git/commits/${commit.sha}`,
      comment_count: 0,
      verification: verification(world, commit),
    },
    url: `${api}/commits/${commit.sha}`,
    html_url: `${html}/commit/${commit.sha}`,
    comments_url: `${api}/commits/${commit.sha}/comments`,
    author: account(commit.author.email),
    committer: account(commit.committer.email),
    parents: commit.parents.map((sha) => ({ sha, url: `${api}/commits/${sha}`, html_url: `${html}/commit/${sha}` })),
    ...(files
      ? {
          stats: { total: additions + deletions, additions, deletions },
          files: files.map((file) => fileView(world, repository, commit.sha, file)),
        }
      : {}),
  }
}

/** `diff-entry` */
export function fileView(world: World, repository: RepositoryRecord, sha: string, file: FileDiff): Json {
  const path = file.filename.split('/').map(encodeURIComponent).join('/')
  return {
    sha: file.sha,
    filename: file.filename,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${repositoryHtml(world, repository)}/blob/${sha}/${path}`,
    raw_url: `${repositoryHtml(world, repository)}/raw/${sha}/${path}`,
    contents_url: `${repositoryApi(world, repository)}/contents/${path}?ref=${sha}`,
    ...(file.patch === null ? {} : { patch: file.patch }),
    ...(file.previous === null ? {} : { previous_filename: file.previous }),
  }
}

/** `git-ref` */
export function refView(world: World, repository: RepositoryRecord, ref: Ref): Json {
  const api = repositoryApi(world, repository)
  return {
    ref: ref.ref,
    node_id: gitNodeId('REF', repository.id, ref.ref),
    url: `${api}/git/${ref.ref}`,
    object: { type: ref.type, sha: ref.sha, url: `${api}/git/${ref.type}s/${ref.sha}` },
  }
}

/** `git-tree` */
export function treeView(world: World, repository: RepositoryRecord, sha: string, entries: readonly TreeEntry[]): Json {
  const api = repositoryApi(world, repository)
  const kinds = { blob: 'blobs', tree: 'trees', commit: 'commits' }
  const tree = entries.map(({ path, mode, type, sha: object, size }) => ({
    path,
    mode,
    type,
    sha: object,
    ...(size === null ? {} : { size }),
    ...(type === 'commit' ? {} : { url: `${api}/git/${kinds[type]}/${object}` }),
  }))
  return { sha, url: `${api}/git/trees/${sha}`, tree, truncated: false }
}

/** A commit in `push` payloads. */
export function pushedCommitView(
  world: World,
  repository: RepositoryRecord,
  commit: GitCommit,
  files: readonly FileDiff[],
): Json {
  const who = (s: GitCommit['author']) => {
    const account = accountOf(world, s.email)
    return { name: s.name, email: s.email, date: iso(s.at * 1000), ...(account ? { username: account.login } : {}) }
  }
  const names = (...states: readonly string[]) => files.filter((f) => states.includes(f.status)).map((f) => f.filename)
  return {
    id: commit.sha,
    tree_id: commit.tree,
    distinct: true,
    message: commit.message,
    timestamp: iso(commit.committer.at * 1000),
    url: `${repositoryHtml(world, repository)}/commit/${commit.sha}`,
    author: who(commit.author),
    committer: who(commit.committer),
    added: names('added', 'renamed'),
    removed: names('removed'),
    modified: names('modified', 'changed'),
  }
}
