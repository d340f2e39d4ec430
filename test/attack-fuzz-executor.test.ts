/** Rows 11 to 16 of the attack table with generated cases: what says that it is the executor. */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { jwsTypes } from '../app/contracts/callbacks.ts'
import { sha256Hex, verifyJws, verifyProof } from '../app/http/executor/jws.ts'
import { judgeClaims, oidcVerifier } from '../app/http/executor/oidc.ts'
import {
  Job,
  PUBLIC_URL,
  RELEASE,
  claimsOf,
  executorWorld,
  nonceFor,
  released,
  seconds,
} from './stack/http/executor.ts'
import type { ExecutorWorld } from './stack/http/executor.ts'
import { FUZZ_MS_MAX, charOf, fuzz, hexOf, keepConnection } from './support/fuzz.ts'
import { tellStory } from './support/story.ts'

let world: ExecutorWorld
beforeAll(async () => {
  world = await executorWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const base64url = (length: number): fc.Arbitrary<string> =>
  fc.string({ unit: charOf('ABCXYZabcxyz0189-_'), minLength: length, maxLength: length })

/** A header as an attacker would write it: any algorithm, keys and names of keys of his own, things that must be understood. */
const headers = fc.record(
  {
    alg: fc.constantFrom('RS256', 'none', 'None', 'HS256', 'HS512', 'ES256', 'EdDSA', 'RS512', 'PS256', '', 'dir'),
    typ: fc.constantFrom('JWT', 'run-event+jwt', 'run-key-proof+jwt', 'at+jwt'),
    kid: fc.constantFrom('../../dev/null', '', 'x', "' or 1=1"),
    jwk: fc.constant({ kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) }),
    jku: fc.constant('https://evil.example/keys'),
    x5u: fc.constant('file:///etc/passwd'),
    crit: fc.constantFrom(['exp'], ['b64'], []),
    b64: fc.constant(false),
    iat: fc.integer(),
    jti: fc.string({ maxLength: 5 }),
  },
  { requiredKeys: [] },
)
const repeated = fc.constantFrom(
  '{"alg":"none","alg":"RS256"}',
  '{"\\u0061lg":"none","alg":"EdDSA"}',
  '{"alg":"EdDSA","typ":"a","typ":"b"}',
)
const signature = fc.oneof(fc.constant(''), base64url(86), base64url(342))

/** What is refused, as its code; `taken` otherwise. */
const verdict = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => 'taken',
    (error: { code?: string }) => error.code ?? 'another error',
  )

test('fuzzed: row 11: a token whose header or signature was made up is refused', async () => {
  const run = await world.dispatched()
  const job = await Job.of(run, world)
  const { oidc, proof } = await job.bindRequest()
  const event = await job.seal({ typ: jwsTypes.event, iat: seconds(), jti: 'j' }, { a: 1 })
  const verify = oidcVerifier(world.issuer.issuer, Date.now)
  const audience = `${PUBLIC_URL}/runs/${run.id}`
  const asOidc = (token: string) => verdict(verify(token, audience))
  const asProof = (token: string) =>
    verdict(verifyProof(token, { audience: job.address('/bind'), oidc, nowSeconds: seconds() }))
  const x = (job.jwk as { x: string }).x
  const asEvent = (token: string) =>
    verdict(verifyJws(token, { x, typ: jwsTypes.event, ageMaxSeconds: 300, nowSeconds: seconds() }))
  expect([await asOidc(oidc), await asProof(proof), await asEvent(event)]).toEqual(['taken', 'taken', 'taken'])
  const kinds = [
    { token: oidc, as: asOidc },
    { token: proof, as: asProof },
    { token: event, as: asEvent },
  ]
  const forged = fc.record({
    kind: fc.constantFrom(...kinds),
    header: fc.oneof(
      headers.map(encode),
      repeated.map(encode),
      fc.string({ maxLength: 20 }),
      fc.constant('x'.repeat(100_000)),
    ),
    signed: fc.option(signature, { nil: null }),
  })
  await fuzz(forged, async ({ kind, header, signed }) => {
    const [, payload, honest] = kind.token.split('.')
    expect(await kind.as(`${header}.${payload}.${signed ?? honest}`)).toBe('callback_unauthenticated')
  })
})

test('fuzzed: row 11: what the right key signed under another header is refused', async () => {
  const job = await Job.of(await world.dispatched(), world)
  const { x } = job.jwk as { x: string }
  const honest = { typ: jwsTypes.event, iat: seconds(), jti: 'j' }
  const more = fc.oneof(
    headers.filter((header) => Object.keys(header).length > 0),
    fc.dictionary(fc.string({ minLength: 1, maxLength: 6 }), fc.string({ maxLength: 4 }), { minKeys: 1, maxKeys: 3 }),
  )
  await fuzz(more, async (changes) => {
    const { b64: _b64, crit: _crit, ...kept } = changes as Record<string, unknown>
    const header = { ...honest, ...kept, alg: 'EdDSA' }
    const same = header.typ === honest.typ && Object.keys(header).every((name) => name in honest || name === 'alg')
    const fresh = Math.abs(header.iat - seconds()) < 300
    const given = typeof header.jti === 'string' && header.jti !== ''
    const token = await job.seal(header, { a: 1 })
    const outcome = await verdict(
      verifyJws(token, { x, typ: jwsTypes.event, ageMaxSeconds: 300, nowSeconds: seconds() }),
    )
    expect(outcome).toBe(same && fresh && given ? 'taken' : 'callback_unauthenticated')
  })
})

test(
  'fuzzed: rows 12 and 13: a token without its claims, out of its time, or for another is refused',
  { timeout: FUZZ_MS_MAX },
  async () => {
    const { issuer } = world.issuer
    const verify = oidcVerifier(issuer, Date.now)
    const audience = `${PUBLIC_URL}/runs/r_0000000001`
    const now = seconds()
    const away = fc.integer({ min: 40, max: 1_000_000 })
    // The clock goes on while all these are tried.
    const ahead = away.map((seconds) => seconds + FUZZ_MS_MAX / 1_000)
    const another = (text: string) =>
      fc.oneof(
        fc.constantFrom(
          `${text}/`,
          text.toUpperCase(),
          `${text}x`,
          text.slice(0, -1),
          ` ${text}`,
          `https://evil.example/${text}`,
        ),
        fc.webUrl(),
        fc.constant(''),
      )
    const claims = fc.oneof(
      fc
        .subarray(['exp', 'iat', 'nbf', 'iss', 'aud'], { minLength: 1 })
        .map((names) => Object.fromEntries(names.map((name) => [name, undefined]))),
      away.map((seconds) => ({ exp: now - seconds })),
      ahead.map((seconds) => ({ nbf: now + seconds })),
      ahead.map((seconds) => ({ iat: now + seconds })),
      away.map((seconds) => ({ iat: now - 640 - seconds, exp: now + 60 })),
      another(issuer).map((iss) => ({ iss })),
      another(audience).map((aud) => ({ aud })),
      fc.constantFrom('exp', 'nbf', 'iat').map((name) => ({ [name]: `${now + 60}` })),
      fc.constantFrom({ aud: [] }, { aud: ['x', 'y'] }, { aud: null }, { iss: null }, { exp: {} }),
    )
    await fuzz(claims, async (changes) => {
      const token = await world.issuer.mint(changes, audience)
      expect(await verdict(verify(token, audience))).toBe('callback_unauthenticated')
    })
  },
)

test('fuzzed: row 14: a job with any claim that is not ours is refused', async () => {
  const run = await world.dispatched()
  const audience = `${PUBLIC_URL}/runs/${run.id}`
  const honest = { ...claimsOf(run), aud: audience }
  const expected = {
    issuer: world.issuer.issuer,
    workflows: [released],
    allowSelfHostedRunners: false,
    audience,
    repository: { id: run.repository.id, defaultBranch: 'main' },
  }
  expect(judgeClaims(honest, expected)).toHaveProperty('claims')
  const path = `${released.owner}/${released.name}/${released.file}`
  const text = fc.string({ maxLength: 30 })
  const wrong: Record<string, fc.Arbitrary<unknown>> = {
    repository_id: fc.oneof(
      fc.nat().map((n) => String(n + 1_000)),
      fc.constantFrom('0101', ' 101', '101 ', 101, ['101'], '1e2'),
    ),
    event_name: fc.oneof(
      fc.constantFrom(
        'pull_request',
        'pull_request_target',
        'push',
        'workflow_dispatch',
        'issues',
        'Repository_Dispatch',
      ),
      text,
    ),
    ref: fc.oneof(
      fc.constantFrom('refs/heads/mainx', 'refs/tags/main', 'main', 'refs/heads/Main', 'refs/pull/1/merge'),
      text,
    ),
    workflow_ref: fc.oneof(
      fc
        .constantFrom('mallory/shop', 'acme/shop2', 'acme/shopx')
        .map((name) => `${name}/.github/workflows/deckhand.yml@refs/heads/main`),
      fc
        .constantFrom('refs/heads/topic', 'refs/pull/7/merge', 'refs/tags/main')
        .map((ref) => `acme/shop/.github/workflows/deckhand.yml@${ref}`),
      text,
    ),
    job_workflow_ref: fc.oneof(
      fc
        .constantFrom('acme/shop', 'deckhand/deckhand2', 'deckhand2/deckhand')
        .map((name) => `${name}/${released.file}@${RELEASE}`),
      fc.constantFrom(`${path}x@${RELEASE}`, path, `x${path}@${RELEASE}`, `${path}/../evil.yml@${RELEASE}`),
      text,
    ),
    job_workflow_sha: fc.oneof(
      hexOf(40).filter((sha) => sha !== RELEASE),
      fc.constantFrom(RELEASE.slice(1), RELEASE.toUpperCase(), ''),
    ),
    runner_environment: fc.oneof(fc.constantFrom('self-hosted', 'GitHub-Hosted', ''), text),
    aud: fc.oneof(fc.constantFrom([audience], [audience, 'x'], `${audience}/`), text),
    run_id: fc.constantFrom('', '-1', '1.5', 'x', { $ne: 1 }),
    check_run_id: fc.constantFrom(undefined, null, '', '../1'),
  }
  const some = fc
    .subarray(Object.keys(wrong), { minLength: 1, maxLength: 3 })
    .chain((names) => fc.record(Object.fromEntries(names.map((name) => [name, wrong[name]!]))))
  await fuzz(some, (changes) => {
    expect(judgeClaims({ ...honest, ...changes }, expected)).toHaveProperty('refused')
  })
})

test(
  'fuzzed: row 15: no guess of the nonce binds, and the right one still does',
  { timeout: FUZZ_MS_MAX },
  async () => {
    const [run, other] = [await world.dispatched(), await world.dispatched()]
    const job = await Job.of(run, world)
    const { oidc, proof, nonce: honest } = await job.bindRequest()
    const nonces = fc.oneof(
      base64url(43),
      fc.tuple(fc.nat(42), charOf('ABab01-_')).map(([at, char]) => honest.slice(0, at) + char + honest.slice(at + 1)),
      fc.nat(42).map((length) => honest.slice(0, length)),
      fc.constantFrom(
        nonceFor(other.dispatch.id),
        `${honest}=`,
        ` ${honest}`,
        honest.toLowerCase(),
        sha256Hex(honest),
        '',
      ),
      fc.string({ maxLength: 60 }),
    )
    const dispatches = fc.oneof(
      { weight: 3, arbitrary: fc.constant(run.dispatch.id) },
      fc.constantFrom(other.dispatch.id, run.dispatch.id.toUpperCase(), ''),
      fc.uuid(),
    )
    using client = keepConnection(world.url)
    const knock = (body: object) =>
      client.ask(`/api/runs/${run.id}/bind`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    await fuzz(
      fc.tuple(
        nonces.filter((nonce) => nonce !== honest),
        dispatches,
      ),
      async ([nonce, dispatchId]) => {
        const { status } = await knock({ oidc, proof, nonce, dispatchId })
        expect([403, 422]).toContain(status)
      },
    )
    expect((await world.runs.engine.load(run.id))?.dispatch.binding).toBeNull()
    expect((await job.bind()).status).toBe(200)
  },
)

test('fuzzed: row 16: the first job has the Run, whoever comes after it', async () => {
  const story = tellStory()
  await story.upTo('executor.started')
  const before = story.run
  const digits = fc.integer({ min: 1, max: 10 ** 12 })
  const others = fc.oneof(
    fc.tuple(digits, digits, digits).map((ids) => ({ bind: ids.join('.') })),
    base64url(43).map((jkt) => ({ jkt })),
    fc.record({ bind: digits.map((id) => `77.2.${id}`), jkt: base64url(43), publicKeyX: base64url(43) }),
  )
  await fuzz(others, async (other) => {
    expect(await story.bind(other)).toMatchObject({ refused: 'already_bound' })
    expect(story.run).toBe(before)
  })
  expect(await story.bind()).toMatchObject({ status: 'running' })
})
