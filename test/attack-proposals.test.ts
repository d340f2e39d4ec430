/**
 * Rows 24 to 29 and 31 of the attack table where they would hurt: an executor that was taken over hands over what it likes,
 * and the app that holds the write token performs it against GitHub.
 */
import { createHash } from 'node:crypto'

import { pino } from 'pino'
import { describe, expect, test } from 'vitest'

import { proposalReader } from '../app/compose/proposals.ts'
import type { Proposal, ProposalFile } from '../app/contracts/executor.ts'
import { PROPOSAL_BYTES_MAX } from '../app/contracts/executor.ts'
import { createUrls } from '../app/domain/render/urls.ts'
import type { Run } from '../app/domain/run.ts'
import { Cadence } from '../app/perform/cadence.ts'
import { dispatch } from '../app/perform/dispatch.ts'
import { openPullRequest } from '../app/perform/open-pull-request.ts'
import type { PerformDeps } from '../app/perform/perform.ts'
import { publishBranch } from '../app/perform/publish-branch.ts'
import { openWorld, put } from './stack/github-world.ts'
import { Job, executorWorld } from './stack/http/executor.ts'
import { streamZeros } from './stack/http/server.ts'
import { git } from './support/git.ts'
import { octocat, tellStory } from './support/story.ts'

const KNOWN = 'whsec-4f9a8b7c6d5e4f3a2b1c0d9e8f'
const MIB = 1024 * 1024

/** A Run whose job has handed over `files`, GitHub, and what the app performs with. */
async function handedOver(files: ProposalFile[], change: Partial<Proposal> = {}) {
  const world = await openWorld()
  const { local, github, repo } = world
  const base = await github.baseCommit(repo, 'main')
  const story = tellStory()
  await story.upTo('proposal.submitted')
  const repository = { ...story.run.repository, ...repo, defaultBranch: 'main' }
  const run: Run = {
    ...story.run,
    repository,
    requestedBy: octocat,
    baseSha: base,
    issue: { ...story.run.issue, number: world.issue },
  }
  const proposal: Proposal = {
    v: 1,
    runId: run.id,
    attempt: 1,
    baseSha: base,
    summary: 'Did it.',
    risks: [],
    handoff: { goal: '', did: '', forNextAgent: '' },
    commits: [{ message: 'Do it', files }],
    ...change,
  }
  const deps: PerformDeps = {
    github,
    provider: () => Promise.reject(new Error('no sandbox is needed here')),
    proposal: proposalReader(async () => Buffer.from(JSON.stringify(proposal))),
    takeUndelivered: async () => {},
    nonceFor: (id) => createHash('sha256').update(`nonce ${id}`).digest('base64url'),
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
    switchedOff: async () => false,
    knownSecrets: [KNOWN],
    inPublic: (run) => run,
    sandboxOwner: 'deckhand-test',
    urls: createUrls({ publicUrl: 'https://agents.example.com', githubUrl: local.url }),
    earlierPullRequests: async () => [],
    notify: 'needs-me',
    label: 'agent',
    cadence: new Cadence(),
    turns: { take: async () => 'now' },
    callbackUrl: (id) => `https://agents.example.com/api/runs/${id}`,
    log: pino({ level: 'silent' }),
    now: Date.now,
  }
  const refs = () => git(local.repository('acme/shop').gitDir, 'for-each-ref', '--format=%(refname) %(objectname)')
  return { ...world, run, deps, refs, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() }
}

/** What came of handing it over, and whatever was written at GitHub meanwhile. */
async function attempt(files: ProposalFile[], change: Partial<Proposal> = {}) {
  await using world = await handedOver(files, change)
  const before = await world.refs()
  world.local.clearRequests()
  const { outcome } = await publishBranch(world.deps, { run: world.run, retried: false, memo: {} })
  const written = world.local.requests.filter(({ method }) => method !== 'GET').map(({ path }) => path)
  return { outcome, written, pushed: (await world.refs()) !== before }
}

/** GitHub was not even asked for anything that writes. */
const nothing = (reason: string) => ({
  outcome: { type: 'proposal.refused', data: { reason, detail: expect.any(String) as string } },
  written: [],
  pushed: false,
})

describe('nothing is pushed', () => {
  test.each(['../outside', '/etc/cron.d/x', '.git/hooks/post-checkout', 'a/../../.git/config', 'GIT~1/config'])(
    'row 24: of a change of %s',
    async (path) => {
      expect(await attempt([put('ok.txt', 'fine'), put(path, 'x')])).toEqual(nothing('proposal_refused'))
    },
  )

  test.each([
    ['a link', put('config', '/etc/passwd', '120000')],
    ['a submodule', put('lib', 'b'.repeat(40), '160000')],
    ['a set-uid mode', put('run', 'x', '104755')],
  ])('row 25: of a change with %s', async (_, file) => {
    expect(await attempt([put('ok.txt', 'fine'), file])).toEqual(nothing('proposal_refused'))
  })

  test('row 25: of a file below what an earlier commit made a file', async () => {
    const commits = [
      { message: 'one', files: [put('lib', '/tmp')] },
      { message: 'two', files: [put('lib/evil', 'x')] },
    ]
    expect(await attempt([], { commits })).toEqual(nothing('proposal_refused'))
  })

  test.each([
    '.github/workflows/ci.yml',
    '.GITHUB/workflows/ci.yml',
    '.github/work\u200bflows/ci.yml',
    '.github/workﬂows/x.yml',
  ])('row 26: of a workflow, as %j', async (path) => {
    expect(await attempt([{ change: 'delete', path: 'docs/deep/guide.md' }, put(path, 'on: push')])).toEqual(
      nothing('protected_path'),
    )
  })

  test.each([
    ['in a file', [put('a', `key = ${KNOWN}`)], {}],
    [
      'encoded twice over lines',
      [put('a', Buffer.from(`xx${KNOWN}`).toString('base64').replaceAll(/.{12}/g, '$&\n'))],
      {},
    ],
    ['in a message', [], { commits: [{ message: `Add ${KNOWN}`, files: [put('a', 'x')] }] }],
    ['in the summary, reversed', [put('a', 'x')], { summary: Array.from(KNOWN).toReversed().join('') }],
    ['in a path', [put(`docs/${KNOWN}.md`, 'x')], {}],
  ] as [string, ProposalFile[], Partial<Proposal>][])('row 28: of a secret %s', async (_, files, change) => {
    expect(await attempt(files, change)).toEqual(nothing('secret_in_output'))
  })

  test('row 28: of the secret of the very dispatch that made it', async () => {
    await using world = await handedOver([])
    const nonce = world.deps.nonceFor(world.run.dispatch.id)
    expect(await attempt([put('a', nonce)])).toEqual(nothing('secret_in_output'))
  })

  test('row 29: of five thousand files, or of one endless line', async () => {
    const many = Array.from({ length: 5_000 }, (_, n) => put(`f/${n}`, 'x'))
    expect(await attempt(many)).toEqual(nothing('proposal_too_large'))
    const endless = [put('line', 'x'.repeat(PROPOSAL_BYTES_MAX + 4))]
    expect(await attempt(endless)).toEqual(nothing('proposal_too_large'))
  })

  const shapeless = (count: number) => Array.from({ length: count }, () => ({}))
  test.each([
    ['files', 'proposal_too_large', { commits: [{ message: 'Do it', files: shapeless(20_000) }] }],
    ['commits', 'proposal_too_large', { commits: shapeless(20_000) }],
    ['risks', 'proposal_too_large', { risks: shapeless(20_000) }],
    ['fields', 'proposal_refused', Object.fromEntries(shapeless(20_000).map((_, n) => [`field${n}`, n]))],
    ['file at all', 'proposal_refused', { commits: [{ message: 'Do it', files: shapeless(2_000) }] }],
    ['proposal at all', 'proposal_refused', { commits: {} }],
  ])('row 29: of thousands of %s without a shape, at the first try and in few words', async (_, reason, change) => {
    const { outcome, written, pushed } = await attempt([], change as Partial<Proposal>)
    expect({ outcome, written, pushed }).toEqual(nothing(reason))
    expect(JSON.stringify(outcome).length).toBeLessThan(500)
  })
})

test('row 29: 200 MB that are called a proposal are cut off, and cost little memory', async () => {
  await using world = await executorWorld()
  const job = await Job.of(await world.dispatched(), world)
  await job.bound()
  const digest = 'a'.repeat(64)
  const path = `/proposals/${digest}`
  const headers = { ...(await job.bearer(path, { digest })), 'content-type': 'application/json' }
  const before = process.memoryUsage().rss
  const { status, sent } = await streamZeros(`${job.base}${path}`, headers, 200 * MIB, 'PUT')
  expect(status).toBe(413)
  expect(sent).toBeLessThan(32 * MIB)
  expect((process.memoryUsage().rss - before) / MIB).toBeLessThan(150)
})

test('row 27: a change that decides what is installed is a draft that says so, and so is one for CODEOWNERS', async () => {
  await using world = await handedOver([
    put('package.json', '{}'),
    put('CODEOWNERS', '* @octocat'),
    put('src/ok.js', '1'),
  ])
  const at = { run: world.run, retried: false, memo: {} }
  expect((await publishBranch(world.deps, at)).outcome).toMatchObject({ type: 'branch.published' })
  const { outcome } = await openPullRequest(world.deps, at)
  expect(outcome).toMatchObject({ type: 'pull_request.opened' })
  const { number } = (outcome as { data: { number: number } }).data
  expect(world.local.pull('acme/shop', number)).toMatchObject({ draft: true, headRef: world.run.branchName })
  const { body } = world.local.issue('acme/shop', number)
  expect(body).toContain('- `package.json` decides what is installed or built.')
  expect(body).toContain('- `CODEOWNERS` decides who reviews.')
})

describe('row 31: asked again when the Run is dispatched', () => {
  const performed = async (change: (world: Awaited<ReturnType<typeof handedOver>>) => Partial<Run>) => {
    await using world = await handedOver([])
    const run = { ...world.run, ...change(world) }
    const { outcome } = await dispatch(world.deps, { run, retried: false, memo: {} })
    const fired = world.local.requests.filter(({ path }) => path.endsWith('/dispatches'))
    return { outcome, fired: fired.length }
  }

  test('who lost write access since then starts nothing', async () => {
    const lost = await performed(({ local }) => {
      local.setCollaborator({ repository: 'acme/shop', login: 'octocat', role: 'read' })
      return {}
    })
    expect(lost).toMatchObject({ outcome: { type: 'refused', data: { reason: 'permission_lost' } }, fired: 0 })
  })

  test('who took over the login of somebody with write access starts nothing', async () => {
    const posing = await performed(() => ({ requestedBy: { id: 999_999, login: 'octocat' } }))
    expect(posing).toMatchObject({ outcome: { type: 'refused', data: { reason: 'permission_lost' } }, fired: 0 })
    expect(await performed(() => ({}))).toMatchObject({ outcome: { type: 'run.dispatched' }, fired: 1 })
  })
})
