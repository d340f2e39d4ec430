/** Who may do what, against the local GitHub, which holds every request to GitHub's own description. */
import { expect, test } from 'vitest'

import { openWorld, portOf } from '../../test/stack/github-world.ts'

test('a repository is found through its installation, and is not there without one', async () => {
  await using w = await openWorld()
  expect(w.repo).toMatchObject({ owner: 'acme', name: 'shop', defaultBranch: 'main', private: true })
  expect(await w.github.repository('acme', 'other')).toBeNull()
  expect(await w.github.repository('acme', 'shop', w.repo.installationId)).toMatchObject({ id: w.repo.id })
  w.local.suspend({ account: 'acme' })
  expect(await portOf(w.local).repository('acme', 'shop')).toBeNull()
  expect(await portOf(w.local).repository('acme', 'shop', w.repo.installationId)).toBeNull()
})

test('row 31: a bot has no role on GitHub; one that is listed may write, as the account that it is', async () => {
  await using w = await openWorld()
  const { id, login } = w.local.createUser({ login: 'renovate[bot]', type: 'Bot' })
  w.local.setCollaborator({ repository: 'acme/shop', login, role: 'admin' })
  expect(await w.github.permissionOf(w.repo, login, id)).toBe('none')
  const github = portOf(w.local, undefined, null, ['renovate[bot]', 'octocat', 'nobody[bot]'])
  expect(await github.permissionOf(w.repo, 'Renovate[bot]', id)).toBe('write')
  expect(await github.permissionOf(w.repo, login, id + 1)).toBe('none')
  expect(await github.permissionOf(w.repo, 'octocat', w.local.user('octocat').id), 'a person is no bot').toBe('none')
  expect(await github.permissionOf(w.repo, 'nobody[bot]', 5)).toBe('none')
})

test('row 31: a role is asked by login and believed only for the numeric id', async () => {
  await using w = await openWorld()
  const octocat = w.local.user('octocat').id
  expect(await w.github.permissionOf(w.repo, 'octocat', octocat)).toBe('write')
  expect(await w.github.permissionOf(w.repo, 'octocat', octocat + 1)).toBe('none')
  expect(await w.github.permissionOf(w.repo, 'hubot', w.local.user('hubot').id)).toBe('read')
  expect(await w.github.permissionOf(w.repo, 'nobody-here', 5)).toBe('none')
  w.local.setCollaborator({ repository: 'acme/shop', login: 'octocat', role: 'maintain' })
  expect(await w.github.permissionOf(w.repo, 'octocat', octocat)).toBe('maintain')
  expect(await w.github.isCollaborator(w.repo, 'hubot')).toBe(true)
  w.local.createUser({ login: 'monalisa' })
  expect(await w.github.isCollaborator(w.repo, 'monalisa')).toBe(false)
})
