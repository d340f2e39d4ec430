/** `npm run setup`: the terminal's way from an app without an App to one with it, and what it says when that fails. */
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

import { expect, onTestFinished, test } from 'vitest'

import { ownEnvironment } from '../support/own-environment.ts'
import { createOnGitHub, openSetUpWorld, tokenOf } from '../support/set-up.ts'

const MAIN = fileURLToPath(new URL('../../cli/setup.ts', import.meta.url))

/** The terminal, as far as it has got. */
function terminal(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [MAIN, ...args], { env: ownEnvironment(env) })
  child.stdin.end()
  onTestFinished(() => void child.kill())
  let out = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  const errors = text(child.stderr)
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    child.on('close', (code) => void errors.then((err) => resolve({ code, out, err })))
  })
  return { out: () => out, ended }
}

const unescaped = (html: string): string =>
  html.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
const attribute = (html: string, pattern: RegExp): string => unescaped(pattern.exec(html)?.[1] ?? '')

test('the App is made by a press on GitHub, and the app works without a restart', async () => {
  const stage = await openSetUpWorld()
  const { world } = stage
  const replica = await stage.start()
  const link = `${world.appUrl}/setup?token=${await tokenOf(replica)}`
  const set = terminal([link, '--org', 'acme', '--name', 'Acme agents', '--show-values'], { ADMINS: 'octocat' })
  await expect.poll(() => set.out()).toMatch(/http:\/\/127\.0\.0\.1:\d+\/[\w-]{22}\n/)
  const page = /http:\/\/127\.0\.0\.1:\d+\/[\w-]{22}/.exec(set.out())![0]
  expect(set.out()).toContain('issues: write  To read the issue')

  // Nobody else finds the page, and no other site's answer counts.
  expect((await fetch(new URL('/', page))).status).toBe(404)
  expect((await fetch(`${page}/created?code=abc&state=other`)).status).toBe(400)
  const shown = await fetch(page)
  expect(shown.headers.get('content-security-policy')).toContain(`form-action ${world.github.url};`)
  const html = await shown.text()
  const form = { action: attribute(html, /action="([^"]*)"/), manifest: attribute(html, /value="([^"]*)"/) }
  expect(new URL(form.action).pathname).toBe('/organizations/acme/settings/apps/new')
  const { redirect_url: back } = JSON.parse(form.manifest) as { redirect_url: string }
  expect(back).toBe(`${page}/created`)

  const answer = new URLSearchParams(await createOnGitHub(world, form, 'Acme agents'))
  const led = await fetch(`${back}?${answer.toString()}`, { redirect: 'manual' })
  const installUrl = `${world.github.url}/apps/acme-agents/installations/new`
  expect([led.status, led.headers.get('location')]).toEqual([302, installUrl])
  const { code, out, err } = await set.ended
  expect([code, err]).toEqual([0, ''])
  expect(out).toContain('✓ Acme agents is stored: ')
  expect(out).toContain(`APP_ID=${world.github.app.id}\n`)
  expect(out).toContain(`Choose repositories: ${installUrl}\n`)
  await expect
    .poll(() =>
      fetch(`${replica.url}/api/session`).then(
        ({ status }) => status,
        () => 0,
      ),
    )
    .toBe(200)

  expect(await terminal([link]).ended).toMatchObject({ code: 2, err: expect.stringContaining('is set up already') })
}, 120_000)

test('an App that is there is taken by the values of the environment; what does not fit is said in the app’s words', async () => {
  const stage = await openSetUpWorld({ registered: true })
  const { world } = stage
  const replica = await stage.start()
  const link = `${world.appUrl}/setup?token=${await tokenOf(replica)}`
  expect(await terminal([]).ended).toMatchObject({ code: 2, err: expect.stringContaining('Usage: npm run setup') })
  expect(await terminal(['--help']).ended).toMatchObject({ code: 0, out: expect.stringContaining('--existing') })
  expect(await terminal(['nonsense']).ended).toMatchObject({ code: 2, err: expect.stringContaining('setup_needed') })
  const wrong = `${world.appUrl}/setup?token=${'A'.repeat(43)}`
  expect(await terminal([wrong]).ended).toMatchObject({ code: 3, err: expect.stringContaining('was used already') })
  const nowhere = 'http://127.0.0.1:9/setup?token=x'
  expect(await terminal([nowhere]).ended).toMatchObject({ code: 4, err: expect.stringContaining('cannot be reached') })

  const { id, privateKeyPem, webhookSecret, clientId, clientSecret } = world.github.app
  const set = await terminal([link, '--existing'], {
    APP_ID: String(id),
    PRIVATE_KEY: privateKeyPem,
    WEBHOOK_SECRET: webhookSecret,
    CLIENT_ID: clientId,
    CLIENT_SECRET: clientSecret,
    ADMINS: 'octocat',
  }).ended
  expect(set).toMatchObject({ code: 0, err: '' })
  await expect
    .poll(() =>
      fetch(`${replica.url}/api/session`).then(
        ({ status }) => status,
        () => 0,
      ),
    )
    .toBe(200)
}, 120_000)
