/** How long what GitHub said of a repository counts, and what a question that fails may and may not leave open. */
import { expect, test } from 'vitest'

import { shop } from '../../../test/stack/api/runs.ts'
import { GitHubError } from '../../github/errors.ts'
import { Visibility, VISIBILITY_CACHE_MS, VISIBILITY_FAILED_MS, VISIBILITY_KEPT_MS } from './visibility.ts'

const away = new GitHubError('unavailable', 'GitHub is away')
const held = new GitHubError('rate_limited', 'Held back', { retryAfterMs: 60_000 })
const suspended = new GitHubError('forbidden', 'This installation has been suspended')

function world() {
  let at = 0
  const state = { isPrivate: (): Promise<boolean> => Promise.resolve(false), pass: (ms: number) => void (at += ms) }
  const visibility = new Visibility({ isPrivate: () => state.isPrivate(), now: () => at })
  const says = (isPrivate: boolean | Error) => {
    state.isPrivate = () => (isPrivate instanceof Error ? Promise.reject(isPrivate) : Promise.resolve(isPrivate))
  }
  return { visibility, state, says, pass: state.pass }
}

test.each([away, held])(
  'a public repository shows what it did while GitHub fails with $kind, and is read by nobody',
  async (error) => {
    const { visibility, says, pass } = world()
    expect(await visibility.lately(shop)).toEqual({ isPublic: true, isSure: true })
    says(error)
    pass(VISIBILITY_CACHE_MS)
    expect(await visibility.lately(shop)).toEqual({ isPublic: true, isSure: false })
    expect(await visibility.isPublic(shop)).toBe(false)
    pass(VISIBILITY_KEPT_MS - VISIBILITY_CACHE_MS - 1)
    expect(await visibility.lately(shop)).toEqual({ isPublic: true, isSure: false })
    pass(1)
    expect(await visibility.lately(shop)).toEqual({ isPublic: false, isSure: false })
  },
)

test('what was never said to be public is not, while GitHub fails', async () => {
  const { visibility, says } = world()
  says(away)
  expect(await visibility.lately(shop)).toEqual({ isPublic: false, isSure: false })
})

test.each([
  ['that it is private, or not there', true],
  ['that we may not ask', suspended],
])('GitHub says %s: what was kept is gone at once and for good', async (_, answer) => {
  const { visibility, says, pass } = world()
  await visibility.lately(shop)
  says(answer)
  pass(VISIBILITY_CACHE_MS)
  expect((await visibility.lately(shop)).isPublic).toBe(false)
  says(away)
  pass(VISIBILITY_CACHE_MS)
  expect(await visibility.lately(shop)).toEqual({ isPublic: false, isSure: false })
})

test('a slow answer from before the switch does not bring back what a newer one has closed', async () => {
  const { visibility, state, says, pass } = world()
  const slow = Promise.withResolvers<boolean>()
  state.isPrivate = () => slow.promise
  const asked = visibility.lately(shop)
  says(true)
  pass(VISIBILITY_CACHE_MS)
  expect((await visibility.lately(shop)).isPublic).toBe(false)
  slow.resolve(false)
  await asked
  says(away)
  pass(VISIBILITY_CACHE_MS + VISIBILITY_FAILED_MS)
  expect(await visibility.lately(shop)).toEqual({ isPublic: false, isSure: false })
})
