import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { expect, onTestFinished, test } from 'vitest'

import { jobClaims } from './claims.ts'
import { startOidcIssuer } from './issuer.ts'

const claims = jobClaims({
  repository: { id: 101, ownerId: 7, owner: 'acme', fullName: 'acme/shop', private: false },
  run: { id: 5, number: 2, attempt: 1, checkRunId: 9, eventName: 'repository_dispatch' },
  branch: 'main',
  sha: 'a'.repeat(40),
  workflow: { name: 'Deckhand', path: '.github/workflows/deckhand.yml' },
  jobWorkflow: { ref: 'deckhand/deckhand/.github/workflows/run-agent.yml@v1', sha: 'b'.repeat(40) },
  actor: { id: 3, login: 'deckhand[bot]' },
})

async function issuerWithKeys() {
  const issuer = await startOidcIssuer()
  onTestFinished(() => issuer[Symbol.asyncDispose]())
  const discovery = await fetch(`${issuer.issuer}/.well-known/openid-configuration`)
  const { jwks_uri, issuer: name } = (await discovery.json()) as { jwks_uri: string; issuer: string }
  expect({ jwks_uri, name }).toEqual({ jwks_uri: `${issuer.issuer}/.well-known/jwks`, name: issuer.issuer })
  const keys = createRemoteJWKSet(new URL(jwks_uri))
  const verify = (token: string, audience = 'https://app.test/runs/r_1') =>
    jwtVerify(token, keys, { issuer: issuer.issuer, audience, algorithms: ['RS256'] })
  return { issuer, verify }
}

test('an unmodified @actions/core gets a token that verifies against the published keys', async () => {
  const { issuer, verify } = await issuerWithKeys()
  const request = issuer.requestUrlFor(claims)
  const program = "import('@actions/core').then(async (core) => console.log(await core.getIDToken(process.argv[1])))"
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', program, 'https://app.test/runs/r_1'], {
    env: { ACTIONS_ID_TOKEN_REQUEST_URL: request.url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: request.token },
  })
  const token = stdout.trim().split('\n').at(-1)!
  const { payload, protectedHeader } = await verify(token)
  expect(payload).toMatchObject({
    ...claims,
    sub: 'repo:acme/shop:ref:refs/heads/main',
    aud: 'https://app.test/runs/r_1',
  })
  expect(payload.exp! - payload.iat!).toBe(300)
  expect(payload.jti).toMatch(/^[0-9a-f-]{36}$/)
  expect(protectedHeader).toMatchObject({ alg: 'RS256', typ: 'JWT' })
  expect(stdout).toContain(`::add-mask::${token}`)
})

test('only the job that was given the address gets a token, and only while it runs', async () => {
  const { issuer } = await issuerWithKeys()
  const { url, token, revoke } = issuer.requestUrlFor(claims)
  const status = async (bearer: string) =>
    (await fetch(`${url}&audience=x`, { headers: { authorization: `Bearer ${bearer}` } })).status
  expect(await status('guessed')).toBe(401)
  issuer.failNext(1)
  expect(await status(token)).toBe(503)
  expect(await status(token)).toBe(200)
  revoke()
  expect(await status(token)).toBe(401)
})

test('what GitHub would never mint can be minted, and none of it verifies', async () => {
  const { issuer, verify } = await issuerWithKeys()
  const audience = 'https://app.test/runs/r_1'
  await expect(verify(await issuer.mint(claims, audience))).resolves.toBeDefined()
  await expect(verify(await issuer.mint(claims, 'https://other.test'))).rejects.toThrow(/"aud"/)
  await expect(verify(await issuer.mint({ ...claims, iss: 'https://other.test' }, audience))).rejects.toThrow(/"iss"/)
  const past = { ...claims, exp: 1_700_000_000 }
  await expect(verify(await issuer.mint(past, audience))).rejects.toThrow(/"exp"/)
  await expect(verify(await issuer.mint(claims, audience, { key: 'unpublished' }))).rejects.toThrow(/signature/)
  for (const alg of ['none', 'HS256'] as const) {
    const token = await issuer.mint(claims, audience, { alg })
    expect(decodeProtectedHeader(token).alg).toBe(alg)
    await expect(verify(token)).rejects.toThrow(/alg|signature/)
  }
  const { payload } = await verify(await issuer.mint({ ...claims, exp: undefined }, audience))
  expect(payload).not.toHaveProperty('exp')
})
