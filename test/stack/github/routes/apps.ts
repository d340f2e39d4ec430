/** The App itself: its installations, their tokens, and its registration from a manifest. */
import { ApiError, notFound, requiresAuthentication, unprocessable } from '../errors.ts'
import { newToken } from '../ids.ts'
import type { InstallationRecord, RepositoryRecord } from '../records.ts'
import { asApp, countedAnswer, created, free, listAnswer, noContent, ok } from '../route.ts'
import type { Call, Routes } from '../route.ts'
import { takeManifestCode } from '../acts/apps.ts'
import { setSuspended, uninstall } from '../acts/installations.ts'
import { grants } from '../access.ts'
import type { Permissions } from '../types.ts'
import { appView, iso } from '../views/common.ts'
import { installationView, repositoryView } from '../views/repository.ts'
import type { World } from '../world.ts'

const TOKEN_LIFETIME_MS = 60 * 60 * 1000
const TOKEN_REPOSITORIES_MAX = 500

const live = (world: World) => [...world.installations.values()].filter((i) => !i.deleted)

function installationById(call: Call): InstallationRecord {
  const found = call.world.installations.get(Number(call.params['installation_id']))
  if (!found || found.deleted) throw notFound()
  return found
}

/** `null` is "all that the installation has". */
function chosenRepositories(call: Call, installation: InstallationRecord): RepositoryRecord[] | null {
  const { repositories: names, repository_ids: ids } = call.body as {
    repositories?: string[]
    repository_ids?: number[]
  }
  if (names === undefined && ids === undefined) return null
  const reachable = call.world.repositoriesOf(installation)
  const wanted = [
    ...(names ?? []).map((name) => reachable.find((r) => r.name.toLowerCase() === name.toLowerCase())),
    ...(ids ?? []).map((id) => reachable.find((r) => r.id === id)),
  ]
  if (wanted.length > TOKEN_REPOSITORIES_MAX) throw unprocessable('Too many repositories were requested.')
  const found = wanted.filter((r) => r !== undefined)
  if (found.length < wanted.length) {
    const what = 'There is at least one repository that does not exist or is not accessible to the parent installation.'
    throw unprocessable(what)
  }
  return found
}

function chosenPermissions(call: Call, installation: InstallationRecord): Permissions {
  const wanted = call.body['permissions'] as Permissions | undefined
  if (wanted === undefined) return { metadata: 'read', ...installation.permissions }
  const refused = Object.entries(wanted).some(([name, level]) => !grants(installation.permissions, [name], level))
  if (refused) throw unprocessable('The permissions requested are not granted to this installation.')
  return { metadata: 'read', ...wanted }
}

function createToken(call: Call) {
  const { world } = call
  const installation = installationById(call)
  if (installation.suspendedAt !== null) throw new ApiError(403, 'This installation has been suspended')
  const repositories = chosenRepositories(call, installation)
  const permissions = chosenPermissions(call, installation)
  const token = newToken('ghs')
  const expiresAt = world.now() + TOKEN_LIFETIME_MS
  world.addToken({
    token,
    kind: 'installation',
    expiresAt,
    userId: world.bot.id,
    installationId: installation.id,
    repositoryIds: repositories?.map((r) => r.id) ?? null,
    permissions,
    viaApp: true,
    refreshToken: null,
  })
  const selection = repositories === null ? installation.selection : 'selected'
  return created({
    token,
    expires_at: iso(expiresAt),
    permissions,
    repository_selection: selection,
    ...(repositories ? { repositories: repositories.map((r) => repositoryView(world, r)) } : {}),
  })
}

function ofInstallationToken(call: Call) {
  if (call.principal.kind === 'none') throw requiresAuthentication()
  if (call.principal.kind !== 'installation') {
    throw new ApiError(
      403,
      'You must authenticate with an installation access token in order to list repositories for an installation.',
    )
  }
  return call.principal
}

/** By account (`/users/x/installation`, `/orgs/x/installation`). */
function onAccount(login: string) {
  return asApp((call) => {
    const user = call.world.findUser(call.params[login] ?? '')
    const found = user && call.world.installationOn(user.id)
    if (!found) throw notFound()
    return ok(installationView(call.world, found))
  })
}

export const appRoutes: Routes = {
  'GET /app': asApp(({ world }) => ok({ ...appView(world, world.ourApp), installations_count: live(world).length })),
  'GET /app/installations': asApp((call) => listAnswer(call, live(call.world), (i) => installationView(call.world, i))),
  'GET /app/installations/{installation_id}': asApp((call) => ok(installationView(call.world, installationById(call)))),
  'DELETE /app/installations/{installation_id}': asApp((call) => {
    uninstall(call.world, installationById(call), call.world.bot)
    return noContent
  }),
  'PUT /app/installations/{installation_id}/suspended': asApp((call) => {
    setSuspended(call.world, installationById(call), true, call.world.bot)
    return noContent
  }),
  'DELETE /app/installations/{installation_id}/suspended': asApp((call) => {
    setSuspended(call.world, installationById(call), false, call.world.bot)
    return noContent
  }),
  'POST /app/installations/{installation_id}/access_tokens': asApp(createToken),
  'GET /repos/{owner}/{repo}/installation': asApp((call) => {
    const repository = call.world.findRepository(`${call.params['owner']}/${call.params['repo']}`)
    const found = repository && call.world.installationOf(repository)
    if (!found) throw notFound()
    return ok(installationView(call.world, found))
  }),
  'GET /orgs/{org}/installation': onAccount('org'),
  'GET /users/{username}/installation': onAccount('username'),
  'GET /installation/repositories': free((call) => {
    const { token, installation } = ofInstallationToken(call)
    const all = call.world.repositoriesOf(installation).filter((r) => token.repositoryIds?.includes(r.id) !== false)
    return countedAnswer(call, 'repositories', all, (r) => repositoryView(call.world, r, 'read'))
  }),
  'DELETE /installation/token': free((call) => {
    ofInstallationToken(call).token.revoked = true
    return noContent
  }),
  'GET /apps/{app_slug}': free(({ world, params }) => {
    if (params['app_slug'] === world.actionsApp.slug) return ok(appView(world, world.actionsApp))
    if (!world.registered || params['app_slug'] !== world.app.slug) throw notFound()
    return ok(appView(world, world.ourApp))
  }),
  'POST /app-manifests/{code}/conversions': free(({ world, params }) => {
    if (!takeManifestCode(world, params['code'] ?? '')) throw notFound()
    const { clientSecret, privateKeyPem, webhookSecret } = world.app
    const secrets = { client_secret: clientSecret, pem: privateKeyPem, webhook_secret: webhookSecret }
    return created({ ...appView(world, world.ourApp), client_id: world.app.clientId, ...secrets })
  }),
}
