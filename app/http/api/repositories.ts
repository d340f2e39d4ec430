/** Where the App is installed, a repository's overview, and the button that asks GitHub what the App may do there. */
import { z } from 'zod'

import { RepositoryBody, RepositoryList, VerifyBody, runLimits } from '../../contracts/browse.ts'
import { RepositoryName, RepositoryOwner } from '../../contracts/ids.ts'
import { checkPermissions } from '../../domain/app-permissions.ts'
import { ProblemError } from '../problem.ts'
import { route } from '../route.ts'
import type { Route } from '../route.ts'
import { asking, doings, needs, requireAccess } from './answers.ts'
import type { ApiPorts } from './ports.ts'
import { REPOSITORIES_KNOWN_MAX, nameOf, readableOf, readableRepository } from './repository.ts'

const Params = z.strictObject({ owner: RepositoryOwner, repo: RepositoryName })

export function repositoryRoutes(ports: ApiPorts): Route[] {
  return [installed(ports), overview(ports), verify(ports)]
}

function installed(ports: ApiPorts): Route {
  return route({
    method: 'GET',
    path: '/api/repos',
    access: 'signed_in',
    summary: 'The repositories where the App is installed, as far as the caller may read them',
    description: `The first ${REPOSITORIES_KNOWN_MAX} that GitHub lists are looked at.`,
    answer: RepositoryList,
    async handle({ who }) {
      const { repositories, more } = await asking(ports.github.installedRepositories())
      const readable = await readableOf(ports, who, repositories)
      // Nothing to read because GitHub is away is not the same as nothing to read.
      if (readable.repositories.length === 0 && readable.unanswered > 0) {
        await asking(Promise.reject(new Error('GitHub said of no repository whether it may be read.')))
      }
      const json = {
        repositories: readable.repositories
          .toSorted((a, b) => nameOf(a).localeCompare(nameOf(b)))
          .map((each) => {
            const { id, owner, name, defaultBranch } = each
            return { id, owner, name, private: each.private, defaultBranch }
          }),
        more: more || repositories.length > REPOSITORIES_KNOWN_MAX || readable.unanswered > 0,
      }
      return { json: json satisfies RepositoryList }
    },
  })
}

function overview(ports: ApiPorts): Route {
  const { access, settings, urls, agents } = ports
  return route({
    method: 'GET',
    path: '/api/repos/:owner/:repo',
    access: 'read',
    summary: 'A repository, and the settings of Runs in it',
    params: Params,
    answer: RepositoryBody,
    async handle({ who, params }) {
      const repository = await readableRepository(ports, who, params)
      const { id, owner, name, defaultBranch } = repository
      const may = await asking(access.mayStart(who, repository))
      const json = {
        repository: { id, owner, name, private: repository.private },
        url: `${urls.githubUrl}/${owner}/${name}`,
        defaultBranch,
        start: { allowed: may, why: may ? null : needs('write', repository, doings.start) },
        triggerLabel: settings.triggerLabel,
        labelRemovalCancels: settings.labelRemovalCancels,
        allowedBots: [...settings.allowedBots],
        notify: settings.notify,
        agents: [...agents],
        executor: settings.executor ?? `${owner}/${name}`,
        sandboxes: settings.sandboxes.map((kind) => ({ ...kind })),
        limits: runLimits.map((limit) => ({ name: limit, ms: settings.clocks[limit] })),
      }
      return { json: json satisfies RepositoryBody }
    },
  })
}

function verify(ports: ApiPorts): Route {
  return route({
    method: 'POST',
    path: '/api/repos/:owner/:repo/verify',
    access: 'write',
    summary: 'Asks GitHub what the App may do in a repository',
    params: Params,
    // Nothing to send; a browser's request is told by its type from a form of another site.
    body: z.strictObject({}),
    answer: VerifyBody,
    async handle({ who, params }) {
      const repository = await readableRepository(ports, who, params)
      await requireAccess(ports.access, who, 'write', repository, 'verifying access')
      const granted = await asking(ports.github.grantedPermissions(repository.owner, repository.name))
      if (!granted) throw new ProblemError('not_found')
      const permissions = checkPermissions(granted.permissions)
      const json = {
        ok: !granted.suspended && permissions.every(({ ok }) => ok),
        suspended: granted.suspended,
        permissions,
        settingsUrl: granted.url,
        checkedAt: new Date(ports.now()).toISOString(),
      }
      return { json: json satisfies VerifyBody }
    },
  })
}
