/** The check of this installation, and the pull request that brings a repository its workflow file; for admins. */
import { ChecksBody, OnboardingBody, OnboardingRequest } from '../../contracts/checks.ts'
import type { CheckBody } from '../../contracts/checks.ts'
import { ProblemError } from '../problem.ts'
import { route } from '../route.ts'
import type { Route } from '../route.ts'
import { requireGlobalAdmin } from './admins.ts'
import { asking } from './answers.ts'
import type { ApiPorts } from './ports.ts'

export interface CheckPorts extends Pick<ApiPorts, 'access' | 'audit' | 'now'> {
  check: () => Promise<CheckBody[]>
  /** Null when the App may not, or does not see the repository. */
  propose: (repository: string, by: string) => Promise<OnboardingBody | null>
}

export function checkRoutes(ports: CheckPorts): Route[] {
  return [checks(ports), onboarding(ports)]
}

function checks(ports: CheckPorts): Route {
  return route({
    method: 'GET',
    path: '/api/admin/checks',
    access: 'signed_in',
    summary: 'Whether everything that Runs need works',
    answer: ChecksBody,
    async handle({ who, req, log }) {
      await requireGlobalAdmin(ports, { who, req, log }, { action: 'checks.read', target: 'everything', why: null })
      return { json: { checks: await ports.check() } satisfies ChecksBody }
    },
  })
}

function onboarding(ports: CheckPorts): Route {
  return route({
    method: 'POST',
    path: '/api/admin/checks/onboarding',
    access: 'signed_in',
    summary: 'Proposes the workflow file to a repository by a pull request',
    problems: ['not_found'],
    body: OnboardingRequest,
    answer: OnboardingBody,
    async handle({ who, req, log, body }) {
      const deed = { action: 'onboarding.propose', target: `repository:${body.repository}`, why: null }
      const { by, audit } = await requireGlobalAdmin(ports, { who, req, log }, deed)
      const made = await asking(ports.propose(body.repository, by))
      if (!made) {
        const detail = `The App may not write workflows in ${body.repository}. Add the file by the link instead.`
        throw new ProblemError('not_found', { detail })
      }
      await audit('proposed')
      return { json: made }
    },
  })
}
