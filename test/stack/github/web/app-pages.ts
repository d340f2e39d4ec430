/** The pages on which a person registers the App from a manifest and installs it; each act returns to the App's address. */
import { install } from '../acts/installations.ts'
import { manifestProblem, nameProblem, registerApp } from '../acts/apps.ts'
import type { Manifest } from '../acts/apps.ts'
import type { UserRecord } from '../records.ts'
import type { Webhooks } from '../webhooks.ts'
import type { World } from '../world.ts'
import { html, page } from './html.ts'
import type { WebAnswer } from './oauth.ts'

const HTML = { 'content-type': 'text/html; charset=utf-8' }
const shown = (status: number, body: string): WebAnswer => ({ status, headers: HTML, body })
const missing: WebAnswer = { status: 404, headers: { 'content-type': 'text/plain' }, body: 'Not Found' }

interface Asked {
  method: string
  url: URL
  form: Record<string, string>
}

/** Answers for `/settings/apps/new`, the same below an organization, and the App's own pages; null is another page. */
export function appPages(world: World, webhooks: Webhooks, asked: Asked, signInAs: string | null): WebAnswer | null {
  const { pathname } = asked.url
  const organization = /^\/organizations\/([^/]+)\/settings\/apps\/(?:new|register)$/.exec(pathname)?.[1]
  const owner = organization === undefined ? personal(world, signInAs) : world.findUser(organization)
  if (pathname.endsWith('/settings/apps/new') && asked.method === 'POST') return owner ? confirm(asked, owner) : missing
  if (pathname.endsWith('/settings/apps/register')) return owner ? register(world, webhooks, asked, owner) : missing
  const [, slug, rest] = /^\/apps\/([^/]+)(\/installations\/new)?$/.exec(pathname) ?? []
  if (slug === undefined) return null
  if (!world.registered || slug !== world.app.slug) return missing
  if (rest === undefined) return shown(200, page(world.app.name, html`<h1>${world.app.name}</h1>`))
  return asked.method === 'POST' ? installed(world, asked) : shown(200, accounts(world))
}

const personal = (world: World, signInAs: string | null): UserRecord | null =>
  signInAs === null ? ([...world.users.values()].find(({ type }) => type === 'User') ?? null) : world.user(signInAs)

/** What GitHub shows for the posted manifest: the name can be changed, the rest is as the App wants it. */
function confirm({ url, form }: Asked, owner: UserRecord, problem: string | null = null): WebAnswer {
  const text = form['manifest'] ?? ''
  const manifest = parsed(text)
  if (manifest === null || manifestProblem(manifest))
    return shown(422, page('Invalid', html`<h1>Invalid manifest</h1>`))
  const permissions = Object.entries(manifest.default_permissions ?? {})
  const action = url.pathname.replace(/\/new$/, '/register')
  const body = html`<h1>Create GitHub App for ${owner.login}</h1>
    ${problem !== null && html`<p role="alert">${problem}</p>`}
    <ul>
      ${permissions.map(([name, level]) => html`<li>${name}: ${level}</li>`)}
    </ul>
    <form method="post" action="${action}">
      <input type="hidden" name="manifest" value="${text}" />
      <input type="hidden" name="state" value="${url.searchParams.get('state') ?? form['state'] ?? ''}" />
      <p>
        <label>GitHub App name <input name="name" value="${form['name'] ?? manifest.name ?? ''}" /></label>
      </p>
      <p><button>Create GitHub App for ${owner.login}</button></p>
    </form>`
  return shown(problem === null ? 200 : 422, page('Create GitHub App', body))
}

function register(world: World, webhooks: Webhooks, asked: Asked, owner: UserRecord): WebAnswer {
  const manifest = parsed(asked.form['manifest'] ?? '')
  const name = asked.form['name'] ?? ''
  if (manifest === null || asked.method !== 'POST') return missing
  const problem = nameProblem(world, name)
  if (problem !== null) return confirm(asked, owner, problem)
  const code = registerApp(world, owner, name, manifest)
  const hook = manifest.hook_attributes
  webhooks.url = hook?.url ?? null
  if (hook?.active !== false) webhooks.ping()
  const back = new URL(manifest.redirect_url)
  back.searchParams.set('code', code)
  if (asked.form['state']) back.searchParams.set('state', asked.form['state'])
  return { status: 302, headers: { location: back.href } }
}

function accounts(world: World): string {
  const owners = [...new Set([...world.repositories.values()].map((repository) => repository.ownerId))]
  const choices = owners.map((id) => world.userById(id).login)
  const buttons = choices.map(
    (login) => html`<p><button name="account" value="${login}">Install on ${login}</button></p>`,
  )
  return page(
    'Install',
    html`<h1>Install ${world.app.name}</h1>
      <form method="post">${buttons}</form>`,
  )
}

function installed(world: World, { form }: Asked): WebAnswer {
  const account = world.findUser(form['account'] ?? '')
  if (!account) return missing
  const { id } = install(world, account, 'all', account)
  if (world.setupUrl === null) return { status: 302, headers: { location: `/${account.login}` } }
  const back = new URL(world.setupUrl)
  back.searchParams.set('installation_id', String(id))
  back.searchParams.set('setup_action', 'install')
  return { status: 302, headers: { location: back.href } }
}

function parsed(text: string): Manifest | null {
  try {
    return JSON.parse(text) as Manifest
  } catch {
    return null
  }
}
