/** What the tabs of a Run's page read: what the agent made, and where it worked. */
import { describe, expect, test } from 'vitest'

import { onceInApiWorld } from '../../../test/stack/api/own-world.ts'
import { ChangesBody, RunBaseBody, SandboxBody } from '../../contracts/api.ts'
import { leaveRun, vault } from '../../../test/stack/api/runs.ts'

import type { ApiWorld } from '../../../test/stack/api/world.ts'
import { QUESTIONS_PER_PERSON_MAX } from './questions.ts'

const BASE = 'b'.repeat(40)
const HEAD = 'c'.repeat(40)
const digest = 'd'.repeat(64)
let world: ApiWorld
let as: string
let number = 0
onceInApiWorld(async (made) => {
  world = made
  as = await world.signIn()
})

/** A Run whose state is as a longer story would have left it. */
async function runWith(fields: Record<string, unknown>): Promise<string> {
  const { id } = await world.request({ number: ++number })
  await leaveRun(world, id, fields)
  return id
}
const changes = async (id: string) => ChangesBody.parse((await world.ask(`/api/runs/${id}/changes`, { as })).json)
const sandbox = async (id: string, who = as) =>
  SandboxBody.parse((await world.ask(`/api/runs/${id}/sandbox`, { as: who })).json)

describe('the base of the next attempt', () => {
  const base = async (id: string) => RunBaseBody.parse((await world.ask(`/api/runs/${id}/base`, { as })).json)

  test('has moved as many commits as GitHub has between the two', async () => {
    const id = await runWith({ baseSha: BASE })
    world.heads.set('main', BASE)
    expect(await base(id)).toEqual({ ref: 'main', sha: BASE, head: BASE, moved: 0 })
    world.heads.set('main', HEAD)
    // A history that was rewritten may lack the commit.
    expect(await base(id)).toEqual({ ref: 'main', sha: BASE, head: HEAD, moved: null })
    const commits = Array.from({ length: 4 }, (_, n) => ({ sha: null, message: String(n) }))
    world.comparisons.set(`${BASE}...${HEAD}`, { url: 'https://github.com/x', commits, files: [] })
    expect(await base(id)).toMatchObject({ moved: 4 })
    world.comparisons.clear()
    world.heads.clear()
    expect(await base(id)).toMatchObject({ head: null, moved: null })
  })

  test('is not asked for before the first attempt had one, nor by those who may not read the Run', async () => {
    const id = await runWith({ baseSha: null })
    await base(id)
    world.githubIsAway = true
    expect(await base(id)).toMatchObject({ sha: null, moved: null })
    world.githubIsAway = false
    const { id: hidden } = await world.request({ number: ++number, repository: vault })
    expect(await world.ask(`/api/runs/${hidden}/base`, { as })).toMatchObject({ status: 404 })
  })
})

describe('changes', () => {
  test('of a Run that made nothing yet are none, and nobody is asked', async () => {
    const id = await runWith({})
    await changes(id)
    world.githubIsAway = true
    expect(await changes(id)).toEqual({ from: null, unavailable: null, url: null, commits: [], files: [] })
    world.githubIsAway = false
  })

  test('that are published are what GitHub compares', async () => {
    const id = await runWith({ baseSha: BASE, branch: { name: 'agent/1', sha: HEAD } })
    const file = {
      path: 'a.txt',
      previousPath: null,
      status: 'added' as const,
      additions: 1,
      deletions: 0,
      patch: '+a',
    }
    const found = { url: 'https://github.com/x', commits: [{ sha: HEAD, message: 'Add' }], files: [file] }
    world.comparisons.set(`${BASE}...${HEAD}`, found)
    expect(await changes(id)).toEqual({ from: 'branch', unavailable: null, ...found })
    world.comparisons.clear()
    expect(await changes(id)).toMatchObject({
      unavailable: 'Changes are not available: the branch was deleted.',
      files: [],
    })
    world.githubIsAway = true
    expect(await world.ask(`/api/runs/${id}/changes`, { as })).toMatchObject({ status: 503 })
    world.githubIsAway = false
  })

  test('that are proposed are its files, the last word about each', async () => {
    const id = await runWith({ proposal: { digest, bytes: 10 } })
    const put = (path: string) => ({ change: 'put', path, mode: '100644', contentBase64: '' })
    const commits = [
      { message: 'One', files: [put('a.txt'), put('b.txt')] },
      { message: 'Two', files: [{ change: 'delete', path: 'b.txt' }] },
    ]
    const handoff = { goal: '', did: '', forNextAgent: '' }
    const proposal = { v: 1, runId: id, attempt: 1, baseSha: BASE, summary: '', risks: [], handoff, commits }
    await world.proposals.putProposal(id, digest, Buffer.from(JSON.stringify(proposal)), Date.now())
    const found = await changes(id)
    expect(found.files.map(({ path, status }) => `${status} ${path}`)).toEqual(['written a.txt', 'removed b.txt'])
    expect(found).toMatchObject({ from: 'proposal', commits: [{ sha: null, message: 'One' }, { message: 'Two' }] })
  })

  test('of a dry run are shown with a diff, and so is the pull request that would have been opened', async () => {
    const fields = { proposal: { digest, bytes: 10 }, baseSha: BASE, reason: 'dry_run', dryRun: true }
    const id = await runWith(fields)
    const put = (path: string, content: string | Buffer) => ({
      change: 'put',
      path,
      mode: '100644',
      contentBase64: Buffer.from(content).toString('base64'),
    })
    const gone = (path: string) => ({ change: 'delete', path })
    const others = Array.from({ length: 16 }, (_, n) => put(`many/${n}.txt`, 'x\n'))
    const commits = [
      { message: 'One', files: [put('a.txt', 'one\n'), put('b.txt', 'b\n'), put('c.bin', Buffer.from([0, 255]))] },
      {
        message: 'Say two <b>',
        files: [put('a.txt', 'two\n'), gone('b.txt'), gone('d.txt'), put('e.txt', 'e'), ...others],
      },
    ]
    for (const [path, text] of [
      ['a.txt', 'zero\n'],
      ['d.txt', 'd\n'],
      ['c.bin', null],
    ] as const)
      world.texts.set(`${BASE}:${path}`, text)
    const handoff = { goal: '', did: '', forNextAgent: '' }
    const proposal = {
      v: 1,
      runId: id,
      attempt: 1,
      baseSha: BASE,
      summary: 'It says two.',
      risks: [],
      handoff,
      commits,
    }
    await world.proposals.putProposal(id, digest, Buffer.from(JSON.stringify(proposal)), Date.now())
    world.githubIsAway = true
    expect(await world.ask(`/api/runs/${id}/changes`, { as })).toMatchObject({ status: 503 })
    world.githubIsAway = false
    // Of a base that is not there nobody can tell what was new; it is asked for again, and by nobody too often.
    const base = `${BASE}...${BASE}`
    world.comparisons.delete(base)
    expect((await changes(id)).files[0]).toMatchObject({ path: 'a.txt', status: 'written', patch: null })
    const stranger = await world.signIn({ id: 21, login: 'monalisa' })
    const asked = () => world.ask(`/api/runs/${id}/changes`, { as: stranger })
    for (let n = 0; n < QUESTIONS_PER_PERSON_MAX; n++) await asked()
    expect(await asked()).toMatchObject({ status: 429 })
    world.comparisons.set(base, { url: 'https://github.com/x', commits: [], files: [] })
    const found = await changes(id)
    expect(found.files.slice(0, 4)).toMatchObject([
      { path: 'a.txt', status: 'modified', additions: 1, deletions: 1, patch: '@@ -1 +1 @@\n-zero\n+two' },
      { path: 'c.bin', status: 'modified', patch: null },
      { path: 'd.txt', status: 'removed', additions: 0, deletions: 1, patch: '@@ -1 +0,0 @@\n-d' },
      { path: 'e.txt', status: 'added', patch: '@@ -0,0 +1 @@\n+e\n\\ No newline at end of file' },
    ])
    // One that was written and taken away again is none; the last of the others is one too many, and named all the same.
    expect(found.files).toHaveLength(20)
    expect(found.files.at(-1)).toMatchObject({ path: 'many/15.txt', status: 'written', patch: null })
    expect(found.wouldOpen).toMatchObject({ title: expect.stringMatching(/^Say two .*\(#\d+\)$/), draft: false })
    expect(found.wouldOpen?.body).toContain('> It says two.')
    // What was found is kept: it takes no question to GitHub, of whoever comes.
    world.githubIsAway = true
    expect((await changes(id)).files).toEqual(found.files)
    expect(await asked()).toMatchObject({ status: 200 })
    world.githubIsAway = false

    const real = await runWith({ ...fields, reason: null })
    await world.proposals.putProposal(real, digest, Buffer.from(JSON.stringify(proposal)), Date.now())
    const unpublished = await changes(real)
    expect([unpublished.files[0], unpublished.wouldOpen]).toMatchObject([{ status: 'written', patch: null }, undefined])
  })

  test.each(['', 'no json', '{"v":2}'])('whose proposal is %j are not available', async (bytes) => {
    const id = await runWith({ proposal: { digest, bytes: 10 } })
    if (bytes !== '') await world.proposals.putProposal(id, digest, Buffer.from(bytes), Date.now())
    expect((await changes(id)).unavailable).toContain('Changes are not available')
  })
})

test.each([
  ['base', { baseSha: BASE }],
  ['changes', { baseSha: BASE, branch: { name: 'agent/1', sha: HEAD } }],
  ['issues?levels=0', {}],
])('whoever asks for the %s of a Run again and again does not use up what commands need', async (part, fields) => {
  const id = await runWith(fields)
  const stranger = await world.signIn({ id: 1_000 + number, login: 'monalisa' })
  world.read.length = 0
  const asked = () => world.ask(`/api/runs/${id}/${part}`, { as: stranger })
  for (let n = 0; n < QUESTIONS_PER_PERSON_MAX; n++) expect(await asked()).toMatchObject({ status: 200 })
  expect(await asked()).toMatchObject({ status: 429, json: { code: 'too_many_requests' } })
  expect(world.read).toHaveLength(QUESTIONS_PER_PERSON_MAX)
  // Others go on.
  expect(await world.ask(`/api/runs/${id}/${part}`, { as })).toMatchObject({ status: 200 })
})

describe('the sandbox', () => {
  test('says its kind, its age and its limits', async () => {
    const made = {
      provider: 'e2b',
      attemptId: 'a',
      id: 'sbx',
      isolation: 'vm',
      state: 'live',
      requestedAt: 1,
      ttlMs: 60_000,
      endsAt: 2,
    }
    const found = await sandbox(await runWith({ sandbox: made }))
    expect(found).toMatchObject({
      provider: 'e2b',
      id: 'sbx',
      isolation: 'vm',
      state: 'live',
      requestedAt: '1970-01-01T00:00:00.001Z',
      endsAt: '1970-01-01T00:00:00.002Z',
      limits: { acquireMs: 60_000, runMs: 3_600_000, ttlMs: 60_000 },
    })
    expect(await sandbox(await runWith({}))).toMatchObject({ state: 'none', id: null, requestedAt: null })
  })

  test('can be killed by admins of the repository, while the Run lives', async () => {
    const id = await runWith({})
    expect((await sandbox(id)).kill).toEqual({
      allowed: false,
      why: 'You can read shop, but killing this run needs admin access.',
    })
    const admin = await world.signIn({ id: 9, login: 'hubot' })
    expect((await sandbox(id, admin)).kill).toEqual({ allowed: true, why: null })
    const over = await runWith({ status: 'failed' })
    expect((await sandbox(over, admin)).kill).toMatchObject({ allowed: false })
  })
})

test.each(['changes', 'sandbox'])('the %s of a Run that one may not read do not exist', async (part) => {
  const hidden = await world.request({ number: ++number, repository: vault })
  expect(await world.ask(`/api/runs/${hidden.id}/${part}`, { as })).toMatchObject({ status: 404 })
  expect(await world.ask(`/api/runs/r_0000000000/${part}`, { as })).toMatchObject({ status: 404 })
})
