/** The check of this installation, the pull request that brings a repository its workflow file, and a first Run; for admins. */
import { randomUUID } from 'node:crypto'

import {
  ChecksBody,
  OnboardingBody,
  OnboardingRequest,
  TestIssueBody,
  TestIssueRequest,
} from '../../contracts/checks.ts'
import type { CheckBody } from '../../contracts/checks.ts'
import { toRunBody } from '../../domain/view.ts'
import { ProblemError } from '../problem.ts'
import { route } from '../route.ts'
import type { Route } from '../route.ts'
import { personOf } from './access.ts'
import { requireGlobalAdmin, requireStarter } from './admins.ts'
import { asking, doings } from './answers.ts'
import { SWITCHED_OFF } from './assign.ts'
import type { ApiPorts, Assigned, AssignOrder, GitHubReads } from './ports.ts'

export interface CheckPorts extends Pick<ApiPorts, 'access' | 'audit' | 'now' | 'urls' | 'killSwitch'> {
  check: () => Promise<CheckBody[]>
  /** Null when the App may not, or does not see the repository. */
  propose: (repository: string, by: string) => Promise<OnboardingBody | null>
  github: Pick<GitHubReads, 'repository'>
  test: (
    order: Pick<AssignOrder, 'repository' | 'by' | 'triggerId' | 'ip'>,
  ) => Promise<{ issue: TestIssueBody['issue']; assigned: Assigned }>
}

export function checkRoutes(ports: CheckPorts): Route[] {
  return [checks(ports), onboarding(ports), testIssue(ports)]
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

function testIssue(ports: CheckPorts): Route {
  return route({
    method: 'POST',
    path: '/api/admin/checks/test-issue',
    access: 'signed_in',
    summary: 'Opens an issue and has the stub agent do it',
    problems: ['not_found', 'run_live', 'not_allowed_now', 'quota_used'],
    body: TestIssueRequest,
    example: { repository: 'acme/shop' },
    status: 201,
    answer: TestIssueBody,
    idempotent: true,
    async handle({ who, req, log, body }) {
      if (who.kind === 'anonymous') throw new ProblemError('unauthenticated')
      const deed = { action: 'checks.test', target: `repository:${body.repository}`, why: null }
      const caller = { who, req, log }
      const { audit } = await requireGlobalAdmin(ports, caller, deed)
      // First, so that no issue is opened on which nobody may work; who cannot read it takes it as on.
      const off = await ports.killSwitch.readSwitch().then(
        ({ on }) => on,
        () => true,
      )
      if (off) throw new ProblemError('not_allowed_now', { detail: SWITCHED_OFF })
      const [owner = '', name = ''] = body.repository.split('/')
      const repository = await asking(ports.github.repository(owner, name))
      if (!repository)
        throw new ProblemError('not_found', { detail: `The App is not installed on ${body.repository}.` })
      const act = { action: 'run.assign', target: deed.target, issue: null } as const
      await requireStarter(ports, caller, repository, act, doings.start)
      const order = { by: personOf(who), triggerId: `api:${randomUUID()}`, ip: req.socket.remoteAddress }
      const { issue, assigned } = await asking(ports.test({ repository, ...order }))
      await audit('opened')
      if ('problem' in assigned) {
        const { problem, detail, headers = {} } = assigned
        throw new ProblemError(problem, { detail, headers })
      }
      return { status: 201, json: { issue, run: toRunBody(assigned.run, ports.urls) } satisfies TestIssueBody }
    },
  })
}
