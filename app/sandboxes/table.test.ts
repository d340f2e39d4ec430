import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, expect, test } from 'vitest'

import { providerNames } from '#contracts/executor.ts'

import { providerFor } from './table.ts'

const settings = { e2bApiKey: 'e2b_x', localDir: mkdtempSync(join(tmpdir(), 'deckhand-table-')) }
afterAll(() => rm(settings.localDir, { recursive: true }))

test.each(providerNames)('the provider %s is found by its name', async (name) => {
  expect((await providerFor(name, settings)).name).toBe(name)
})

test.each(['dagger', 'toString', ''])('the unknown name "%s" is refused with the known ones', async (name) => {
  const asked = providerFor(name as 'e2b', settings)
  await expect(asked).rejects.toThrow(`"${name}"; the known ones are e2b, local, fake.`)
})
