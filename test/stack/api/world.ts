/** The API as people meet it: the real server, store, engine and feed; GitHub's answers are plain tables. */
import { createHash } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { githubOAuth } from '../../../app/github/oauth.ts'
import { Access } from '../../../app/http/api/access.ts'
import type { Level } from '../../../app/http/api/access.ts'
import { assigner } from '../../../app/http/api/assign.ts'
import { identifier } from '../../../app/http/api/identity.ts'
import type { IdentityDeps } from '../../../app/http/api/identity.ts'
import { Owners } from '../../../app/http/api/owners.ts'
import type { IssueFacts, OpenIssue } from '../../../app/domain/issue-facts.ts'
import type { ApiPorts, GitHubReads, StreamClocks } from '../../../app/http/api/ports.ts'
import { apiRoutes } from '../../../app/http/api/routes.ts'
import { createServer } from '../../../app/http/server.ts'
import { RunFeed } from '../../../app/store/feed.ts'
import { idempotencyStore } from '../../../app/store/idempotency.ts'
import { logStore } from '../../../app/store/logs.ts'
import { RunNews } from '../../../app/store/news.ts'
import { proposalStore } from '../../../app/store/proposals.ts'
import { sessionStore } from '../../../app/store/sessions.ts'
import type { SessionStore } from '../../../app/store/sessions.ts'
import { agentOnboardingStore } from '../../../app/store/agent-onboarding.ts'
import { documentStore } from '../../../app/store/documents.ts'
import { agentRuns } from '../../../app/store/agent-runs.ts'
import { runSearch } from '../../../app/store/run-search.ts'
import { auditStore } from '../../../app/store/audit.ts'
import { switchStore } from '../../../app/store/switch.ts'
import type { SwitchStore } from '../../../app/store/switch.ts'
import type { LedgerEventBody } from '#contracts/api.ts'
import { neededPermissions } from '#domain/app-permissions.ts'
import type { RepositoryRef } from '#domain/events.ts'
import { defaultClocks } from '#domain/policy.ts'
import { sandboxKinds } from '#domain/render/agents.ts'
import { GitHubError } from '../../../app/github/errors.ts'
import { asDescribed, expectNoDrift } from '../http/as-described.ts'
import { activityReads, activityTable } from './activity.ts'
import type { ActivityTable } from './activity.ts'
import { adminSide } from './admin.ts'
import type { AdminSide } from './admin.ts'
import { signInStandIn } from './github-sign-in.ts'
import type { SignInStandIn } from './github-sign-in.ts'
import { subIssueReads, subIssueTable, treeIssue } from './sub-issues.ts'
import type { SubIssueTable } from './sub-issues.ts'
import { octocat, runsWorld, shop, vault } from './runs.ts'
import type { RunsWorld } from './runs.ts'

/** What the app believes to be its address; tests speak to it where it listens. */
export const PUBLIC_URL = 'http://127.0.0.1'
export const SECRET_KEY = 'k'.repeat(32)
const tokenOf = (name: string): string => `dh_${name}_token`
const digest = (text: string): string => createHash('sha256').update(text).digest('hex')

export interface Reply {
  status: number
  headers: IncomingHttpHeaders
  text: string
  /** The body as JSON, else empty. */
  json: ReplyBody
}
/** The fields that tests look into; which of them are there depends on the route. */
interface ReplyBody {
  id: string
  reference: string
  detail: string
  runs: { id: string }[]
  events: LedgerEventBody[]
  next: string | number | null
  svg: string
  markdown: string
  user: unknown
  assign: unknown
  tokens: unknown
}
export interface Ask {
  method?: string
  headers?: Record<string, string>
  body?: unknown
  /** Cookie header of a signed-in person. */
  as?: string
}

export interface ApiWorld extends AsyncDisposable, RunsWorld {
  url: string
  sessions: SessionStore
  github: SignInStandIn
  news: RunNews
  logs: ReturnType<typeof logStore>
  audit: ReturnType<typeof auditStore>
  killSwitch: SwitchStore
  admin: AdminSide
  /** Logins of those whom the App belongs to. */
  owners: Set<string>
  /** `<login>@<repository>` → level; a person who is not there has none. */
  levels: Map<string, Level>
  /** `<login>@<repository>` whose permission GitHub does not tell. */
  untold: Set<string>
  /** How often GitHub was asked for somebody's permission. */
  readonly asked: string[]
  /** Ids of repositories whose name is another's by now. */
  renamed: Set<number>
  /** What GitHub was asked for by the pages of a Run. */
  readonly read: string[]
  /** How often GitHub was asked whether a repository (by its number) is private. */
  readonly looked: number[]
  /** Repositories, by number, that are private or public now, whatever they were made as. */
  private: Map<number, boolean>
  githubIsAway: boolean
  issues: Map<string, IssueFacts>
  /** What is below issues, and how GitHub takes to being asked. */
  tree: SubIssueTable
  /** What was said on issues, and how pull requests stand. */
  activity: ActivityTable
  /** Which open issues block an issue, by `<repository>#<number>`. */
  blockers: Map<string, number[]>
  /** Commits of branches, by their names. */
  heads: Map<string, string>
  /** What GitHub compares, by `<base>...<head>`. */
  comparisons: Map<string, Awaited<ReturnType<GitHubReads['compare']>>>
  /** Texts of files, by `<sha>:<path>`. */
  texts: Map<string, string | null>
  proposals: ReturnType<typeof proposalStore>
  /** What the App was granted. */
  permissions: Record<string, string>
  /** The App is installed on repositories that GitHub's list leaves out. */
  moreInstalled: boolean
  /** Moves the app's clock. */
  pass(ms: number): void
  signIn(person?: { id: number; login: string }): Promise<string>
  bearer(name: 'reader' | 'writer' | 'admin' | 'everything'): Record<string, string>
  ask(path: string, options?: Ask): Promise<Reply>
}

export const openIssue: IssueFacts = {
  title: 'Add CSV export',
  body: 'As a clerk I want a file.',
  url: 'https://github.com/acme/shop/issues/1',
  state: 'open',
  locked: false,
  isPullRequest: false,
  isBlocked: null,
  labels: ['bug'],
  hasSubIssues: null,
}

export async function apiWorld(uri: string, streamClocks: Partial<StreamClocks> = {}): Promise<ApiWorld> {
  let passed = 0
  const now = (): number => Date.now() + passed
  const world = await runsWorld(uri, now)
  const sessions = sessionStore(world.connection)
  const logs = logStore(world.connection)
  const audit = auditStore(world.connection)
  const proposals = proposalStore(world.connection)
  const killSwitch = switchStore(world.connection)
  const keys = idempotencyStore(world.connection)
  const admin = await adminSide(world.connection)
  await Promise.all([sessions, logs, audit, killSwitch, keys].map((store) => store.ensureIndexes()))
  const github = await signInStandIn('Iv1.demo', 'client-secret')
  const feed = new RunFeed(world.connection, world.store, { backoffBaseMs: 5 })
  const news = new RunNews(feed, world.store)
  await feed.start()
  const repositories: RepositoryRef[] = [shop, vault]
  const tree = subIssueTable()
  const activity = activityTable()
  const away = async <T>(answer: T): Promise<T> => {
    if (state.githubIsAway) throw new GitHubError('unavailable', 'GitHub is away')
    return answer
  }
  const { moveSubIssue, ...subIssues } = subIssueReads(tree, away)
  const access = new Access({
    isPrivate: ({ id, private: asMade }) => {
      state.looked.push(id)
      return away(state.private.get(id) ?? asMade)
    },
    permissionOf: (repository, login) => {
      const where = `${login}@${repository.name}`
      state.asked.push(where)
      if (state.untold.has(where)) return Promise.reject(new Error('GitHub broke'))
      return away(state.levels.get(where) ?? 'none')
    },
    isNamedSo: ({ id }) => away(!state.renamed.has(id)),
    repositories: () => world.store.repositories(),
    now,
  })
  const tokens = [
    { name: 'reader', digest: digest(tokenOf('reader')), repositories: 'acme/shop', role: 'read' },
    { name: 'writer', digest: digest(tokenOf('writer')), repositories: 'acme/*', role: 'write' },
    { name: 'admin', digest: digest(tokenOf('admin')), repositories: 'acme/shop', role: 'admin' },
    { name: 'everything', digest: digest(tokenOf('everything')), repositories: '*/*', role: 'admin' },
  ] satisfies IdentityDeps['tokens']
  const owners = new Owners({ ownsApp: (login) => away(state.owners.has(login)), now })
  const identify = identifier({
    tokens,
    admins: ['hubot'],
    owns: (user) => owners.owns(user),
    sessions,
    now,
  })
  const api: ApiPorts = {
    urls: { publicUrl: PUBLIC_URL, githubUrl: 'https://github.com' },
    secretKey: SECRET_KEY,
    agents: ['stub', 'other'],
    access,
    tokens,
    identify,
    runs: world.store,
    agentRuns: agentRuns(world.connection),
    runSearch: runSearch(world.connection),
    agentOnboarding: agentOnboardingStore(world.connection),
    documents: documentStore(
      world.connection,
      new Map([
        ['dev', 'Work well.\n'],
        ['qa', 'Look twice.\n'],
      ]),
    ),
    settings: {
      triggerLabel: 'agent',
      labelRemovalCancels: true,
      allowedBots: ['renovate[bot]'],
      notify: 'needs-me',
      executor: null,
      sandboxes: sandboxKinds('local', false),
      clocks: defaultClocks,
    },
    logs,
    proposals,
    github: {
      head: (_, ref) => {
        state.read.push(`head ${ref}`)
        return away(state.heads.get(ref) ?? null)
      },
      fileAt: (_, sha, path) => {
        const text = state.texts.get(`${sha}:${path}`)
        return away(text === undefined ? null : { text })
      },
      compare: (_, base, head) => {
        state.read.push(`compare ${head}`)
        return away(state.comparisons.get(`${base}...${head}`) ?? null)
      },
      repository: (owner, name) => away(repositories.find((r) => r.owner === owner && r.name === name) ?? null),
      issue: (repository, number) => {
        state.read.push(`issue ${number}`)
        return away(state.issues.get(`${repository.name}#${number}`) ?? null)
      },
      ...subIssues,
      ...activityReads(activity, (key) => state.issues.has(key), away),
      openBlockers: ({ name }, number) => away(state.blockers.get(`${name}#${number}`) ?? []),
      blockedBy: ({ name }, number) =>
        away(
          (state.blockers.get(`${name}#${number}`) ?? []).map((by) =>
            treeIssue(name, by, { state: state.issues.get(`${name}#${by}`)?.state ?? 'open' }),
          ),
        ),
      openIssues: ({ name }) => away(openOf(state.issues, name, tree)),
      installedRepositories: () => away({ repositories, more: state.moreInstalled }),
      grantedPermissions: () => away({ permissions: state.permissions, suspended: false, url: 'https://github.com/x' }),
    },
    feed,
    news,
    assign: assigner({
      issue: (repository, number) => away(state.issues.get(`${repository.name}#${number}`) ?? null),
      isBranch: ({ defaultBranch }, branch) => away(branch === defaultBranch || state.heads.has(branch)),
      agents: ['stub', 'other'],
      timeoutMsMax: defaultClocks.runMs,
      request: (spec) => world.engine.request(spec),
      now,
    }),
    retry: (id, by, told) => world.engine.retry(id, by.login, by.id, { via: 'api', ...told }),
    resume: (id, by, asked) => world.engine.resume(id, by, 'api', asked),
    advance: (id) => world.engine.advance(id),
    submit: (id, input, ip) => world.engine.submit(id, input, ip),
    moveSubIssue,
    killSwitch,
    audit: (event) => audit.record(event),
    admin: admin.ports,
    page: async (_req, res) => void res.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>'),
    now,
    streamClocks,
  }
  const oauth = githubOAuth({
    githubUrl: github.url,
    githubApiUrl: github.url,
    clientId: 'Iv1.demo',
    clientSecret: 'client-secret',
  })
  const auth = { publicUrl: PUBLIC_URL, version: '0.1.0', notice: 'A place to try things.', sessions, oauth, now }
  const silent = { info: () => {}, warn: () => {}, error: () => {} }
  const server = createServer({
    routes: apiRoutes({ auth, api }),
    publicUrl: PUBLIC_URL,
    identify,
    log: silent,
    rejections: { reject: () => {} },
    webRoot: join(tmpdir(), 'no-web-here'),
    pingStore: async () => {},
    keys,
    now,
    version: '0.1.0',
    checkAnswer: asDescribed,
  })
  const url = await server.listen(0)
  const state: ApiWorld = {
    ...world,
    url,
    sessions,
    github,
    news,
    logs,
    audit,
    killSwitch,
    admin,
    owners: new Set(),
    levels: new Map([['octocat@shop', 'write']]),
    untold: new Set(),
    asked: [],
    renamed: new Set(),
    read: [],
    looked: [],
    private: new Map(),
    githubIsAway: false,
    issues: new Map([['shop#1', openIssue]]),
    tree,
    activity,
    blockers: new Map(),
    heads: new Map(),
    comparisons: new Map(),
    texts: new Map(),
    proposals,
    permissions: { ...neededPermissions },
    moreInstalled: false,
    pass: (ms) => {
      passed += ms
    },
    signIn: async (person = octocat) => `__Host-deckhand=${await sessions.open({ ...person, avatarUrl: '' }, now())}`,
    bearer: (name) => ({ authorization: `Bearer ${tokenOf(name)}` }),
    ask: (path, options) => ask(url, path, options),
    [Symbol.asyncDispose]: async () => {
      await server.close()
      await feed.stop()
      await github[Symbol.asyncDispose]()
      await world[Symbol.asyncDispose]()
      expectNoDrift()
    },
  }
  return state
}

/** The open issues of one repository; higher numbers changed later. */
function openOf(issues: ApiWorld['issues'], repository: string, tree: SubIssueTable): OpenIssue[] {
  return [...issues].flatMap(([key, { title, url, labels, state, isPullRequest }]) => {
    const [name, number] = key.split('#')
    if (name !== repository || state !== 'open' || isPullRequest) return []
    const isSubIssue = [...tree.below.values()].flat().some((i) => `${i.name}#${i.number}` === key)
    const family = { hasSubIssues: tree.below.has(key), isSubIssue }
    return [
      { id: Number(number), number: Number(number), title, url, labels, updatedAt: Number(number) * 1_000, ...family },
    ]
  })
}

/** A plain request: nothing is followed, nothing is kept, no header is added that a test did not name. */
function ask(base: string, path: string, { method = 'GET', headers = {}, body, as }: Ask = {}): Promise<Reply> {
  const data = body === undefined ? '' : JSON.stringify(body)
  const own = {
    ...(body === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(data)) }),
    ...(as === undefined ? {} : { cookie: as }),
    ...(as !== undefined && method !== 'GET' ? { 'sec-fetch-site': 'same-origin' } : {}),
  }
  return new Promise((resolve, reject) => {
    const req = httpRequest(new URL(path, base), { method, agent: false, headers: { ...own, ...headers } }, (res) => {
      let text = ''
      res.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      res.on('end', () => {
        const isJson = /[/+]json/.test(res.headers['content-type'] ?? '') && text !== ''
        resolve({ status: res.statusCode ?? 0, headers: res.headers, text, json: isJson ? JSON.parse(text) : {} })
      })
    })
    req.on('error', reject)
    req.end(data)
  })
}
