/**
 * Paths that nothing stands behind yet. Programs were written for them, for tools of the same kind, and are told in a
 * sentence what is not there, instead of that there is no such path. Who may not do the deed is told that first, as
 * everywhere: nobody learns more here of what is hidden from them.
 */
import { z } from 'zod'

import { AgentOnboardingBody, AgentOnboardingRequest } from '../../contracts/browse.ts'
import { RunId } from '../../contracts/ids.ts'
import { noOnboardingText, nothingWaitsText } from '../../domain/render/replies.ts'
import { ProblemError } from '../problem.ts'
import { route } from '../route.ts'
import type { Route } from '../route.ts'
import { requireGlobalAdmin, requireWriter } from './admins.ts'
import { doings, readableRun } from './answers.ts'
import type { ApiPorts } from './ports.ts'

const RunParams = z.strictObject({ id: RunId })
const AgentParams = z.strictObject({ name: z.string().max(64) })
/** What such a request would say is not settled, so whatever it says gets the sentence. */
const Anything = z.looseObject({})
const ONBOARDING = '/api/agents/:name/onboarding'

export function notYetRoutes(ports: ApiPorts): Route[] {
  return [advance(ports), onboarding(ports), setOnboarding(ports)]
}

function advance(ports: ApiPorts): Route {
  return route({
    method: 'POST',
    path: '/api/runs/:id/advance',
    access: 'write',
    summary: 'Goes on to the next issue of a tree; refused, because no issue waits for another one yet',
    params: RunParams,
    body: Anything,
    status: 202,
    problems: ['not_allowed_now'],
    async handle({ who, req, log, params }) {
      const run = await readableRun(ports, who, params.id)
      const act = { action: 'run.advance', target: `run:${run.id}`, issue: run.issue.number } as const
      await requireWriter(ports, { who, req, log }, run.repository, act, doings.advance)
      throw new ProblemError('not_allowed_now', { detail: nothingWaitsText, runId: run.id })
    },
  })
}

function onboarding({ agents }: ApiPorts): Route {
  return route({
    method: 'GET',
    path: ONBOARDING,
    access: 'signed_in',
    summary: 'What an agent is given to read before its first Run: nothing yet',
    params: AgentParams,
    answer: AgentOnboardingBody,
    handle({ params }) {
      if (!agents.includes(params.name)) throw new ProblemError('not_found')
      return { json: { onboardingDocRef: null, contextPacks: [] } satisfies AgentOnboardingBody }
    },
  })
}

function setOnboarding(ports: ApiPorts): Route {
  return route({
    method: 'PUT',
    path: ONBOARDING,
    access: 'signed_in',
    summary: 'Sets what an agent is given to read; for admins of everything, and refused until there is such a thing',
    params: AgentParams,
    body: AgentOnboardingRequest,
    example: { onboardingDocRef: 'docs/onboarding.md', contextPacks: [] },
    answer: AgentOnboardingBody,
    problems: ['not_allowed_now'],
    async handle({ who, req, log, params }) {
      if (!ports.agents.includes(params.name)) throw new ProblemError('not_found')
      const deed = { action: 'agent.onboarding', target: `agent:${params.name}`, why: null }
      await requireGlobalAdmin(ports, { who, req, log }, deed)
      throw new ProblemError('not_allowed_now', { detail: noOnboardingText })
    },
  })
}
