// src/agents/table.ts
const agents = { stub: async () => (await import("./stub-C_Fj-4IQ.js")).stub };
const agentNames = Object.keys(agents);
/** The agent of this name, or undefined when this version of the action has none. */
async function agentFor(name) {
	return Object.hasOwn(agents, name) ? agents[name]?.() : void 0;
}

export { agentFor };