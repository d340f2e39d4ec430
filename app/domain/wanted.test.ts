import { expect, test } from 'vitest'

import type { Run } from './run.ts'
import { wantedOf } from './wanted.ts'

const stop = (kind: 'cancel' | 'kill'): Run['stop'] => ({ kind, by: 'octocat', reason: null, at: 1, code: 'kill' })

test.for([
  ['running', null, 'continue'],
  ['running', null, 'pause', { by: 'octocat', at: 1 }],
  ['paused', null, 'pause', { by: 'octocat', at: 1 }],
  ['running', stop('cancel'), 'cancel', { by: 'octocat', at: 1 }],
  ['queued', null, 'continue'],
  ['running', stop('cancel'), 'cancel'],
  ['running', stop('kill'), 'kill'],
  ['cancelled', stop('kill'), 'kill'],
  ['failed', null, 'cancel'],
  ['succeeded', null, 'cancel'],
] as const)('of a Run that is %s, with the stop %o, its executor hears %s', ([status, stop, wanted, pause = null]) => {
  expect(wantedOf({ status, stop, pause })).toBe(wanted)
})
