/** Pieces that many answers share: times, accounts, apps, links. */
import type { CommentRecord, IssueRecord, PullRecord, RepositoryRecord, UserRecord } from '../records.ts'
import type { PublicApp, World } from '../world.ts'

export type Json = Record<string, unknown>

/** GitHub's times have no fraction. */
export const iso = (ms: number): string => new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z')
export const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms))
export const repositoryApi = (world: World, repository: RepositoryRecord) =>
  `${world.apiUrl}/repos/${repository.fullName}`
export const repositoryHtml = (world: World, repository: RepositoryRecord) => `${world.url}/${repository.fullName}`

export function issueHtml(world: World, subject: IssueRecord): string {
  const kind = subject.isPull ? 'pull' : 'issues'
  return `${repositoryHtml(world, world.repositoryById(subject.repositoryId))}/${kind}/${subject.number}`
}
export function commentHtml(world: World, comment: CommentRecord): string {
  return `${issueHtml(world, world.issue(comment.repositoryId, comment.issueNumber))}#issuecomment-${comment.id}`
}
export function pullHtml(world: World, pull: PullRecord): string {
  return `${repositoryHtml(world, world.repositoryById(pull.repositoryId))}/pull/${pull.number}`
}

/** `simple-user` */
export function userView(world: World, user: UserRecord): Json {
  const api = `${world.apiUrl}/users/${encodeURIComponent(user.login)}`
  const path = user.type === 'Bot' ? `apps/${user.login.replace('[bot]', '')}` : user.login
  return {
    login: user.login,
    id: user.id,
    node_id: user.nodeId,
    avatar_url: `${world.url}/avatars/u/${user.id}?v=4`,
    gravatar_id: '',
    url: api,
    html_url: `${world.url}/${path}`,
    followers_url: `${api}/followers`,
    following_url: `${api}/following{/other_user}`,
    gists_url: `${api}/gists{/gist_id}`,
    starred_url: `${api}/starred{/owner}{/repo}`,
    subscriptions_url: `${api}/subscriptions`,
    organizations_url: `${api}/orgs`,
    repos_url: `${api}/repos`,
    events_url: `${api}/events{/privacy}`,
    received_events_url: `${api}/received_events`,
    type: user.type,
    user_view_type: 'public',
    site_admin: false,
  }
}

/** `public-user`: what `GET /users/{username}` and `GET /user` answer. */
export function publicUserView(world: World, user: UserRecord): Json {
  const owned = [...world.repositories.values()].filter((r) => r.ownerId === user.id && !r.private).length
  return {
    ...userView(world, user),
    name: user.name,
    company: null,
    blog: '',
    location: null,
    email: null,
    hireable: null,
    bio: null,
    twitter_username: null,
    public_repos: owned,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: iso(user.createdAt),
    updated_at: iso(user.createdAt),
  }
}

/** `organization-simple-webhook`, as in payloads of what belongs to an organization. */
export function organizationView(world: World, user: UserRecord): Json {
  const api = `${world.apiUrl}/orgs/${user.login}`
  return {
    login: user.login,
    id: user.id,
    node_id: user.nodeId,
    url: api,
    repos_url: `${api}/repos`,
    events_url: `${api}/events`,
    hooks_url: `${api}/hooks`,
    issues_url: `${api}/issues`,
    members_url: `${api}/members{/member}`,
    public_members_url: `${api}/public_members{/member}`,
    avatar_url: `${world.url}/avatars/u/${user.id}?v=4`,
    description: null,
  }
}

/** `integration` */
export function appView(world: World, app: PublicApp): Json {
  return {
    id: app.id,
    client_id: app.clientId,
    slug: app.slug,
    node_id: app.nodeId,
    owner: userView(world, world.userById(app.ownerId)),
    name: app.name,
    description: '',
    external_url: `${world.url}/apps/${app.slug}`,
    html_url: `${world.url}/apps/${app.slug}`,
    created_at: iso(world.userById(app.ownerId).createdAt),
    updated_at: iso(world.userById(app.ownerId).createdAt),
    permissions: app.permissions,
    events: app.events,
  }
}
export function viaAppView(world: World, slug: string | null): Json | null {
  return slug === null ? null : appView(world, world.appBySlug(slug))
}

/** How GitHub sees the author; an app is nobody's collaborator, so it is NONE. */
export function association(world: World, user: UserRecord, repository: RepositoryRecord): string {
  if (user.id === repository.ownerId) return 'OWNER'
  const invited = [...repository.collaborators.keys()].some((login) => login.toLowerCase() === user.login.toLowerCase())
  if (!invited) return 'NONE'
  return world.userById(repository.ownerId).type === 'Organization' ? 'MEMBER' : 'COLLABORATOR'
}
