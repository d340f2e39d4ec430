/** The manifest is app.yml with this installation's addresses, and people are told why each permission is asked for. */
import { readFileSync } from 'node:fs'

import { expect, test } from 'vitest'
import { parse } from 'yaml'

import { AppFile } from '../contracts/setup.ts'
import { manifestOf, slugOfName } from './manifest.ts'
import { whyPermission } from './render/permissions.ts'

const file = AppFile.parse(parse(readFileSync('app.yml', 'utf8')))
const wish = { name: 'Acme agents', public: false, workflows: false }

test('permissions and events are those of app.yml; workflows only when asked', () => {
  const manifest = manifestOf(file, 'https://agents.example.com', wish)
  expect(manifest).toMatchObject({
    name: 'Acme agents',
    public: false,
    default_permissions: file.default_permissions,
    default_events: file.default_events,
    hook_attributes: { url: 'https://agents.example.com/api/github/webhooks', active: true },
    redirect_url: 'https://agents.example.com/setup/callback',
    callback_urls: ['https://agents.example.com/api/auth/github/callback'],
  })
  expect(manifest.default_permissions).not.toHaveProperty('workflows')
  const more = manifestOf(file, 'https://agents.example.com', { ...wish, workflows: true })
  expect(more.default_permissions).toEqual({ ...file.default_permissions, workflows: 'write' })
})

test('every permission has its reason', () => {
  for (const name of [...Object.keys(file.default_permissions), 'workflows']) {
    expect(whyPermission(name), name).not.toBe('It is in app.yml.')
  }
})

test.each([
  ['Acme agents', 'acme-agents'],
  ['  Deckhand!  ', 'deckhand'],
  ['A.B_c', 'a-b-c'],
])('%j becomes the slug %j', (name, slug) => {
  expect(slugOfName(name)).toBe(slug)
})
