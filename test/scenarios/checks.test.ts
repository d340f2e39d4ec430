/** An installation is checked on its page and in the terminal, with the same words: all is well, and then one thing after the other is not. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

import { expect, test } from 'vitest'

import type { CheckBody, ChecksBody } from '../../app/contracts/checks.ts'
import { manifestPermissions } from '../stack/app-manifest.ts'
import { ownEnvironment } from '../support/own-environment.ts'
import { openStage } from '../support/scenario.ts'
import { REPOSITORY, ROOT } from '../stack/world.ts'

const CALLER = '.github/workflows/deckhand.yml'

test('the check page and the doctor find the same, and say where each thing is put right', async () => {
  const { world, api, until } = await openStage()
  const { github } = world
  const check = async () => ((await (await api('/api/admin/checks')).json()) as ChecksBody).checks
  const failed = (checks: CheckBody[]) => checks.filter(({ state }) => state === 'failed')

  // Whatever GitHub sends proves the way from there to here.
  world.openIssue()
  const good = await until('a check without a complaint', async () => {
    const checks = await check()
    return checks.every(({ state }) => state === 'ok') ? checks : null
  })
  expect(good.map(({ id }) => id)).toEqual([
    'database',
    'callback',
    'github',
    'clock',
    'token',
    'permissions',
    'webhook',
    'installation',
    'workflow',
    'sandbox',
  ])
  const green = await doctor(world.env, '--json')
  expect(green.code).toBe(0)
  const told = JSON.parse(green.out) as { ok: boolean; checks: CheckBody[] }
  expect(told.ok).toBe(true)
  const words = (checks: CheckBody[]) => checks.map(({ id, title }) => `${id} ${title}`)
  expect(words(told.checks)).toEqual(['settings Settings', ...words(good), 'disk Disk'])

  // A permission that an account did not grant, a file that is not there, a hook that leads elsewhere.
  const granted = await manifestPermissions(ROOT)
  github.setInstallationPermissions({ account: 'acme', permissions: { ...granted, checks: 'read' } })
  await github.push({ repository: REPOSITORY, by: 'octocat', message: 'Tidy up', files: { [CALLER]: null } })
  github.setWebhookUrl('https://elsewhere.example.com/hook')
  const bad = failed(await check())
  expect(bad.map(({ id, detail }) => `${id}: ${detail}`)).toEqual([
    'permissions: New permission needed: acme has not approved checks: write yet. An owner of acme has to.',
    `webhook: GitHub sends webhooks to https://elsewhere.example.com/hook. Set the App’s webhook URL to ${world.appUrl}/api/github/webhooks.`,
    `workflow: ${CALLER} is missing in ${REPOSITORY}.`,
  ])
  expect(bad[0]!.fix!.url).toMatch(/\/organizations\/acme\/settings\/installations\/\d+\/permissions\/update$/)
  const file = new URL(bad[2]!.fix!.url)
  expect(file.pathname).toBe(`/${REPOSITORY}/new/main`)
  expect(file.searchParams.get('filename')).toBe(CALLER)
  expect(file.searchParams.get('value')).toContain(
    `uses: ${world.deckhand.fullName}/.github/workflows/run-agent.yml@${world.deckhand.workflowSha}`,
  )
  const red = await doctor(world.env)
  expect(red.code).toBe(1)
  for (const { detail } of bad) expect(red.out).toContain(detail)
  github.setWebhookUrl(`${world.appUrl}/api/github/webhooks`)

  // Without the permission Deckhand proposes nothing; with it, one pull request, however often it is asked.
  const propose = () =>
    api('/api/admin/checks/onboarding', { method: 'POST', body: JSON.stringify({ repository: REPOSITORY }) })
  expect((await propose()).status).toBe(404)
  github.setInstallationPermissions({ account: 'acme', permissions: { ...granted, workflows: 'write' } })
  const offered = (await check()).find(({ id }) => id === 'workflow')
  expect(offered?.proposable).toBe(REPOSITORY)
  const proposed = await propose()
  const pull = (await proposed.json()) as { number: number }
  expect(proposed.status, JSON.stringify(pull)).toBe(200)
  expect(((await (await propose()).json()) as { number: number }).number).toBe(pull.number)
  await github.mergePull({ repository: REPOSITORY, number: pull.number, by: 'octocat' })
  expect(await github.readFile(REPOSITORY, 'refs/heads/main', CALLER)).toContain('deckhand.run')
  expect(failed(await check())).toEqual([])

  // What keeps the app itself from starting is told by the doctor alone.
  const { SECRET_KEY: _, ...without } = world.env
  expect((await doctor({ ...without, PORT: 'many' })).out).toContain('✗ Settings: PORT')
  const { APP_ID: _a, PRIVATE_KEY: _p, WEBHOOK_SECRET: _w, CLIENT_ID: _c, CLIENT_SECRET: _s, ...bare } = world.env
  expect(await doctor(bare)).toMatchObject({ code: 1, out: expect.stringContaining('no GitHub App yet') })
})

async function doctor(env: Record<string, string>, ...args: string[]): Promise<{ code: number; out: string }> {
  const options = { cwd: ROOT, env: ownEnvironment(env) }
  const run = promisify(execFile)(process.execPath, ['app/main.ts', 'doctor', ...args], options)
  return run.then(
    ({ stdout }) => ({ code: 0, out: stdout }),
    (error: { code: number; stdout: string }) => ({ code: error.code, out: error.stdout }),
  )
}
