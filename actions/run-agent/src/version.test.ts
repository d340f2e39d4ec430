import { expect, test } from 'vitest'

import pkg from '../../../package.json' with { type: 'json' }
import { ACTION_VERSION } from './version.ts'

test('the action tells the version of the package', () => {
  expect(ACTION_VERSION).toBe(pkg.version)
})
