/** The agents that an issue can be given to, and how each did lately in the repositories that the caller may read. */
import { z } from 'zod'

import { AgentBody, AgentList } from '../../contracts/browse.ts'
import { FIGURES_DAYS, FIGURES_MS, agentFigures } from '../../domain/agent-figures.ts'
import { aboutAgent } from '../../domain/render/agents.ts'
import { ProblemError } from '../problem.ts'
import { route } from '../route.ts'
import type { Identity, Route } from '../route.ts'
import type { ApiPorts } from './ports.ts'

export function agentRoutes(ports: ApiPorts): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/agents',
      access: 'signed_in',
      summary: 'The agents that an issue can be given to',
      answer: AgentList,
      handle: async ({ who }) => ({
        json: { agents: await agentBodies(ports, who, ports.agents) } satisfies AgentList,
      }),
    }),
    route({
      method: 'GET',
      path: '/api/agents/:name',
      access: 'signed_in',
      summary: 'One agent',
      params: z.strictObject({ name: z.string().max(64) }),
      answer: AgentBody,
      async handle({ who, params }) {
        if (!ports.agents.includes(params.name)) throw new ProblemError('not_found')
        const [agent] = await agentBodies(ports, who, [params.name])
        return { json: agent }
      },
    }),
  ]
}

/** One query for all of them. */
async function agentBodies(ports: ApiPorts, who: Identity, names: readonly string[]): Promise<AgentBody[]> {
  const readable = await ports.access.readable(who)
  const repositoryIds = readable ?? (await ports.access.repositories()).map(({ id }) => id)
  const runs = await ports.agentRuns({ agents: names, repositoryIds, since: ports.now() - FIGURES_MS })
  return names.map((name) => ({
    name,
    ...aboutAgent(name),
    isDefault: name === ports.agents[0],
    figures: { days: FIGURES_DAYS, ...agentFigures(runs.filter(({ agent }) => agent === name)) },
  }))
}
