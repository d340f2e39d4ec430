import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'

import { BindAnswer } from '../../contracts/executor.ts'
import type { Run } from '../../domain/run.ts'
import { GitHubError } from '../../github/errors.ts'
import {
  BASE_SHA,
  Job,
  PUBLIC_URL,
  executorWorld,
  nonceFor,
  sample,
  seconds,
} from '../../../test/stack/http/executor.ts'
import type { BindChanges, ExecutorWorld } from '../../../test/stack/http/executor.ts'
import { sha256Hex } from './jws.ts'
import { oidcVerifier } from './oidc.ts'
import type { ExecutorDeps } from './ports.ts'

let world: ExecutorWorld
/** What GitHub says of the repository with the executor's workflow. */
let executorRepository: ExecutorDeps['executorRepository']
const asTheRunSays: typeof executorRepository = async (run) => run.repository
beforeAll(async () => {
  executorRepository = asTheRunSays
  world = await executorWorld({ executorRepository: (run) => executorRepository(run) })
})
afterAll(() => world[Symbol.asyncDispose]())

const code = async (answer: Response): Promise<string> => ((await answer.json()) as { code: string }).code

test('the dispatched job binds and gets what it needs; the same again is answered the same', async () => {
  const run = await world.dispatched()
  const job = await Job.of(run, world)
  const answer = await job.bind()
  expect(answer.status).toBe(200)
  const body = BindAnswer.parse(await answer.json())
  expect(body).toMatchObject({
    runId: run.id,
    bind: '4711.1.99',
    lastSeq: 0,
    lastDigest: null,
    wanted: 'continue',
    repository: { id: 101, owner: 'acme', name: 'shop', cloneUrl: 'https://github.com/acme/shop.git' },
    base: { ref: 'main', sha: BASE_SHA },
    token: { value: 'a read token' },
  })
  expect((await world.runs.engine.load(run.id))?.dispatch.binding).toMatchObject({ jkt: job.jkt, trust: 'oidc' })
  const again = await job.bind()
  expect([again.status, BindAnswer.parse(await again.json()).bind]).toEqual([200, body.bind])
  const trail = await world.trail.listAudit({ target: `run:${run.id}` })
  expect(trail.map(({ action, outcome }) => [action, outcome])).toEqual([
    ['executor.bind', 'allowed'],
    ['executor.bind', 'allowed'],
    ['run.assign', 'allowed'],
  ])
})

test('a job that is faster than the record of its dispatch is asked to come again', async () => {
  const run = await world.runs.request({ number: 1_000 })
  const answer = await (await Job.of(run, world)).bind()
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
  expect((await world.runs.engine.load(run.id))?.dispatch.binding).toBeNull()
})

test('no job begins while the kill switch is on, and one that has begun is still answered', async () => {
  onTestFinished(() => world.flip(false))
  const [early, late] = [await Job.of(await world.dispatched(), world), await Job.of(await world.dispatched(), world)]
  expect((await early.bind()).status).toBe(200)
  world.flip(true)
  expect((await early.bind()).status).toBe(200)
  const answer = await late.bind()
  expect([answer.status, answer.headers.get('retry-after'), await code(answer)]).toEqual([503, '1', 'unavailable'])
  world.flip(false)
  expect((await late.bind()).status).toBe(200)
})

test.each([
  ['our budget of calls is spent', new GitHubError('rate_limited', 'Held back', { retryAfterMs: 36_001 }), '37'],
  ['GitHub lets us come at once', new GitHubError('rate_limited', '429', { retryAfterMs: 0 }), '1'],
  ['GitHub is away', new GitHubError('unavailable', '502 Bad Gateway', { status: 502 }), '5'],
])('a job that binds while %s is asked to come again, and then gets its Run', async (_, error, after) => {
  onTestFinished(() => void (executorRepository = asTheRunSays))
  const job = await Job.of(await world.dispatched(), world)
  executorRepository = () => Promise.reject(error)
  const answer = await job.bind()
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, after])
  expect(await answer.json()).toMatchObject({
    code: 'unavailable',
    detail: `GitHub could not be asked just now. Try again in ${after} s.`,
  })
  executorRepository = asTheRunSays
  expect((await job.bind()).status).toBe(200)
})

test('what GitHub refuses for good is no reason to come again', async () => {
  onTestFinished(() => void (executorRepository = asTheRunSays))
  const job = await Job.of(await world.dispatched(), world)
  executorRepository = () => Promise.reject(new GitHubError('forbidden', '403'))
  expect((await job.bind()).status).toBe(500)
})

test('row 11: unsigned, confused and doctored tokens are 401', async () => {
  const run = await world.dispatched()
  const job = await Job.of(run, world)
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
  const hs512 = await new SignJWT({ sub: 'x' }).setProtectedHeader({ alg: 'HS512' }).sign(new Uint8Array(64))
  const own = await new SignJWT({ iss: world.issuer.issuer, aud: `${PUBLIC_URL}/runs/${run.id}` })
    .setProtectedHeader({ alg: 'RS256', jwk: await crypto.subtle.exportKey('jwk', publicKey) })
    .setIssuedAt()
    .setNotBefore('0s')
    .setExpirationTime('5m')
    .sign(privateKey)
  const { oidc: honest } = await job.bindRequest()
  const header = (text: string): string => honest.replace(/^[^.]+/, Buffer.from(text).toString('base64url'))
  const forged: BindChanges[] = [
    { forgery: { alg: 'none' } },
    { forgery: { alg: 'HS256' } },
    { forgery: { key: 'unpublished' } },
    { oidc: hs512 },
    { oidc: own },
    { oidc: header('{"alg":"RS256","crit":["exp"],"exp":1}') },
    { oidc: header('{"alg":"none","alg":"RS256"}') },
    { oidc: header('{"\\u0061lg":"none","alg":"RS256"}') },
    { oidc: 'x'.repeat(1_000_000) },
    { oidc: '' },
    { oidc: '...' },
  ]
  for (const change of forged) {
    const answer = await job.bind(change)
    expect([JSON.stringify(change).slice(0, 80), answer.status]).toEqual([JSON.stringify(change).slice(0, 80), 401])
    expect(await code(answer)).toBe('callback_unauthenticated')
  }
  expect((await world.runs.engine.load(run.id))?.dispatch.binding).toBeNull()
})

test('rows 12 and 13: a token without times, expired, too early, too old, for another audience or issuer is 401', async () => {
  const run = await world.dispatched()
  const job = await Job.of(run, world)
  const now = seconds()
  const wrong: BindChanges[] = [
    { claims: { exp: undefined } },
    { claims: { iat: undefined } },
    { claims: { nbf: undefined } },
    { claims: { exp: now - 60 } },
    { claims: { nbf: now + 60 } },
    { claims: { iat: now - 3_600, exp: now + 60 } },
    { claims: { iat: now + 120 } },
    { claims: { iss: 'https://token.actions.githubusercontent.com' } },
    { claims: { iss: `${world.issuer.issuer}/` } },
    { audience: `${PUBLIC_URL}/runs/r_0000000000` },
    { audience: 'https://github.com/acme' },
  ]
  for (const change of wrong) {
    const answer = await job.bind(change)
    expect([change, answer.status]).toEqual([change, 401])
  }
})

test('row 14: a real job that is not the one for this Run is 403 and is not told why', async () => {
  const run = await world.dispatched()
  const job = await Job.of(run, world)
  const workflow = 'deckhand/deckhand/.github/workflows/run-agent.yml'
  const wrong: [string, Record<string, unknown>][] = [
    ['repository', { repository_id: '999' }],
    ['workflow_ref', { workflow_ref: 'mallory/shop/.github/workflows/deckhand.yml@refs/heads/main' }],
    ['workflow_ref', { workflow_ref: 'acme/shop/.github/workflows/deckhand.yml@refs/heads/topic' }],
    ['ref', { ref: 'refs/heads/topic' }],
    ['job_workflow_ref', { job_workflow_ref: `acme/shop/.github/workflows/run-agent.yml@refs/heads/main` }],
    ['job_workflow_ref', { job_workflow_ref: `${workflow}@${'c'.repeat(40)}`, job_workflow_sha: 'c'.repeat(40) }],
    ['job_workflow_ref', { job_workflow_sha: 'c'.repeat(40) }],
    ['job_workflow_ref', { job_workflow_ref: 'no at sign' }],
    ['event', { event_name: 'pull_request' }],
    ['event', { event_name: 'workflow_dispatch' }],
    ['runner_environment', { runner_environment: 'self-hosted' }],
    ['claims_missing', { check_run_id: undefined }],
  ]
  for (const [, claims] of wrong) {
    const answer = await job.bind({ claims })
    expect([claims, answer.status]).toEqual([claims, 403])
    const problem = (await answer.json()) as Record<string, unknown>
    expect(Object.keys(problem).toSorted()).toEqual(['code', 'reference', 'status', 'title', 'type'])
    expect(problem['code']).toBe('callback_forbidden')
  }
  const audience = [`${PUBLIC_URL}/runs/${run.id}`, 'https://another.test']
  expect((await job.bind({ audience })).status).toBe(403)
  const trail = await world.trail.listAudit({ target: `run:${run.id}` })
  const refused = trail.filter(({ outcome }) => outcome === 'refused').map(({ reason }) => reason)
  expect(refused.toReversed()).toEqual([...wrong.map(([reason]) => reason), 'claims_missing'])
})

test('row 14: a self-hosted runner is let in where the setting says so', async () => {
  const { issuer } = world.issuer
  const oidc = { issuer, workflows: [], allowSelfHostedRunners: true }
  await using open = await executorWorld({
    oidc: {
      ...oidc,
      workflows: [
        { owner: 'Deckhand', name: 'deckhand', file: '.github/workflows/run-agent.yml', ref: 'v1', pinned: false },
      ],
    },
  })
  const run = await open.dispatched()
  const job = await Job.of(run, { url: open.url, issuer: world.issuer })
  const claims = { job_workflow_ref: 'deckhand/deckhand/.github/workflows/run-agent.yml@refs/tags/v1' }
  expect((await job.bind({ claims: { ...claims, runner_environment: 'self-hosted' } })).status).toBe(200)
})

test('row 15: the right job with a guessed nonce, or the nonce of another dispatch, is 403', async () => {
  const [run, other] = [await world.dispatched(), await world.dispatched()]
  const job = await Job.of(run, world)
  expect((await job.bind({ nonce: 'A'.repeat(43) })).status).toBe(403)
  expect((await job.bind({ nonce: '' })).status).toBe(403)
  expect((await job.bind({ dispatchId: other.dispatch.id, nonce: nonceFor(other.dispatch.id) })).status).toBe(403)
  expect((await job.bind()).status).toBe(200)
})

test('row 16: a second job, a re-run, and a stolen token with another key are 409', async () => {
  const run = await world.dispatched()
  const job = await Job.of(run, world)
  await job.bound()
  const stolen = await Job.of(run, world)
  for (const [who, changes] of [
    [job, { claims: { run_id: '4712' } }],
    [job, { claims: { run_attempt: '2' } }],
    [job, { claims: { check_run_id: '100' } }],
    [stolen, {}],
  ] as const) {
    const answer = await who.bind(changes)
    expect([changes, answer.status]).toEqual([changes, 409])
    expect(await code(answer)).toBe('already_bound')
  }
})

test('a proof for another address, another token, of a private key or long ago is 401', async () => {
  const run = await world.dispatched()
  const job = await Job.of(run, world)
  const wrong: BindChanges['proof'][] = [
    { payload: { aud: `${PUBLIC_URL}/api/runs/r_0000000000/bind` } },
    { payload: { ath: 'c'.repeat(64) } },
    { payload: { iat: seconds() - 3_600 } },
    { payload: { iat: seconds() + 3_600 } },
    { payload: { iat: undefined } },
    { header: { typ: 'run-event+jwt' } },
    { header: { jwk: { ...job.jwk, d: 'A'.repeat(43) } } },
    { header: { jwk: { ...job.jwk, crv: 'Ed448' } } },
    { header: { jwk: { kty: 'RSA', n: 'AQAB', e: 'AQAB' } } },
    { header: { jwk: (await Job.of(run, world)).jwk } },
    { header: { kid: 'x' } },
  ]
  for (const proof of wrong) expect([proof, (await job.bind({ proof: proof! })).status]).toEqual([proof, 401])
})

test('an unknown Run is told apart by nobody: a stranger gets 401, a job 403, as for a Run that is there', async () => {
  const run = await world.dispatched()
  const ghost = await Job.of({ ...run, id: 'r_0000000000' }, world)
  expect((await ghost.bind()).status).toBe(403)
  expect((await ghost.bind({ forgery: { alg: 'none' } })).status).toBe(401)
  const nowhere = await fetch(`${world.url}/api/runs/not-a-run/bind`, { method: 'POST' })
  expect([nowhere.status, await code(nowhere)]).toEqual([401, 'callback_unauthenticated'])
})

test('keys that cannot be fetched, or are too large, are 503: the job comes again', async () => {
  const huge = createServer((_req, res) => void res.end(JSON.stringify({ keys: [], filler: 'x'.repeat(200 * 1024) })))
  huge.listen(0, '127.0.0.1')
  await once(huge, 'listening')
  onTestFinished(() => void huge.close())
  for (const port of [1, (huge.address() as AddressInfo).port]) {
    const issuer = `http://127.0.0.1:${port}`
    const verify = oidcVerifier(issuer, Date.now)
    const token = await world.issuer.mint({ iss: issuer }, 'x')
    await expect(verify(token, 'x')).rejects.toMatchObject({ code: 'unavailable' })
  }
})

describe('after a pause', () => {
  /** A job that came to a checkpoint in its sandbox `sbx_1`, and ended. */
  async function paused(saved: { digest: string | null }, put: 'kept' | 'gone'): Promise<{ run: Run; job: Job }> {
    const job = await Job.of(await world.dispatched(), world)
    await job.bound()
    await job.report('executor.started', sample.started)
    await job.report('sandbox.requested', sample.requested)
    await job.report('sandbox.acquired', sample.acquired)
    await job.report('checkpoint.saved', { ...saved, bytes: 1, commits: 1, step: 3, ms: 60_000 })
    if (put === 'kept') await job.report('sandbox.paused', { sandboxId: 'sbx_1', ms: 1 })
    else await job.report('sandbox.destroyed', { sandboxId: 'sbx_1', ms: 1 })
    await job.report('executor.finished', { outcome: 'paused', reason: null, detail: null })
    return { run: (await world.runs.engine.load(job.run.id))!, job }
  }
  async function resumed({ id }: Run): Promise<Job> {
    await world.runs.engine.resume(id, 'octocat', 'api')
    return Job.of((await world.runs.engine.load(id))!, world)
  }

  test('the next job gets the checkpoint, the sandbox that waits, and what is left of the time', async () => {
    const content = { v: 1, runId: 'r_0000000000', attempt: 1, baseSha: BASE_SHA, bundleBase64: 'YnVuZGxl' }
    const body = Buffer.from(JSON.stringify(content))
    const digest = sha256Hex(body)
    for (const put of ['kept', 'gone'] as const) {
      const { run } = await paused({ digest }, put)
      expect(run.status).toBe('paused')
      await world.proposals.putProposal(run.id, digest, body, Date.now())
      const answer = await (await resumed(run)).bound()
      expect(answer).toMatchObject({
        attempt: 1,
        wanted: 'continue',
        resume: { step: 3, sandboxId: put === 'kept' ? 'sbx_1' : null, bundleBase64: 'YnVuZGxl' },
        agent: { timeoutMs: run.clocks.agentMs - 60_000 },
      })
    }
  })

  test('a job whose action does not know of messages is told of none, by no way, and nobody is let speak to it', async () => {
    const { run } = await paused({ digest: null }, 'kept')
    const say = (id: string) =>
      world.runs.engine.submit(run.id, { type: 'say', id, by: 'hubot', text: 'Use tabs.', via: 'api', at: Date.now() })
    expect(await say('before')).toMatchObject({ status: 'paused' })
    const job = await resumed(run)
    expect(await job.bound({ abilities: null })).not.toHaveProperty('messages')
    expect(await (await job.report('executor.started', sample.started)).json()).toEqual({
      wanted: 'continue',
      lastSeq: 1,
    })
    expect(await say('after')).toEqual({
      refused: 'not_allowed_now',
      message: `The job of run ${run.id} runs an older version of the action, which takes no messages. Update the pin of its workflow; until then, cancel the run and retry it with other instructions.`,
    })
    const told = (await world.runs.engine.load(run.id))!
    expect(told.messages?.map(({ id, state }) => [id, state])).toEqual([['before', 'queued']])
  })

  test('an action that knows of messages, and of what nobody here has heard of, is told what was said', async () => {
    const { run } = await paused({ digest: null }, 'kept')
    const said = { id: 'one', by: 'hubot', text: 'Use tabs.' }
    await world.runs.engine.submit(run.id, { type: 'say', ...said, via: 'api', at: Date.now() })
    const job = await resumed(run)
    expect(await job.bound({ abilities: ['of_tomorrow', 'messages'] })).toMatchObject({
      messages: [{ ...said, seen: false }],
    })
    const { dispatch } = (await world.runs.engine.load(run.id))!
    expect(dispatch.binding?.abilities).toEqual(['of_tomorrow', 'messages'])
  })

  test('the paused job itself is told that it is done, and hands over nothing more', async () => {
    const { job } = await paused({ digest: null }, 'kept')
    const again = await job.bind()
    expect([again.status, await code(again)]).toEqual([409, 'not_allowed_now'])
    const address = `/proposals/${sha256Hex('x')}`
    const headers = {
      'content-type': 'application/json',
      ...(await job.bearer(address, { digest: sha256Hex('x') })),
    }
    expect((await fetch(`${job.base}${address}`, { method: 'PUT', headers, body: 'x' })).status).toBe(409)
    expect((await job.report('agent.started', { agent: 'stub' })).status).toBe(409)
  })

  test('a checkpoint that is none, or not there, is refused where nothing else has the work', async () => {
    for (const digest of ['c'.repeat(64), null]) {
      const { run } = await paused({ digest }, 'gone')
      const answer = await (await resumed(run)).bind()
      expect([digest, answer.status, await code(answer)]).toEqual([digest, 422, 'unprocessable'])
    }
  })
})

test('abilities are few and short names: another list is refused', async () => {
  const job = await Job.of(await world.dispatched(), world)
  const [half, shouted] = [['half_\uD800'], ['Messages']]
  for (const abilities of [Array(17).fill('messages'), ['x'.repeat(33)], [''], half, shouted])
    expect((await job.bind({ abilities })).status).toBe(422)
  expect((await job.bind({ abilities: Array(16).fill('x'.repeat(32)) })).status).toBe(200)
})

test('a Run that was cancelled before its job came is 409', async () => {
  const run = await world.dispatched()
  await world.runs.cancel(run)
  const answer = await (await Job.of(run, world)).bind()
  expect([answer.status, await code(answer)]).toEqual([409, 'run_ended'])
})
