/** Who may do what, how often GitHub is asked, and what a stranger can learn from it. */
import { describe, expect, test } from 'vitest'

import type { RepositoryRef } from '../../domain/events.ts'
import { GitHubError } from '../../github/errors.ts'
import type { GitHubErrorKind } from '../../github/errors.ts'
import type { Identity } from '../route.ts'
import { Access, matches, PERMISSION_CACHE_MAX, PERMISSION_CACHE_MS } from './access.ts'
import type { Level } from './access.ts'
import { LISTED_PER_PERSON_MAX, QUESTIONS_PER_PERSON_MAX, QUESTIONS_WINDOW_MS } from './questions.ts'
import { VISIBILITY_CACHE_MS, VISIBILITY_FAILED_MS } from './visibility.ts'

const shop: RepositoryRef = {
  id: 1,
  owner: 'acme',
  name: 'shop',
  private: false,
  defaultBranch: 'main',
  installationId: 1,
}
const vault: RepositoryRef = { ...shop, id: 2, name: 'vault', private: true }
const octocat: Identity = { kind: 'person', id: 583_231, login: 'octocat', admin: false }
const admin: Identity = { ...octocat, admin: true }
const nobody: Identity = { kind: 'anonymous' }
const program = (role: 'read' | 'write' | 'admin', repositoryGlob = 'acme/*'): Identity => ({
  kind: 'token',
  name: 'ci',
  role,
  repositoryGlob,
})

function world(level: Level | (() => Promise<Level>), repositories: RepositoryRef[] = [shop, vault]) {
  const asked: string[] = []
  const looked: number[] = []
  const hidden = new Set<number | 'away'>()
  /** Ids of those whose name is by now another repository's. */
  const renamed = new Set<number>()
  let at = 0
  const access = new Access({
    permissionOf: (repository, login) => {
      asked.push(`${login}@${repository.name}`)
      return typeof level === 'function' ? level() : Promise.resolve(level)
    },
    isPrivate: async ({ id }) => {
      looked.push(id)
      if (hidden.has('away')) throw new Error('GitHub is away')
      return hidden.has(id) || id === vault.id
    },
    isNamedSo: async ({ id }) => !renamed.has(id),
    repositories: () => Promise.resolve(repositories),
    now: () => at,
  })
  return {
    access,
    asked,
    looked,
    hidden,
    renamed,
    pass: (ms: number) => {
      at += ms
    },
  }
}

describe('people', () => {
  test.each<[Level, boolean, boolean, boolean]>([
    ['none', false, false, false],
    ['read', true, false, false],
    ['triage', true, false, false],
    ['write', true, true, false],
    ['maintain', true, true, true],
    ['admin', true, true, true],
  ])('%s on a private repository: read %s, write %s, admin %s', async (level, read, write, administer) => {
    const { access } = world(level)
    expect(await access.may(octocat, 'read', vault)).toBe(read)
    expect(await access.may(octocat, 'write', vault)).toBe(write)
    expect(await access.may(octocat, 'admin', vault)).toBe(administer)
  })

  test('everybody who is signed in reads public repositories, and GitHub need not be asked', async () => {
    const { access, asked } = world('none')
    expect(await access.may(octocat, 'read', shop)).toBe(true)
    expect(await access.may(octocat, 'write', shop)).toBe(false)
    expect(await access.may(nobody, 'read', shop)).toBe(false)
    expect(asked).toEqual(['octocat@shop'])
  })

  test('the admins of this installation may do everything', async () => {
    const { access, asked } = world('none')
    expect(await access.may(admin, 'admin', vault)).toBe(true)
    expect(await access.readable(admin)).toBeNull()
    expect(asked).toEqual([])
  })

  test('an answer is kept for a minute, questions at once are one, and a failure is asked again', async () => {
    let fails = false
    const { access, asked, pass } = world(async () => {
      if (fails) throw new Error('GitHub is away')
      return 'write'
    })
    await Promise.all([1, 2, 3].map(() => access.may(octocat, 'write', vault)))
    pass(PERMISSION_CACHE_MS - 1)
    await access.may(octocat, 'admin', vault)
    expect(asked).toHaveLength(1)
    pass(1)
    fails = true
    await expect(access.may(octocat, 'write', vault)).rejects.toThrow('away')
    fails = false
    expect(await access.may(octocat, 'write', vault)).toBe(true)
    expect(asked).toHaveLength(3)
  })

  test('however many people come, so many answers are kept and no more', async () => {
    const { access, asked } = world('read')
    for (let id = 1; id <= PERMISSION_CACHE_MAX + 1; id++) {
      await access.may({ ...octocat, id }, 'write', vault)
    }
    await access.may({ ...octocat, id: PERMISSION_CACHE_MAX + 1 }, 'write', vault)
    expect(asked).toHaveLength(PERMISSION_CACHE_MAX + 1)
    await access.may({ ...octocat, id: 1 }, 'write', vault)
    expect(asked).toHaveLength(PERMISSION_CACHE_MAX + 2)
  })
})

describe('a name that another repository has by now', () => {
  const [old, young] = [
    { ...vault, id: 7 },
    { ...vault, id: 8 },
  ]

  test.each(['read', 'write', 'admin'] as const)('opens nothing to its people that needs %s', async (need) => {
    const { access, renamed } = world('admin', [old, young])
    renamed.add(old.id)
    expect(await access.may(octocat, need, old)).toBe(false)
    expect(await access.may(octocat, need, young)).toBe(true)
    expect(await access.mayList(octocat, need, old)).toBe(false)
  })

  test('hides the Runs of the old one', async () => {
    const { access, renamed, asked } = world('write', [old, young])
    renamed.add(old.id)
    expect(await access.mayRead(octocat, old, 'r_1')).toBe(false)
    expect(await access.mayRead(octocat, young, 'r_2')).toBe(true)
    expect(await access.readable(octocat)).toEqual([young.id])
    expect(asked.length).toBeGreaterThan(0)
  })
})

describe('programs', () => {
  test.each<['read' | 'write' | 'admin', boolean, boolean, boolean]>([
    ['read', true, false, false],
    ['write', true, true, false],
    ['admin', true, true, true],
  ])('role %s: read %s, write %s, admin %s', async (role, read, write, administer) => {
    const { access, asked } = world('none')
    expect(await access.may(program(role), 'read', vault)).toBe(read)
    expect(await access.may(program(role), 'write', vault)).toBe(write)
    expect(await access.may(program(role), 'admin', vault)).toBe(administer)
    expect(asked).toEqual([])
  })

  test('only in the repositories that their token names', async () => {
    const { access } = world('none')
    expect(await access.may(program('admin', 'acme/shop'), 'read', vault)).toBe(false)
    expect(await access.readable(program('read', 'acme/shop'))).toEqual([1])
    expect(await access.readable(program('read', '*/*'))).toBeNull()
  })

  test.each([
    ['acme/shop', true],
    ['ACME/Shop', true],
    ['acme/*', true],
    ['*/*', true],
    ['*/shop', true],
    ['acme/s*p', true],
    ['acme/*h*', true],
    ['acme/shop*', true],
    ['acme/shopp*', false],
    ['acme/sh', false],
    ['ac/*', false],
    ['*', false],
    ['acme/s*x*p', false],
    ['acme/sho*op', false],
  ])('%s takes in acme/shop: %s', (glob, fits) => {
    expect(matches(glob, shop)).toBe(fits)
  })

  test('a glob of many stars is no slower than a short one', () => {
    // The thread's own time: a busy machine is not what is measured.
    const before = process.threadCpuUsage()
    expect(matches(`acme/${'*a'.repeat(40)}`, { owner: 'acme', name: `${'a'.repeat(90)}b` })).toBe(false)
    expect(process.threadCpuUsage(before).user / 1_000).toBeLessThan(50)
  })
})

describe('whether a repository is public', () => {
  test('row 23: a Run of the public time opens nothing once the repository is private', async () => {
    const { access, hidden, pass, looked } = world('read')
    const stranger = world('none')
    for (const each of [1, 2, 3]) expect(await access.mayRead(octocat, shop, `r_${each}`)).toBe(true)
    expect(looked).toEqual([shop.id])
    // On GitHub everybody may read a public repository: that answer must not outlive it.
    expect(await access.may(octocat, 'write', shop)).toBe(false)
    expect(await stranger.access.mayRead(octocat, shop, 'r_1')).toBe(true)
    hidden.add(shop.id)
    stranger.hidden.add(shop.id)
    pass(VISIBILITY_CACHE_MS)
    stranger.pass(VISIBILITY_CACHE_MS)
    expect(await stranger.access.isPublic(shop)).toBe(false)
    expect(await stranger.access.may(octocat, 'read', shop)).toBe(false)
    expect(await stranger.access.mayRead(octocat, shop, 'r_1')).toBe(false)
    expect(await stranger.access.mayList(octocat, 'read', shop)).toBe(false)
    expect(await stranger.access.readable(octocat)).toEqual([])
    expect(await access.mayRead(octocat, shop, 'r_1')).toBe(true)
  })

  test('an answer that was asked for while it was public does not open it later', async () => {
    let level: Level = 'read'
    const { access, hidden, pass } = world(async () => level)
    await access.isPublic(shop)
    pass(VISIBILITY_CACHE_MS - 1)
    expect(await access.may(octocat, 'write', shop)).toBe(false)
    level = 'none'
    hidden.add(shop.id)
    pass(1)
    expect(await access.may(octocat, 'read', shop)).toBe(false)
  })

  test('what was last seen as private is private without a question; GitHub being away closes the rest', async () => {
    const seen = world('none', [{ ...shop, private: true }])
    expect(await seen.access.mayRead(octocat, shop, 'r_1')).toBe(false)
    expect(seen.looked).toEqual([])
    const { access, hidden, looked, pass } = world('none')
    hidden.add('away')
    for (const each of [1, 2]) expect(await access.mayRead(octocat, shop, `r_${each}`)).toBe(false)
    expect(looked).toHaveLength(1)
    hidden.clear()
    pass(VISIBILITY_FAILED_MS)
    expect(await access.mayRead(octocat, shop, 'r_1')).toBe(true)
  })
})

describe('how much one person may ask', () => {
  test('made-up ids cost so many questions in a minute and no more; others ask on', async () => {
    const { access, asked, pass } = world('none')
    for (let i = 0; i < QUESTIONS_PER_PERSON_MAX; i++) await access.mayRead(octocat, null, `r_${i}`)
    const tooMany = { code: 'too_many_requests', headers: { 'retry-after': '60' } }
    await expect(access.mayRead(octocat, null, 'r_more')).rejects.toMatchObject(tooMany)
    // A hidden Run is refused alike, and what is public stays readable.
    await expect(access.mayRead(octocat, vault, 'r_hidden')).rejects.toMatchObject(tooMany)
    expect(await access.mayRead(octocat, shop, 'r_open')).toBe(true)
    expect(asked).toHaveLength(QUESTIONS_PER_PERSON_MAX)
    await access.mayRead({ ...octocat, id: 2 }, null, 'r_more')
    expect(asked).toHaveLength(QUESTIONS_PER_PERSON_MAX + 1)
    pass(QUESTIONS_WINDOW_MS)
    await access.mayRead(octocat, null, 'r_more')
    expect(asked).toHaveLength(QUESTIONS_PER_PERSON_MAX + 2)
  })

  test('a list looks through a bounded number of private repositories', async () => {
    const many = Array.from({ length: LISTED_PER_PERSON_MAX + 5 }, (_, i) => ({ ...vault, id: 100 + i }))
    const { access, asked } = world('read', many)
    expect(await access.readable(octocat)).toHaveLength(LISTED_PER_PERSON_MAX)
    expect(asked).toHaveLength(LISTED_PER_PERSON_MAX)
    expect(await access.readable(octocat)).toHaveLength(LISTED_PER_PERSON_MAX)
    expect(asked).toHaveLength(LISTED_PER_PERSON_MAX)
  })

  test('who can ask again is told what is not known: beyond that number, and where the question failed', async () => {
    const many = Array.from({ length: LISTED_PER_PERSON_MAX + 1 }, (_, i) => ({ ...vault, id: 100 + i }))
    const { access, pass } = world('read', many)
    await access.readable(octocat)
    const beyond = many.at(-1)!
    expect(await access.mayListIfKnown(octocat, 'read', beyond)).toBeNull()
    expect(await access.mayList(octocat, 'read', beyond)).toBe(false)
    pass(QUESTIONS_WINDOW_MS)
    expect(await access.mayListIfKnown(octocat, 'read', beyond)).toBe(true)

    const failing = (kind: GitHubErrorKind) => world(() => Promise.reject(new GitHubError(kind, 'No'))).access
    expect(await failing('unavailable').mayListIfKnown(octocat, 'read', vault)).toBeNull()
    expect(await failing('rate_limited').mayListIfKnown(octocat, 'read', vault)).toBeNull()
    // The App is gone from there, or suspended: asking again changes nothing.
    expect(await failing('forbidden').mayListIfKnown(octocat, 'read', vault)).toBe(false)
  })
})

describe('row 23: hidden and absent', () => {
  test('the first question about either asks GitHub once, the second asks nothing', async () => {
    const { access, asked } = world('none')
    expect(await access.mayRead(octocat, vault, 'r_hidden')).toBe(false)
    expect(await access.mayRead(octocat, null, 'r_absent')).toBe(false)
    expect(asked).toEqual(['octocat@vault', 'octocat@vault'])
    expect(await access.mayRead(octocat, vault, 'r_hidden')).toBe(false)
    expect(await access.mayRead(octocat, null, 'r_absent')).toBe(false)
    expect(asked).toHaveLength(2)
    // What is known of the repository from elsewhere does not make the next hidden thing cheaper than an absent one.
    await access.readable(octocat)
    asked.length = 0
    expect(await access.mayRead(octocat, vault, 'r_hidden2')).toBe(false)
    expect(await access.mayRead(octocat, null, 'r_absent2')).toBe(false)
    expect(asked).toHaveLength(2)
  })

  test('GitHub being away makes no difference between them', async () => {
    const { access } = world(() => Promise.reject(new Error('GitHub is away')))
    expect(await access.mayRead(octocat, vault, 'r_hidden')).toBe(false)
    expect(await access.mayRead(octocat, null, 'r_absent')).toBe(false)
  })

  test('a reader is asked for once and then reads everything in the repository', async () => {
    const { access, asked } = world('read')
    expect(await access.mayRead(octocat, vault, 'r_one')).toBe(true)
    expect(await access.mayRead(octocat, vault, 'r_two')).toBe(true)
    expect(asked).toEqual(['octocat@vault'])
  })

  test('one repository without an answer does not hide the others from a list', async () => {
    const { access } = world(() => Promise.reject(new Error('GitHub is away')))
    expect(await access.readable(octocat)).toEqual([1])
    expect(await access.readable(nobody)).toEqual([])
  })
})
