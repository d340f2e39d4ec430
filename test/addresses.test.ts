/**
 * Row 34: nobody but the operator can make the app call an address. There is no setting of a repository and no field of a
 * person that is fetched; what the app calls comes from its own settings, and it follows no redirect with a credential.
 */
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { globSync, readFileSync } from 'node:fs'

import { Visitor, parseSync } from 'oxc-parser'
import { expect, onTestFinished, test } from 'vitest'

import { readConfig } from '../app/config.ts'
import type { ConfigError } from '../app/config.ts'
import { parseComment } from '../app/domain/commands.ts'
import { githubOAuth } from '../app/github/oauth.ts'
import { oidcVerifier } from '../app/http/executor/oidc.ts'

/** Addresses by which a server is made to call its own surroundings. */
const INSIDE = [
  'http://169.254.169.254/latest/meta-data/',
  'http://127.0.0.1:27017/',
  'http://[::1]/',
  'http://[::ffff:169.254.169.254]/',
  'http://0x7f000001/',
  'https://user:pw@internal/',
  'file:///etc/passwd',
  'gopher://internal:6379/',
]

interface Caller {
  file: string
  calls: string
}

/** Everything in the app that opens a connection by an address, by name. */
function callersIn(file: string): Caller[] {
  const found: Caller[] = []
  const { program, module } = parseSync(file, readFileSync(file, 'utf8'))
  new Visitor({
    CallExpression: ({ callee }) => {
      if (callee.type === 'Identifier' && callee.name === 'fetch') found.push({ file, calls: 'fetch' })
    },
  }).visit(program)
  for (const { moduleRequest, entries } of module.staticImports) {
    const values = entries.filter((entry) => !entry.isType).map((entry) => entry.importName.name ?? '*')
    if (/^node:(https?|net|tls|dgram|http2|dns)$/.test(moduleRequest.value)) {
      found.push(...values.map((name) => ({ file, calls: `${moduleRequest.value} ${name}` })))
    }
    if (/^(undici|axios|got|node-fetch|ws)$/.test(moduleRequest.value)) found.push({ file, calls: moduleRequest.value })
  }
  return found
}

test('row 34: the app calls addresses in few places, all from the operator’s settings; the rest are its libraries', () => {
  const files = globSync('app/**/*.ts').filter((file) => !file.includes('.test.'))
  const callers = files.flatMap(callersIn).filter(({ calls }) => !/ (?:Socket|createServer|\*)$/.test(calls))
  expect(callers.map(({ file, calls }) => `${file}: ${calls}`).toSorted()).toEqual([
    // PUBLIC_URL alone: whether it leads to this app.
    'app/compose/probes.ts: fetch',
    'app/compose/reach.ts: fetch',
    // Octokit's own request, held back until it may leave.
    'app/github/actions.ts: fetch',
    'app/github/oauth.ts: fetch',
    'app/http/executor/oidc.ts: fetch',
  ])
})

test('row 34: none of ours follows a redirect, so that nothing answers for another host', async () => {
  let reached = 0
  const inside = createServer((_req, res) => void res.end(String(reached++)))
  const outside = createServer((_req, res) => {
    res.writeHead(302, { location: `http://127.0.0.1:${(inside.address() as AddressInfo).port}/` }).end()
  })
  for (const server of [inside, outside]) {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
  }
  const url = `http://127.0.0.1:${(outside.address() as AddressInfo).port}`
  // A token of the right shape, so that its key is asked for.
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const token = `${part({ alg: 'RS256', kid: 'a' })}.${part({ iss: url })}.${'A'.repeat(342)}`
  await expect(oidcVerifier(url, Date.now)(token, 'x')).rejects.toMatchObject({ code: 'unavailable' })
  const oauth = githubOAuth({ githubUrl: url, githubApiUrl: url, clientId: 'Iv1.x', clientSecret: 'x' })
  await expect(oauth.identify('code', 'verifier', `${url}/callback`)).rejects.toThrow('could not be reached')
  expect(reached).toBe(0)
})

test.each(INSIDE)(
  'row 34: %s is refused where only the operator could name it, and means nothing in a command',
  (address) => {
    const told = (name: string): string => {
      try {
        readConfig({ [name]: address })
      } catch (error) {
        return (error as ConfigError).message
      }
      return ''
    }
    const isLoopback = /^http:\/\/(?:127\.0\.0\.1|\[::1\]|0x7f000001)/.test(address)
    expect(/^.*GITHUB_API_URL /m.test(told('GITHUB_API_URL'))).toBe(!isLoopback)
    const command = parseComment(`/assign-agent stub callback=${address} model=${address}`)
    expect(command).toMatchObject({ kind: 'invalid' })
  },
)
