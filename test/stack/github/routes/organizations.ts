/** Organizations: who belongs to one, and as what. */
import { notByIntegration, notFound, requiresAuthentication } from '../errors.ts'
import { free, ok } from '../route.ts'
import type { Call, Routes } from '../route.ts'
import { grants } from '../access.ts'
import { organizationView, userView } from '../views/common.ts'

/** GitHub tells an App with `members: read`; here an organization's members are its owners and its collaborators. */
function membership(call: Call) {
  const { world, params, principal } = call
  if (principal.kind === 'none') throw requiresAuthentication()
  const organization = world.findUser(params['org'] ?? '')
  const user = world.findUser(params['username'] ?? '')
  if (organization?.type !== 'Organization') throw notFound()
  if (principal.kind !== 'installation' || principal.installation.accountId !== organization.id) throw notFound()
  if (!grants(principal.installation.permissions, ['members'], 'read')) throw notByIntegration()
  if (!user) throw notFound()
  const owner = world.ownsOrganization(user, organization.id)
  const collaborates = [...world.repositories.values()].some(
    (repository) => repository.ownerId === organization.id && repository.collaborators.has(user.login),
  )
  if (!owner && !collaborates) throw notFound()
  const url = `${world.apiUrl}/orgs/${organization.login}`
  return ok({
    url: `${url}/memberships/${user.login}`,
    state: 'active',
    role: owner ? 'admin' : 'member',
    organization_url: url,
    organization: organizationView(world, organization),
    user: userView(world, user),
  })
}

export const organizationRoutes: Routes = {
  'GET /orgs/{org}/memberships/{username}': free(membership),
}
