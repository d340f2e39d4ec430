/** Everything that this GitHub remembers, and how to find it. Acts change it; views show it; routes join the two. */
import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'

import { Ids, newHex, nodeId } from './ids.ts'
import { defaultPermissions, subscribableEvents } from './manifest.ts'
import type {
  ArtifactRecord,
  CheckRunRecord,
  CommentRecord,
  DeliveryRecord,
  InstallationRecord,
  IssueRecord,
  LabelRecord,
  PullRecord,
  ReactionRecord,
  RepositoryRecord,
  RepositoryRole,
  ReviewRecord,
  TokenRecord,
  UserRecord,
  WorkflowJobRecord,
  WorkflowRunRecord,
} from './records.ts'
import type { LocalApp, LocalGitHubOptions, Permissions } from './types.ts'

export interface WorldEvent {
  name: string
  action: string | null
  repository: RepositoryRecord | null
  sender: UserRecord
  /** What the payload has besides action, repository, sender, organization and installation. */
  data: Record<string, unknown> | Promise<Record<string, unknown>>
  /** For the events about installations; otherwise the repository's installation is meant. */
  installation?: InstallationRecord
  /** False for acts of a job's `GITHUB_TOKEN`, which start no workflow. */
  startsWorkflows?: boolean
}

export interface PublicApp {
  id: number
  nodeId: string
  slug: string
  name: string
  clientId: string
  ownerId: number
  permissions: Permissions
  events: readonly string[]
}

const APP_ID = 900_001
/** The numbers that these accounts have on github.com. */
const GITHUB_ACTIONS = { appId: 15_368, userId: 41_898_282 }
const OCTOCAT_ID = 583_231

export class World {
  readonly ids = new Ids()
  readonly now: () => number
  readonly directory: string
  readonly app: LocalApp & { readonly publicKeyPem: string }
  readonly ourApp: PublicApp
  readonly actionsApp: PublicApp
  callbackUrls: readonly string[]
  /** Where people land after they installed the App. */
  setupUrl: string | null = null
  /** False until somebody registers the App from a manifest. */
  registered: boolean
  readonly users = new Map<number, UserRecord>()
  /** By organization: its owners' ids. */
  readonly organizationOwners = new Map<number, Set<number>>()
  readonly repositories = new Map<number, RepositoryRecord>()
  readonly installations = new Map<number, InstallationRecord>()
  readonly issues = new Map<number, IssueRecord>()
  readonly comments = new Map<number, CommentRecord>()
  readonly reactions = new Map<number, ReactionRecord>()
  readonly pulls = new Map<number, PullRecord>()
  /** Reviews and their comments on lines. */
  readonly reviews = new Map<number, ReviewRecord>()
  readonly checkRuns = new Map<number, CheckRunRecord>()
  readonly workflowRuns = new Map<number, WorkflowRunRecord>()
  readonly workflowJobs = new Map<number, WorkflowJobRecord>()
  readonly artifacts = new Map<number, ArtifactRecord>()
  readonly deliveries = new Map<number, DeliveryRecord>()
  readonly tokens = new Map<string, TokenRecord>()
  /** Commits that GitHub itself signed: those an App made through the Git database API. */
  readonly verifiedCommits = new Set<string>()
  /** Codes of the App manifest flow, and when each ends: it converts once. */
  readonly manifestCodes = new Map<string, number>()
  readonly suites = new Map<string, number>()
  readonly workflowIds = new Map<string, number>()
  /** Set once the server listens. */
  url = 'http://127.0.0.1'
  emit: (event: WorldEvent) => void = () => undefined
  onCancel: ((runId: number, force: boolean) => void)[] = []
  onRerun: ((runId: number, attempt: number) => void)[] = []

  constructor(options: LocalGitHubOptions, directory: string) {
    this.now = options.now ?? Date.now
    this.directory = directory
    this.callbackUrls = options.callbackUrls ?? []
    this.registered = options.registered ?? true
    const keys = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    })
    const slug = options.slug ?? 'deckhand'
    const owner = this.addUser({ login: 'github', type: 'Organization', id: 9_919, name: 'GitHub' })
    const appOwner = options.appOwner ? this.addUser(options.appOwner) : owner
    this.ourApp = {
      id: APP_ID,
      nodeId: nodeId('A', owner.id, APP_ID),
      slug,
      name: slug.charAt(0).toUpperCase() + slug.slice(1),
      clientId: `Iv23${newHex(8)}`,
      ownerId: appOwner.id,
      permissions: options.permissions ?? defaultPermissions,
      events: options.events ?? subscribableEvents,
    }
    this.app = {
      ...this.ourApp,
      clientSecret: newHex(20),
      privateKeyPem: keys.privateKey,
      publicKeyPem: keys.publicKey,
      webhookSecret: options.webhookSecret ?? newHex(20),
    }
    this.actionsApp = {
      id: GITHUB_ACTIONS.appId,
      nodeId: nodeId('A', owner.id, GITHUB_ACTIONS.appId),
      slug: 'github-actions',
      name: 'GitHub Actions',
      clientId: 'Iv1.05c79e9ad1f6bdfa',
      ownerId: owner.id,
      permissions: { actions: 'write', checks: 'write', contents: 'write', issues: 'write', metadata: 'read' },
      events: ['check_run', 'repository_dispatch', 'workflow_dispatch'],
    }
    this.addUser({ login: `${slug}[bot]`, type: 'Bot' })
    this.addUser({ login: 'github-actions[bot]', type: 'Bot', id: GITHUB_ACTIONS.userId })
  }

  get apiUrl(): string {
    return `${this.url}/api/v3`
  }
  get bot(): UserRecord {
    return this.user(`${this.app.slug}[bot]`)
  }
  get actionsBot(): UserRecord {
    return this.user('github-actions[bot]')
  }

  addUser(user: { login: string; id?: number; type?: UserRecord['type']; name?: string }): UserRecord {
    if (this.findUser(user.login)) throw new Error(`There is a user ${user.login} already.`)
    const type = user.type ?? 'User'
    const id = user.id ?? (user.login === 'octocat' ? OCTOCAT_ID : this.ids.take('user'))
    const prefix = { User: 'U', Bot: 'BOT', Organization: 'O' }[type]
    const record = {
      id,
      nodeId: nodeId(prefix, id),
      login: user.login,
      type,
      name: user.name ?? null,
      createdAt: this.now(),
    }
    this.users.set(id, record)
    return record
  }

  findUser(login: string): UserRecord | null {
    const wanted = login.toLowerCase()
    return find(this.users, (user) => user.login.toLowerCase() === wanted)
  }
  user(login: string): UserRecord {
    return this.findUser(login) ?? missing(`user ${login}`)
  }
  userById(id: number): UserRecord {
    return this.users.get(id) ?? missing(`user ${id}`)
  }
  findRepository(fullName: string): RepositoryRecord | null {
    const wanted = fullName.toLowerCase()
    return find(this.repositories, (repository) => repository.fullName.toLowerCase() === wanted)
  }
  repository(fullName: string): RepositoryRecord {
    return this.findRepository(fullName) ?? missing(`repository ${fullName}`)
  }
  repositoryById(id: number): RepositoryRecord {
    return this.repositories.get(id) ?? missing(`repository ${id}`)
  }
  findIssue(repositoryId: number, number: number): IssueRecord | null {
    return find(this.issues, (issue) => issue.repositoryId === repositoryId && issue.number === number)
  }
  issue(repositoryId: number, number: number): IssueRecord {
    return this.findIssue(repositoryId, number) ?? missing(`issue ${number}`)
  }
  findPull(repositoryId: number, number: number): PullRecord | null {
    return find(this.pulls, (pull) => pull.repositoryId === repositoryId && pull.number === number)
  }
  pull(repositoryId: number, number: number): PullRecord {
    return this.findPull(repositoryId, number) ?? missing(`pull request ${number}`)
  }
  commentsOf(issue: IssueRecord): CommentRecord[] {
    const mine = (c: CommentRecord) => c.repositoryId === issue.repositoryId && c.issueNumber === issue.number
    return [...this.comments.values()].filter(mine)
  }
  labelsOf(issue: IssueRecord): LabelRecord[] {
    const labels = this.repositoryById(issue.repositoryId).labels
    return issue.labelIds.flatMap((id) => labels.find((label) => label.id === id) ?? [])
  }
  artifactsOf(run: WorkflowRunRecord): ArtifactRecord[] {
    return [...this.artifacts.values()].filter((artifact) => artifact.runId === run.id)
  }
  jobsOf(run: WorkflowRunRecord): WorkflowJobRecord[] {
    return [...this.workflowJobs.values()].filter((job) => job.runId === run.id)
  }
  appBySlug(slug: string): PublicApp {
    return slug === this.actionsApp.slug ? this.actionsApp : this.ourApp
  }

  installationOf(repository: RepositoryRecord): InstallationRecord | null {
    const covers = (i: InstallationRecord) => this.covers(i, repository)
    return find(this.installations, covers)
  }
  installationOn(accountId: number): InstallationRecord | null {
    return find(this.installations, (i) => i.accountId === accountId && !i.deleted)
  }
  covers(installation: InstallationRecord, repository: RepositoryRecord): boolean {
    if (installation.deleted || installation.accountId !== repository.ownerId) return false
    return installation.selection === 'all' || installation.repositoryIds.has(repository.id)
  }
  repositoriesOf(installation: InstallationRecord): RepositoryRecord[] {
    return [...this.repositories.values()].filter((repository) => this.covers(installation, repository))
  }

  ownsOrganization(user: UserRecord, organizationId: number): boolean {
    return this.organizationOwners.get(organizationId)?.has(user.id) ?? false
  }

  /** Null: cannot even see it. A public repository can be read by everyone. */
  roleOf(user: UserRecord, repository: RepositoryRecord): RepositoryRole | null {
    if (user.id === repository.ownerId || this.ownsOrganization(user, repository.ownerId)) return 'admin'
    const login = [...repository.collaborators.keys()].find((name) => name.toLowerCase() === user.login.toLowerCase())
    return repository.collaborators.get(login ?? '') ?? (repository.private ? null : 'read')
  }

  /** The check suite of an app on a commit; made at the first need. */
  suiteId(repositoryId: number, sha: string, appSlug: string): number {
    return keyed(this.suites, `${repositoryId}/${sha}/${appSlug}`, () => this.ids.take('suite'))
  }
  workflowId(repositoryId: number, path: string): number {
    return keyed(this.workflowIds, `${repositoryId}/${path}`, () => this.ids.take('workflow'))
  }
  /** A token of whatever kind, alive from now on. */
  addToken(token: Omit<TokenRecord, 'createdAt' | 'revoked'>): TokenRecord {
    const record = { ...token, createdAt: this.now(), revoked: false }
    this.tokens.set(token.token, record)
    return record
  }
  gitDirOf(owner: string, name: string): string {
    return join(this.directory, `${owner}/${name}.git`)
  }
}

function keyed(map: Map<string, number>, key: string, make: () => number): number {
  const id = map.get(key) ?? make()
  map.set(key, id)
  return id
}

function find<T>(map: ReadonlyMap<unknown, T>, matches: (value: T) => boolean): T | null {
  for (const value of map.values()) if (matches(value)) return value
  return null
}

function missing(what: string): never {
  throw new Error(`The local GitHub has no ${what}.`)
}
