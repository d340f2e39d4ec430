/** Every agent by the name that the app uses; each is loaded only when it runs. */
import type { Agent } from './agent.ts'

const agents: Record<string, () => Promise<Agent>> = {
  stub: async () => (await import('./stub.ts')).stub,
}

export const agentNames: readonly string[] = Object.keys(agents)

/** The agent of this name, or undefined when this version of the action has none. */
export async function agentFor(name: string): Promise<Agent | undefined> {
  return Object.hasOwn(agents, name) ? agents[name]?.() : undefined
}
