/** Simple pages of what is there, so that links in comments and dashboards lead somewhere. */
import type { IssueRecord, RepositoryRecord, UserRecord } from '../records.ts'
import { commentHtml, iso, issueHtml } from '../views/common.ts'
import { runHtml } from '../views/actions.ts'
import type { World } from '../world.ts'
import type { Markup } from './html.ts'
import { html, page } from './html.ts'
import { markdown } from './markdown.ts'

/** Which person signs in, as the sign-in page of the local GitHub asks. */
export function accountChoice(world: World, url: URL): string {
  const links = people(world).map((user) => {
    const target = new URL(url)
    target.searchParams.set('login', user.login)
    return html`<li>
      <a href="${target.pathname}${target.search}">Continue as <b>${user.login}</b></a>
    </li>`
  })
  const deny = `/login/oauth/deny${url.search}`
  return page(
    'Sign in',
    html`<h1>Authorize ${world.app.name}</h1>
      <p>Who are you?</p>
      <ul>
        ${links}
      </ul>
      <p><a href="${deny}">Cancel</a></p>`,
  )
}

const people = (world: World): UserRecord[] => [...world.users.values()].filter((user) => user.type === 'User')

export function homePage(world: World): string {
  const repositories = [...world.repositories.values()].map(
    (r) => html`<li><a href="/${r.fullName}">${r.fullName}</a>${r.private && ' (private)'}</li>`,
  )
  return page(
    'The local GitHub',
    html`<h1>Repositories</h1>
      <ul>
        ${repositories}
      </ul>`,
  )
}

export function accountPage(world: World, user: UserRecord): string {
  const owned = [...world.repositories.values()].filter((r) => r.ownerId === user.id)
  const list = owned.map((r) => html`<li><a href="/${r.fullName}">${r.fullName}</a></li>`)
  return page(
    user.login,
    html`<h1>${user.login}</h1>
      <p>${user.type}</p>
      <ul>
        ${list}
      </ul>`,
  )
}

export function repositoryPage(world: World, repository: RepositoryRecord): string {
  const all = [...world.issues.values()].filter((i) => i.repositoryId === repository.id).toReversed()
  const rows = (pulls: boolean) =>
    all
      .filter((i) => i.isPull === pulls)
      .map(
        (i) =>
          html`<li>
            <a href="${issueHtml(world, i)}">#${i.number} ${i.title}</a> ${stateWord(world, i)} ${labels(world, i)}
          </li>`,
      )
  const runs = [...world.workflowRuns.values()]
    .filter((r) => r.repositoryId === repository.id)
    .toReversed()
    .map((r) => html`<li><a href="${runHtml(world, r)}">${r.displayTitle}</a> ${r.conclusion ?? r.status}</li>`)
  const clone = html`<p><code>git clone ${world.url}/${repository.fullName}.git</code></p>`
  const lists = html`<h2>Issues</h2>
    <ul>
      ${rows(false)}
    </ul>
    <h2>Pull requests</h2>
    <ul>
      ${rows(true)}
    </ul>
    <h2>Actions</h2>
    <ul>
      ${runs}
    </ul>`
  return page(
    repository.fullName,
    html`<h1>${repository.fullName}</h1>
      ${clone}${newIssueForm(world, repository)}${lists}`,
  )
}

function stateWord(world: World, issue: IssueRecord): string {
  return issue.isPull && world.pull(issue.repositoryId, issue.number).merged ? 'merged' : issue.state
}
function labels(world: World, issue: IssueRecord): Markup[] {
  return world.labelsOf(issue).map((label) => html`<span class="label">${label.name}</span> `)
}
function asPerson(world: World): Markup {
  const options = people(world).map((user) => html`<option>${user.login}</option>`)
  return html`<label
    >as
    <select name="by">
      ${options}
    </select></label
  >`
}
function newIssueForm(world: World, repository: RepositoryRecord): Markup {
  return html`<details>
    <summary>New issue</summary>
    <form method="post" action="/${repository.fullName}/issues">
      <p><input name="title" placeholder="Title" required size="60" /></p>
      <p><textarea name="body"></textarea></p>
      <p>${asPerson(world)} <button>Create</button></p>
    </form>
  </details>`
}

export function issuePage(world: World, issue: IssueRecord, diff: string | null): string {
  const repository = world.repositoryById(issue.repositoryId)
  const author = world.userById(issue.userId).login
  const comments = world.commentsOf(issue).map((comment) => {
    const by = world.userById(comment.userId).login
    const link = html`<a href="${commentHtml(world, comment)}">${iso(comment.createdAt)}</a>`
    const reactions = reactionsOf(world, 'comment', comment.id)
    const folded = comment.minimized === null ? '' : ` (hidden as ${comment.minimized})`
    return html`<article id="issuecomment-${comment.id}">
      <header><b>${by}</b> ${link}${folded} ${reactions}</header>
      <div class="text">${markdown(comment.body, `${world.url}/${repository.fullName}`)}</div>
    </article>`
  })
  const path = `/${repository.fullName}/issues/${issue.number}`
  const act = (name: string, word: string) => html`<button name="act" value="${name}" formnovalidate>${word}</button> `
  const buttons = [
    act('comment', 'Comment'),
    issue.state === 'open' ? act('close', 'Close') : act('reopen', 'Reopen'),
    ...(issue.isPull && issue.state === 'open' ? [act('merge', 'Merge')] : []),
  ]
  const form = html`<form method="post" action="${path}">
    <p><textarea name="body" placeholder="/assign-agent"></textarea></p>
    <p>
      ${asPerson(world)} ${buttons}
      <input name="label" placeholder="label" /> ${act('label', 'Add label')}${act('unlabel', 'Remove label')}
    </p>
  </form>`
  const branches = issue.isPull ? world.pull(repository.id, issue.number) : null
  const title = html`<h1>${issue.title} <small>#${issue.number}</small></h1>
    <p>${stateWord(world, issue)} ${labels(world, issue)}</p>`
  const from =
    branches &&
    html`<p><code>${branches.baseRef}</code> ← <code>${branches.headRef}</code></p>
      ${checks(world, branches.headSha)}`
  const opened = html`<article>
    <header><b>${author}</b> ${iso(issue.createdAt)} ${reactionsOf(world, 'issue', issue.id)}</header>
    <div class="text">${markdown(issue.body ?? '', `${world.url}/${repository.fullName}`)}</div>
  </article>`
  const changes =
    diff !== null &&
    html`<h2>Changes</h2>
      <article><pre>${diff}</pre></article>`
  const up = html`<p><a href="/${repository.fullName}">${repository.fullName}</a></p>`
  return page(
    `${issue.title} · ${repository.fullName}`,
    html`${up}${title}${from}${opened}${comments}${form}${changes}`,
  )
}

const emoji = {
  '+1': '👍',
  '-1': '👎',
  laugh: '😄',
  hooray: '🎉',
  confused: '😕',
  heart: '❤️',
  rocket: '🚀',
  eyes: '👀',
}
function reactionsOf(world: World, subject: 'issue' | 'comment', id: number): string {
  const mine = [...world.reactions.values()].filter((r) => r.subject === subject && r.subjectId === id)
  return mine.map((r) => emoji[r.content]).join(' ')
}

function checks(world: World, sha: string): Markup {
  const rows = [...world.checkRuns.values()]
    .filter((c) => c.headSha === sha)
    .map(
      (c) =>
        html`<li>
          <a href="${c.detailsUrl ?? '#'}">${c.name}</a>: ${c.conclusion ?? c.status} ${c.output.title ?? ''}
        </li>`,
    )
  return html`<ul>
    ${rows}
  </ul>`
}

export function runPage(world: World, id: number): string | null {
  const run = world.workflowRuns.get(id)
  if (!run) return null
  const rows = world.jobsOf(run).map((record) => {
    const steps = record.steps.map((s) => html`<li>${s.name}: ${s.conclusion ?? s.status}</li>`)
    return html`<h2>${record.name}: ${record.conclusion ?? record.status}</h2>
      <ol>
        ${steps}
      </ol>
      <article><pre>${record.logs}</pre></article>`
  })
  return page(
    run.displayTitle,
    html`<h1>${run.displayTitle}</h1>
      <p>${run.name}, ${run.event}, ${run.conclusion ?? run.status}</p>
      ${rows}`,
  )
}
