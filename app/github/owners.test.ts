/** Whose the App is, against the local GitHub, which holds every request to GitHub's own description. */
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'

import { startLocalGitHub } from '../../test/stack/github/local-github.ts'
import { openShop } from '../../test/stack/github/testing.ts'
import type { LocalGitHubOptions } from '../../test/stack/github/types.ts'
import { createGitHub } from './github.ts'

async function githubWith(options: LocalGitHubOptions) {
  const local = await startLocalGitHub({ checkResponses: true, ...options })
  onTestFinished(async () => {
    expect(local.violations()).toEqual([])
    await local[Symbol.asyncDispose]()
  })
  const { id: appId, privateKeyPem: privateKey } = local.app
  const log = pino({ level: 'silent' })
  const github = createGitHub({ appId, privateKey, apiUrl: local.apiUrl, log, budget: null })
  return { local, owns: (login: string, id = local.user(login).id) => github.ownsApp(login, id) }
}

const permissions = { contents: 'write', members: 'read', metadata: 'read' } as const

test('the App of a person is theirs, by number and not by name', async () => {
  const { local, owns } = await githubWith({ appOwner: { login: 'octocat', type: 'User' } })
  local.createUser({ login: 'hubot' })
  expect(await owns('octocat')).toBe(true)
  expect(await owns('octocat', local.user('hubot').id)).toBe(false)
  expect(await owns('hubot')).toBe(false)
})

test('the App of an organization is its owners’, as long as GitHub says that they are', async () => {
  const { local, owns } = await githubWith({ appOwner: { login: 'acme', type: 'Organization' }, permissions })
  await openShop(local)
  local.createUser({ login: 'monalisa' })
  local.setOrganizationOwner({ organization: 'acme', login: 'octocat', owner: true })
  expect(await owns('octocat')).toBe(true)
  // The name alone, as somebody has it who took over a login, is not enough.
  expect(await owns('octocat', local.user('hubot').id)).toBe(false)
  expect(await owns('hubot'), 'a member').toBe(false)
  expect(await owns('monalisa'), 'a stranger').toBe(false)
  local.setOrganizationOwner({ organization: 'acme', login: 'octocat', owner: false })
  expect(await owns('octocat')).toBe(false)
  local.suspend({ account: 'acme' })
  expect(await owns('octocat')).toBe(false)
})

test('nobody owns it where GitHub does not tell, or where only a stranger installed it', async () => {
  const untold = await githubWith({ appOwner: { login: 'acme', type: 'Organization' } })
  await openShop(untold.local)
  untold.local.setOrganizationOwner({ organization: 'acme', login: 'octocat', owner: true })
  expect(await untold.owns('octocat'), 'without members: read').toBe(false)

  const { local, owns } = await githubWith({ permissions })
  await local.createRepository({ owner: 'evil', name: 'bait', files: { 'README.md': '' } })
  local.createUser({ login: 'mallory' })
  local.setOrganizationOwner({ organization: 'evil', login: 'mallory', owner: true })
  expect(await owns('mallory')).toBe(false)
})
