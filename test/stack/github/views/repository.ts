/** Repositories and installations, as REST answers and payloads show them. */
import type { InstallationRecord, RepositoryRecord, RepositoryRole } from '../records.ts'
import type { World } from '../world.ts'
import { iso, isoOrNull, repositoryApi, repositoryHtml, userView } from './common.ts'
import type { Json } from './common.ts'

const linked = {
  archive_url: '/{archive_format}{/ref}',
  assignees_url: '/assignees{/user}',
  blobs_url: '/git/blobs{/sha}',
  branches_url: '/branches{/branch}',
  collaborators_url: '/collaborators{/collaborator}',
  comments_url: '/comments{/number}',
  commits_url: '/commits{/sha}',
  compare_url: '/compare/{base}...{head}',
  contents_url: '/contents/{+path}',
  contributors_url: '/contributors',
  deployments_url: '/deployments',
  downloads_url: '/downloads',
  events_url: '/events',
  forks_url: '/forks',
  git_commits_url: '/git/commits{/sha}',
  git_refs_url: '/git/refs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  hooks_url: '/hooks',
  issue_comment_url: '/issues/comments{/number}',
  issue_events_url: '/issues/events{/number}',
  issues_url: '/issues{/number}',
  keys_url: '/keys{/key_id}',
  labels_url: '/labels{/name}',
  languages_url: '/languages',
  merges_url: '/merges',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  pulls_url: '/pulls{/number}',
  releases_url: '/releases{/id}',
  stargazers_url: '/stargazers',
  statuses_url: '/statuses/{sha}',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  tags_url: '/tags',
  teams_url: '/teams',
  trees_url: '/git/trees{/sha}',
} as const

/** `minimal-repository`: the links and the name. */
export function minimalRepositoryView(world: World, repository: RepositoryRecord): Json {
  const api = repositoryApi(world, repository)
  return {
    id: repository.id,
    node_id: repository.nodeId,
    name: repository.name,
    full_name: repository.fullName,
    private: repository.private,
    owner: userView(world, world.userById(repository.ownerId)),
    html_url: repositoryHtml(world, repository),
    description: repository.description,
    fork: false,
    url: api,
    ...Object.fromEntries(Object.entries(linked).map(([key, path]) => [key, `${api}${path}`])),
  }
}

/** `repository` */
export function repositoryView(world: World, repository: RepositoryRecord, role?: RepositoryRole): Json {
  const html = repositoryHtml(world, repository)
  const open = [...world.issues.values()].filter((i) => i.repositoryId === repository.id && i.state === 'open').length
  return {
    ...minimalRepositoryView(world, repository),
    created_at: iso(repository.createdAt),
    updated_at: iso(repository.pushedAt),
    pushed_at: iso(repository.pushedAt),
    git_url: html.replace(/^http/, 'git').concat('.git'),
    ssh_url: `git@127.0.0.1:${repository.fullName}.git`,
    clone_url: `${html}.git`,
    svn_url: html,
    mirror_url: null,
    homepage: null,
    size: 1,
    stargazers_count: 0,
    watchers_count: 0,
    watchers: 0,
    language: null,
    has_issues: true,
    has_projects: false,
    has_downloads: true,
    has_wiki: false,
    has_pages: false,
    has_discussions: false,
    forks_count: 0,
    forks: 0,
    archived: repository.archived,
    disabled: false,
    open_issues_count: open,
    open_issues: open,
    license: null,
    allow_forking: true,
    is_template: false,
    web_commit_signoff_required: false,
    topics: [],
    visibility: repository.private ? 'private' : 'public',
    default_branch: repository.defaultBranch,
    ...(role ? { permissions: permissionsOf(role) } : {}),
  }
}

/** `full-repository` */
export function fullRepositoryView(world: World, repository: RepositoryRecord, role: RepositoryRole): Json {
  const owner = world.userById(repository.ownerId)
  return {
    ...repositoryView(world, repository, role),
    temp_clone_token: null,
    allow_squash_merge: true,
    allow_merge_commit: true,
    allow_rebase_merge: true,
    allow_auto_merge: false,
    delete_branch_on_merge: false,
    allow_update_branch: false,
    ...(owner.type === 'Organization' ? { organization: userView(world, owner) } : {}),
    network_count: 0,
    subscribers_count: 0,
  }
}

function permissionsOf(role: RepositoryRole): Json {
  const level = ['read', 'triage', 'write', 'maintain', 'admin'].indexOf(role)
  return { admin: level >= 4, maintain: level >= 3, push: level >= 2, triage: level >= 1, pull: true }
}

/** `installation` */
export function installationView(world: World, installation: InstallationRecord): Json {
  const account = world.userById(installation.accountId)
  const path = account.type === 'Organization' ? `organizations/${account.login}/settings` : 'settings'
  return {
    id: installation.id,
    client_id: world.app.clientId,
    account: userView(world, account),
    repository_selection: installation.selection,
    access_tokens_url: `${world.apiUrl}/app/installations/${installation.id}/access_tokens`,
    repositories_url: `${world.apiUrl}/installation/repositories`,
    html_url: `${world.url}/${path}/installations/${installation.id}`,
    app_id: world.app.id,
    app_slug: world.app.slug,
    target_id: account.id,
    target_type: account.type === 'Organization' ? 'Organization' : 'User',
    permissions: installation.permissions,
    events: installation.events,
    created_at: iso(installation.createdAt),
    updated_at: iso(installation.updatedAt),
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by:
      installation.suspendedById === null ? null : userView(world, world.userById(installation.suspendedById)),
    suspended_at: isoOrNull(installation.suspendedAt),
  }
}

/** As in `repositories` of installation payloads. */
export function shortRepositoryView(repository: RepositoryRecord): Json {
  const { id, nodeId, name, fullName } = repository
  return { id, node_id: nodeId, name, full_name: fullName, private: repository.private }
}
