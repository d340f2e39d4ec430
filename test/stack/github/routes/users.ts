/** Accounts, limits and the server itself. */
import { badCredentials, notByIntegration, notFound, requiresAuthentication } from '../errors.ts'
import { countedAnswer, free, ok } from '../route.ts'
import type { Call, Routes } from '../route.ts'
import { atLeast } from '../access.ts'
import type { TokenRecord } from '../records.ts'
import { iso, isoOrNull, publicUserView, userView } from '../views/common.ts'
import type { Json } from '../views/common.ts'
import type { World } from '../world.ts'
import { installationView, repositoryView } from '../views/repository.ts'

function self(call: Call) {
  const { principal } = call
  if (principal.kind === 'none') throw requiresAuthentication()
  if (principal.kind !== 'user') throw notByIntegration()
  return principal
}

function rateLimit({ world, principal }: Call) {
  const limit = principal.kind === 'none' ? 60 : 5_000
  const core = { limit, remaining: limit, reset: Math.ceil(world.now() / 1000) + 3_600, used: 0 }
  const search = { ...core, limit: 30, remaining: 30 }
  return ok({ resources: { core, search, graphql: core }, rate: core })
}

/** `authorization`: what the App hears about a token that it gave to a person. */
function authorizationView(world: World, token: TokenRecord): Json {
  const { clientId, name } = world.app
  return {
    id: token.userId,
    url: `${world.apiUrl}/authorizations/${token.userId}`,
    scopes: [],
    token: token.token,
    token_last_eight: token.token.slice(-8),
    hashed_token: null,
    app: { client_id: clientId, name, url: world.url },
    note: null,
    note_url: null,
    created_at: iso(token.createdAt),
    updated_at: iso(token.createdAt),
    expires_at: isoOrNull(token.expiresAt),
    fingerprint: null,
    user: userView(world, world.userById(token.userId)),
  }
}

export const userRoutes: Routes = {
  'GET /user': free((call) => ok(publicUserView(call.world, self(call).user))),
  'GET /user/{account_id}': free(({ world, params }) => {
    const user = world.users.get(Number(params['account_id']))
    if (!user) throw notFound()
    return ok(publicUserView(world, user))
  }),
  'GET /users/{username}': free(({ world, params }) => {
    const user = world.findUser(params['username'] ?? '')
    if (!user) throw notFound()
    return ok(publicUserView(world, user))
  }),
  /** The installations that a signed-in person has to do with: those with a repository that they can write to or see. */
  'GET /user/installations': free((call) => {
    const { user } = self(call)
    const { world } = call
    const mine = [...world.installations.values()].filter(
      (i) =>
        !i.deleted && world.repositoriesOf(i).some((r) => r.collaborators.has(user.login) || r.ownerId === user.id),
    )
    return countedAnswer(call, 'installations', mine, (i) => installationView(world, i))
  }),
  'GET /user/installations/{installation_id}/repositories': free((call) => {
    const { user } = self(call)
    const { world } = call
    const installation = world.installations.get(Number(call.params['installation_id']))
    if (!installation || installation.deleted) throw notFound()
    const mine = world.repositoriesOf(installation).filter((r) => atLeast(world.roleOf(user, r), 'read'))
    return countedAnswer(call, 'repositories', mine, (r) => repositoryView(world, r, world.roleOf(user, r) ?? 'read'))
  }),
  'GET /rate_limit': free(rateLimit),
  'GET /meta': free(({ world }) =>
    ok({
      verifiable_password_authentication: false,
      hooks: ['127.0.0.0/8'],
      web: ['127.0.0.0/8'],
      api: ['127.0.0.0/8'],
      git: ['127.0.0.0/8'],
      actions: ['127.0.0.0/8'],
      domains: { website: [new URL(world.url).host] },
    }),
  ),
  'POST /applications/{client_id}/token': free((call) => {
    const { world, principal, body } = call
    if (principal.kind !== 'client') throw badCredentials()
    const token = world.tokens.get(String(body['access_token']))
    if (!token || token.revoked || !token.viaApp || token.kind !== 'user') throw notFound()
    return ok(authorizationView(world, token))
  }),
  'DELETE /applications/{client_id}/token': free(({ world, principal, body }) => {
    if (principal.kind !== 'client') throw badCredentials()
    const token = world.tokens.get(String(body['access_token']))
    if (!token || token.kind !== 'user') throw notFound()
    token.revoked = true
    return { status: 204 }
  }),
  'DELETE /applications/{client_id}/grant': free(({ world, principal, body }) => {
    if (principal.kind !== 'client') throw badCredentials()
    const token = world.tokens.get(String(body['access_token']))
    if (!token || token.kind !== 'user') throw notFound()
    for (const other of world.tokens.values()) if (other.userId === token.userId && other.viaApp) other.revoked = true
    world.emit({
      name: 'github_app_authorization',
      action: 'revoked',
      repository: null,
      sender: world.userById(token.userId),
      data: {},
    })
    return { status: 204 }
  }),
}
