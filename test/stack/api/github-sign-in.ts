/** GitHub's side of signing in, as small as it can be: two pages and one question, over real HTTP. */
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface SignInStandIn extends AsyncDisposable {
  url: string
  /** Who approves next; null presses Cancel. */
  person: { id: number; login: string } | null
  /** Set to make GitHub answer with this status wherever it is asked. */
  failWith: number | null
  /** What reached `/user`, to show that a token is used once. */
  readonly tokensUsed: string[]
}

/** One-time codes are bound to the PKCE challenge that they were asked for with, as on GitHub. */
export async function signInStandIn(clientId: string, clientSecret: string): Promise<SignInStandIn> {
  const codes = new Map<string, { challenge: string; redirectUri: string; person: { id: number; login: string } }>()
  const tokens = new Map<string, { id: number; login: string }>()
  let count = 0
  const server = createServer((req, res) => {
    const url = new URL(req.url ?? '/', 'http://github.invalid')
    const json = (status: number, body: unknown): void => {
      res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    if (standIn.failWith !== null) return json(standIn.failWith, {})
    if (url.pathname === '/login/oauth/authorize') {
      const back = new URL(url.searchParams.get('redirect_uri')!)
      back.searchParams.set('state', url.searchParams.get('state')!)
      if (standIn.person && url.searchParams.get('client_id') === clientId) {
        const code = `code-${++count}`
        const challenge = url.searchParams.get('code_challenge') ?? ''
        codes.set(code, { challenge, redirectUri: url.searchParams.get('redirect_uri')!, person: standIn.person })
        back.searchParams.set('code', code)
      } else {
        back.searchParams.set('error', 'access_denied')
      }
      return res.writeHead(302, { location: back.href }).end()
    }
    if (url.pathname === '/login/oauth/access_token') {
      let body = ''
      req.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk
      })
      return req.on('end', () => {
        const form = new URLSearchParams(body)
        const given = codes.get(form.get('code') ?? '')
        codes.delete(form.get('code') ?? '')
        const challenge = createHash('sha256')
          .update(form.get('code_verifier') ?? '')
          .digest('base64url')
        const fits = given?.challenge === challenge && given.redirectUri === form.get('redirect_uri')
        if (!given || !fits || form.get('client_secret') !== clientSecret) {
          return json(200, { error: 'bad_verification_code', error_description: 'The code is incorrect or expired.' })
        }
        const token = `ghu_${++count}`
        tokens.set(token, given.person)
        json(200, { access_token: token, token_type: 'bearer', scope: '' })
      })
    }
    const token = (req.headers.authorization ?? '').replace(/^Bearer /, '')
    const person = tokens.get(token)
    if (url.pathname !== '/user' || !person) return json(401, { message: 'Bad credentials' })
    standIn.tokensUsed.push(token)
    json(200, { ...person, avatar_url: `https://avatars.githubusercontent.com/u/${person.id}`, type: 'User' })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const standIn: SignInStandIn = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    person: { id: 583_231, login: 'octocat' },
    failWith: null,
    tokensUsed: [],
    [Symbol.asyncDispose]: () => new Promise((done) => void server.close(() => done())),
  }
  return standIn
}
