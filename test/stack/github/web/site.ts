/** The web host besides git: sign-in, pages with a few buttons for people, avatars, downloads. */
import { setIssueState, setLabels, addComment, openIssue } from '../acts/issues.ts'
import { mergePull } from '../acts/merge.ts'
import { person } from '../auth.ts'
import { mergeBase, unifiedDiff } from '../git/history.ts'
import type { IssueRecord, RepositoryRecord } from '../records.ts'
import { isSigned } from '../signed-urls.ts'
import type { Webhooks } from '../webhooks.ts'
import type { World } from '../world.ts'
import { appPages } from './app-pages.ts'
import { accountPage, homePage, issuePage, repositoryPage, runPage } from './pages.ts'
import type { OAuth, WebAnswer } from './oauth.ts'

const HTML = { 'content-type': 'text/html; charset=utf-8' }
const missing: WebAnswer = { status: 404, headers: { 'content-type': 'text/plain' }, body: 'Not Found' }
const pageOf = (text: string | null): WebAnswer =>
  text === null ? missing : { status: 200, headers: HTML, body: text }

export interface WebRequest {
  method: string
  url: URL
  form: Record<string, string>
  accept: string
}

export class Site {
  private readonly world: World
  private readonly oauth: OAuth
  private readonly webhooks: Webhooks
  private readonly signInAs: string | null

  constructor(parts: { world: World; oauth: OAuth; webhooks: Webhooks; signInAs: string | null }) {
    this.world = parts.world
    this.oauth = parts.oauth
    this.webhooks = parts.webhooks
    this.signInAs = parts.signInAs
  }

  async answer(request: WebRequest): Promise<WebAnswer> {
    const { method, url } = request
    if (url.pathname === '/login/oauth/authorize') return this.oauth.authorize(url)
    if (url.pathname === '/login/oauth/deny') return this.oauth.deny(url)
    if (url.pathname === '/login/oauth/access_token' && method === 'POST') return this.token(request)
    if (url.pathname.startsWith('/_')) return this.download(url)
    const avatar = /^\/avatars\/u\/(\d+)$/.exec(url.pathname)
    if (avatar) return { status: 200, headers: { 'content-type': 'image/svg+xml' }, body: identicon(Number(avatar[1])) }
    const ofApp = appPages(this.world, this.webhooks, request, this.signInAs)
    if (ofApp) return ofApp
    return method === 'POST' ? this.act(request) : this.page(url.pathname)
  }

  private token({ form, accept }: WebRequest): WebAnswer {
    const answer = this.oauth.token(form)
    if (accept.includes('json'))
      return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(answer) }
    const pairs = Object.entries(answer).map(([key, value]): [string, string] => [key, String(value)])
    const body = new URLSearchParams(pairs).toString()
    return { status: 200, headers: { 'content-type': 'application/x-www-form-urlencoded' }, body }
  }

  private download(url: URL): WebAnswer {
    const [, kind, id] = /^\/_(artifacts|logs)\/(\d+)$/.exec(url.pathname) ?? []
    if (kind === undefined || !isSigned(this.world, url))
      return { ...missing, status: 403, body: 'The link has expired.' }
    if (kind === 'logs') {
      const found = this.world.workflowJobs.get(Number(id))
      return found ? { status: 200, headers: { 'content-type': 'text/plain' }, body: found.logs } : missing
    }
    const artifact = this.world.artifacts.get(Number(id))
    if (!artifact) return missing
    const disposition = `attachment; filename="${encodeURIComponent(artifact.name)}.zip"`
    const headers = { 'content-type': 'application/zip', 'content-disposition': disposition }
    return { status: 200, headers, body: artifact.zip }
  }

  private async page(path: string): Promise<WebAnswer> {
    const [owner, name, kind, id] = path.split('/').filter(Boolean).map(decodeURIComponent)
    if (owner === undefined) return pageOf(homePage(this.world))
    if (name === undefined) {
      const user = this.world.findUser(owner)
      return pageOf(user && accountPage(this.world, user))
    }
    const repository = this.world.findRepository(`${owner}/${name}`)
    if (!repository) return missing
    if ((kind === 'issues' || kind === 'pull') && id !== undefined) {
      const issue = this.world.findIssue(repository.id, Number(id.replace(/\.diff$/, '')))
      if (!issue) return missing
      const diff = await this.diff(repository, issue)
      if (id.endsWith('.diff'))
        return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: diff ?? '' }
      return pageOf(issuePage(this.world, issue, diff))
    }
    if (kind === 'actions') return pageOf(runPage(this.world, Number(path.split('/')[5])))
    return pageOf(repositoryPage(this.world, repository))
  }

  private async diff(repository: RepositoryRecord, issue: IssueRecord): Promise<string | null> {
    if (!issue.isPull) return null
    const pull = this.world.pull(repository.id, issue.number)
    const from = await mergeBase(repository.gitDir, pull.baseSha, pull.headSha)
    return unifiedDiff(repository.gitDir, from ?? pull.baseSha, pull.headSha)
  }

  /** What a person does with the pages' buttons; whose account it is they say themselves. */
  private async act({ url, form }: WebRequest): Promise<WebAnswer> {
    const [owner, name, kind, number] = url.pathname.split('/').filter(Boolean)
    const repository = this.world.findRepository(`${owner}/${name}`)
    if (!repository || kind !== 'issues') return missing
    const actor = person(this.world, form['by'] ?? '')
    if (number === undefined) {
      const issue = openIssue(this.world, actor, repository, { title: form['title'] ?? '', body: form['body'] ?? '' })
      return { status: 303, headers: { location: `/${repository.fullName}/issues/${issue.number}` } }
    }
    const issue = this.world.findIssue(repository.id, Number(number))
    if (!issue) return missing
    const labels = this.world.labelsOf(issue).map((label) => label.name)
    const label = form['label'] ?? ''
    const act = form['act'] ?? 'comment'
    if (act === 'comment' && form['body']) addComment(this.world, actor, issue, form['body'])
    else if (act === 'close' || act === 'reopen')
      setIssueState(this.world, actor, issue, act === 'close' ? 'closed' : 'open')
    else if (act === 'label' && label) setLabels(this.world, actor, issue, [...labels, label])
    else if (act === 'unlabel')
      setLabels(
        this.world,
        actor,
        issue,
        labels.filter((l) => l !== label),
      )
    else if (act === 'merge') await mergePull(this.world, actor, this.world.pull(repository.id, issue.number))
    return {
      status: 303,
      headers: { location: `/${repository.fullName}/${issue.isPull ? 'pull' : 'issues'}/${number}` },
    }
  }
}

/** A small picture that differs between accounts. */
function identicon(id: number): string {
  const hue = (id * 47) % 360
  const cells = Array.from({ length: 15 }, (_, i) => ((id * 2_654_435_761) >>> i) & 1)
  const squares = cells.flatMap((on, i) => {
    const [column, row] = [i % 3, Math.floor(i / 3)]
    return on ? [column, 4 - column].map((x) => `<rect x="${x}" y="${row}" width="1" height="1"/>`) : []
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-.5 -.5 6 6" fill="hsl(${hue},55%,55%)">${squares.join('')}</svg>`
}
