import { readFile } from 'node:fs/promises'

import { expect, test } from 'vitest'
import { parse } from 'yaml'

import { checkPermissions, neededPermissions } from './app-permissions.ts'

test('what was granted is held against what is needed, more is fine, less is not', () => {
  const all = { actions: 'write', checks: 'write', contents: 'admin', issues: 'write', metadata: 'read' }
  const checks = checkPermissions({ ...all, pull_requests: 'read', members: 'read' })
  expect(checks.filter(({ ok }) => !ok)).toEqual([
    { name: 'pull_requests', needed: 'write', granted: 'read', ok: false },
  ])
  expect(checkPermissions({}).every(({ granted, ok }) => granted === 'none' && !ok)).toBe(true)
  expect(checkPermissions({ ...all, checks: 'sometimes' }).find(({ name }) => name === 'checks')?.ok).toBe(false)
})

test('what is needed is what the manifest asks for', async () => {
  const manifest: unknown = parse(await readFile(new URL('../../app.yml', import.meta.url), 'utf8'))
  expect(manifest).toMatchObject({ default_permissions: neededPermissions })
  expect(Object.keys((manifest as { default_permissions: object }).default_permissions).toSorted()).toEqual(
    Object.keys(neededPermissions),
  )
})
